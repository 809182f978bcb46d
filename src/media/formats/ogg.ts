import type { ByteSource } from '../byte-source';
import { Patches } from '../patches';
import { byteAt, bytesOfU32le, concat, textAt, toBytes, u16le, u32le } from './bytes';
import { type ClipFile, DamagedFile } from './clip';
import { oggCrc } from './ogg-crc';

const pageHeaderBytes = 27;
const maxPageBytes = pageHeaderBytes + 255 + 255 * 255;
/** A page has some hundred frames; recorders write a few dozen. A hostile file has pages of 28 bytes. */
const maxPages = 100_000;
const maxCommentBytes = 512 * 1024;
const flag = { continued: 0x1, first: 0x2 } as const;
const opusRate = 48_000;

interface Page {
  readonly start: number;
  readonly bytes: Uint8Array;
  readonly flags: number;
  /** Where the samples that end on this page end; null when none does. */
  readonly granule: number | null;
  readonly serial: number;
  /** Where in `bytes` the data begins. */
  readonly data: number;
  /** Lengths of the pieces that packets are cut into: one below 255 ends a packet. */
  readonly lacing: Uint8Array;
}

/** What the first page tells. */
interface Codec {
  readonly isOpus: boolean;
  readonly rate: number;
  /** Samples before the sound begins. */
  readonly skip: number;
}

/**
 * Takes an Ogg file with one stream of Opus or Vorbis apart, page by page, with every page's checksum. The comments (titles, places,
 * pictures, what recorded it) become empty ones of the same length.
 *
 * @throws DamagedFile when it is cut off, damaged, or no such file
 */
export async function readOgg(source: ByteSource): Promise<ClipFile> {
  const patches = new Patches();
  const first = await readPage(source, 0);
  const codec = readCodec(first);
  const comments: Page[] = [];
  let hasComments = false;
  let firstGranule: number | null = null;
  let lastGranule = 0;
  let pages = 1;
  for (let at = first.bytes.length; at < source.size; pages++) {
    const page = await readPage(source, at);
    // Another stream, beside this one or after it, may be of anything.
    if (pages > maxPages || page.serial !== first.serial || (page.flags & flag.first) !== 0) throw new DamagedFile();
    if (!hasComments) {
      comments.push(page);
      hasComments = emptyComments(comments, codec, patches);
    } else if (page.granule !== null && page.granule > 0) {
      firstGranule ??= page.granule;
      lastGranule = Math.max(lastGranule, page.granule);
    }
    at += page.bytes.length;
  }
  if (!hasComments || firstGranule === null) throw new DamagedFile();
  const durationMs = Math.round(((lastGranule - codec.skip) / codec.rate) * 1_000);
  return { hasVideo: false, width: null, height: null, durationMs: durationMs > 0 ? durationMs : null, patches };
}

async function readPage(source: ByteSource, start: number): Promise<Page> {
  const bytes = await source.read(start, maxPageBytes);
  const pieces = byteAt(bytes, 26);
  const data = pageHeaderBytes + pieces;
  const lacing = bytes.subarray(pageHeaderBytes, data);
  const length = lacing.reduce((sum, piece) => sum + piece, data);
  if (textAt(bytes, 0, 4) !== 'OggS' || byteAt(bytes, 4) !== 0 || bytes.length < length) throw new DamagedFile();
  const page = bytes.subarray(0, length);
  if (oggCrc(withCrc(page, 0)) !== u32le(page, 22)) throw new DamagedFile();
  const granule = u32le(page, 10) * 0x1_0000_0000 + u32le(page, 6);
  const isNone = granule >= 2 ** 63;
  if (!isNone && !Number.isSafeInteger(granule)) throw new DamagedFile();
  return { start, bytes: page, flags: byteAt(page, 5), granule: isNone ? null : granule, serial: u32le(page, 14), data, lacing };
}

function readCodec({ bytes, data, flags }: Page): Codec {
  if ((flags & flag.first) === 0) throw new DamagedFile();
  if (textAt(bytes, data, 8) === 'OpusHead' && bytes.length >= data + 19)
    return { isOpus: true, rate: opusRate, skip: u16le(bytes, data + 10) };
  const rate = u32le(bytes, data + 12);
  if (textAt(bytes, data, 7) !== '\x01vorbis' || bytes.length < data + 30 || rate === 0) throw new DamagedFile();
  return { isOpus: false, rate, skip: 0 };
}

/**
 * Writes an empty comment packet over the one that begins on the first of `pages`.
 *
 * @returns false when it goes on after the last of them
 */
function emptyComments(pages: readonly Page[], { isOpus }: Codec, patches: Patches): boolean {
  const pieces = pages.map(({ lacing }) => {
    const last = lacing.findIndex((piece) => piece < 255);
    return {
      isLast: last !== -1,
      length: lacing.subarray(0, last === -1 ? lacing.length : last + 1).reduce((sum, piece) => sum + piece, 0),
    };
  });
  const total = pieces.reduce((sum, { length }) => sum + length, 0);
  if (total > maxCommentBytes || pages.length > 1_000) throw new DamagedFile();
  if (pieces.at(-1)?.isLast !== true) return false;
  const packet = concat(pages.map(({ bytes, data }, index) => bytes.subarray(data, data + (pieces[index]?.length ?? 0))));
  const name = isOpus ? 'OpusTags' : '\x03vorbis';
  // No vendor, no comments; Vorbis ends with a bit that says "whole". What follows is padding, which both formats allow.
  const empty = concat([toBytes(name), bytesOfU32le(0), bytesOfU32le(0), isOpus ? new Uint8Array() : Uint8Array.of(1)]);
  if (textAt(packet, 0, name.length) !== name || packet.length < empty.length) throw new DamagedFile();
  const padded = new Uint8Array(packet.length);
  padded.set(empty);
  let at = 0;
  for (const [index, { start, bytes, data }] of pages.entries()) {
    const length = pieces[index]?.length ?? 0;
    const page = new Uint8Array(bytes);
    page.set(padded.subarray(at, at + length), data);
    at += length;
    const checksum = bytesOfU32le(oggCrc(withCrc(page, 0)));
    patches.write(start + 22, checksum);
    patches.write(start + data, page.subarray(data, data + length));
  }
  return true;
}

/** A copy of the page with that checksum in its place. */
function withCrc(page: Uint8Array, crc: number): Uint8Array {
  const copy = new Uint8Array(page);
  copy.set(bytesOfU32le(crc), 22);
  return copy;
}
