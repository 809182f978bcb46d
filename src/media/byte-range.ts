/** A part of an object, both ends included, in bytes from its beginning. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * The one range of bytes that a `Range` header asks for, as players do to seek. `null` for the whole: no header, several
 * ranges, another unit, or nothing that `size` bytes hold (RFC 9110 lets a server ignore the header).
 */
export function parseByteRange(header: string | null, size: number): ByteRange | null {
  const [, from, to] = header?.match(/^bytes=(\d{0,15})-(\d{0,15})$/) ?? [];
  if (from === undefined || to === undefined || (from === '' && to === '')) return null;
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  return first <= last ? { first, last } : null;
}
