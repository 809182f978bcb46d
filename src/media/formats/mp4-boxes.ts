import type { Patches } from '../patches';
import { byteAt, textAt, toBytes, u32be } from './bytes';
import { DamagedFile } from './clip';

/** A box of an MP4 file; positions are in the bytes it was read from. */
export interface Box {
  readonly type: string;
  readonly start: number;
  /** Where what it holds begins, after size and type. */
  readonly body: number;
  readonly end: number;
}

/** Bytes of an MP4 file, and where in it they begin. */
export interface Part {
  readonly bytes: Uint8Array;
  readonly base: number;
}

/** Size, type, and the long size that may follow. */
export const boxHeaderBytes = 16;

/**
 * The box whose header `header` begins with, which lies at `start`.
 *
 * @param end of what it lies in; a box without a size lasts until there, if `mayBeOpen`
 * @throws DamagedFile
 */
export function readBox(header: Uint8Array, start: number, end: number, mayBeOpen: boolean): Box {
  const size = header.length < 8 ? 0 : u32be(header, 0);
  const type = textAt(header, 4, 4);
  if (size === 0 && mayBeOpen && header.length >= 8) return { type, start, body: start + 8, end };
  const isLong = size === 1;
  const length = isLong ? u64be(header, 8) : size;
  const body = start + (isLong ? 16 : 8);
  if (header.length < body - start || start + length < body || start + length > end) throw new DamagedFile();
  return { type, start, body, end: start + length };
}

/** The boxes inside `from` … `to`. @throws DamagedFile when they do not fill it */
export function readBoxes(bytes: Uint8Array, from: number, to: number): Box[] {
  const found: Box[] = [];
  for (let at = from; at < to; ) {
    const box = readBox(bytes.subarray(at, Math.min(at + boxHeaderBytes, to)), at, to, false);
    found.push(box);
    at = box.end;
  }
  return found;
}

/** The one box of a type. @throws DamagedFile when there is none, or a second */
export function oneOf(boxes: readonly Box[], type: string): Box {
  const [box, second] = boxes.filter((candidate) => candidate.type === type);
  if (box === undefined || second !== undefined) throw new DamagedFile();
  return box;
}

/** What the box holds becomes zeros, and its name that of a box which nobody reads. */
export function blankBox(patches: Patches, base: number, box: Box): void {
  patches.write(base + box.start + 4, toBytes('free'));
  patches.zero(base + box.body, base + box.end);
}

/** The box' children of the types that are `kept`; the others are blanked. */
export function keepBoxes(
  { bytes, base }: Part,
  { body, end }: Pick<Box, 'body' | 'end'>,
  kept: ReadonlySet<string>,
  patches: Patches,
): Box[] {
  return readBoxes(bytes, body, end).filter((box) => {
    if (kept.has(box.type)) return true;
    blankBox(patches, base, box);
    return false;
  });
}

/** @throws DamagedFile when the box holds fewer bytes */
export function requireBytes({ body, end }: Box, length: number): void {
  if (end - body < length) throw new DamagedFile();
}

/** Version, and flags, of what the format calls a full box. */
export function versionOf(bytes: Uint8Array, box: Box): number {
  requireBytes(box, 4);
  return byteAt(bytes, box.body);
}

export function flagsOf(bytes: Uint8Array, box: Box): number {
  requireBytes(box, 4);
  return u32be(bytes, box.body) % 0x100_0000;
}

/** How many entries of `entryBytes` follow the count at `at`. @throws DamagedFile when they do not fit */
export function countAt(bytes: Uint8Array, box: Box, at: number, entryBytes: number): number {
  requireBytes(box, at + 4);
  const count = u32be(bytes, box.body + at);
  requireBytes(box, at + 4 + count * entryBytes);
  return count;
}

/** @throws DamagedFile for a number no file is long enough for */
export function u64be(bytes: Uint8Array, at: number): number {
  const value = u32be(bytes, at) * 0x1_0000_0000 + u32be(bytes, at + 4);
  if (!Number.isSafeInteger(value)) throw new DamagedFile();
  return value;
}
