import type { ByteSource } from '../byte-source';
import type { Patches } from '../patches';
import { byteAt } from './bytes';
import { DamagedFile } from './clip';

/** An element of WebM's format; positions are in the file. */
export interface Element {
  readonly id: number;
  readonly start: number;
  /** Where what it holds begins, after id and size. */
  readonly body: number;
  /** Null for one that lasts until what cannot be in it: recorders that stream do not know the size. */
  readonly end: number | null;
}

/** An element of known size. */
export type Whole = Element & { readonly end: number };

/** An id of at most four bytes and a size of at most eight. */
export const elementHeaderBytes = 12;
const voidId = 0xec;

/**
 * The element whose header `header` begins with, which lies at `start`.
 *
 * @param limit end of what it lies in
 * @throws DamagedFile
 */
export function readElement(header: Uint8Array, start: number, limit: number): Element {
  const idBytes = Math.clz32(byteAt(header, 0)) - 23;
  const sizeBytes = Math.clz32(byteAt(header, idBytes)) - 23;
  if (idBytes > 4 || sizeBytes > 8 || header.length < idBytes + sizeBytes) throw new DamagedFile();
  const body = start + idBytes + sizeBytes;
  let id = 0;
  for (let at = 0; at < idBytes; at++) id = id * 0x100 + byteAt(header, at);
  const size = readNumber(header, idBytes, sizeBytes);
  if (size === null) return { id, start, body, end: null };
  if (body + size > limit) throw new DamagedFile();
  return { id, start, body, end: body + size };
}

/** A number of that many bytes whose first set bit only tells their count; null when all others are set. @throws DamagedFile */
function readNumber(bytes: Uint8Array, at: number, length: number): number | null {
  const largestFirst = 0xff >> length;
  let value = byteAt(bytes, at) & largestFirst;
  let isUnknown = value === largestFirst;
  for (let index = 1; index < length; index++) {
    const byte = byteAt(bytes, at + index);
    isUnknown = isUnknown && byte === 0xff;
    value = value * 0x100 + byte;
  }
  if (isUnknown) return null;
  if (!Number.isSafeInteger(value)) throw new DamagedFile();
  return value;
}

/** A number that says its own length, as blocks name their track; and that length. */
export function readVarint(bytes: Uint8Array, at: number): { value: number; length: number } {
  const length = Math.clz32(byteAt(bytes, at)) - 23;
  const value = length > 8 ? null : readNumber(bytes, at, length);
  if (value === null) throw new DamagedFile();
  return { value, length };
}

/** An unsigned number, big-endian; 0 when empty. @throws DamagedFile */
export function readUnsigned(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) value = value * 0x100 + byte;
  if (!Number.isSafeInteger(value)) throw new DamagedFile();
  return value;
}

/** The elements inside bytes that begin at `base` in the file. @throws DamagedFile when they do not fill them */
export function readElements(bytes: Uint8Array, base: number): Whole[] {
  const limit = base + bytes.length;
  const found: Whole[] = [];
  for (let at = base; at < limit; ) {
    const { end, ...element } = readElement(bytes.subarray(at - base, at - base + elementHeaderBytes), at, limit);
    if (end === null) throw new DamagedFile();
    found.push({ ...element, end });
    at = end;
  }
  return found;
}

/** What an element of at most `maxBytes` holds. @throws DamagedFile */
export async function readBody(source: ByteSource, { body, end }: Element, maxBytes: number): Promise<Uint8Array> {
  if (end === null || end - body > maxBytes) throw new DamagedFile();
  return source.read(body, end - body);
}

/** The element becomes one of the same length that holds zeros and that nobody reads. */
export function blankElement(patches: Patches, { start, end }: Pick<Whole, 'start' | 'end'>): void {
  const length = end - start;
  let sizeBytes = 1;
  while (length - 1 - sizeBytes > 2 ** (7 * sizeBytes) - 2) sizeBytes += 1;
  const header = new Uint8Array(1 + sizeBytes);
  let size = length - 1 - sizeBytes;
  for (let at = sizeBytes; at > 0; at--) {
    header[at] = size % 0x100;
    size = Math.floor(size / 0x100);
  }
  header[0] = voidId;
  header[1] = byteAt(header, 1) | (0x100 >> sizeBytes);
  patches.write(start, header);
  patches.zero(start + header.length, end);
}
