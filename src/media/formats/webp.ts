import { byteAt, bytesOfU32le, concat, textAt, toBytes, u16le, u24le, u32le } from './bytes';
import { type Orientation, readOrientation, writeOrientation } from './exif';
import type { ImageFile } from './image';
import { Ranges } from './ranges';

const riffHeaderBytes = 12;
const chunkHeaderBytes = 8;
/** Position, size, duration and blending before an animation frame's own chunks. */
const frameHeaderBytes = 16;
const flag = { animation: 0x02, exif: 0x08, alpha: 0x10 } as const;

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Chunk {
  readonly type: string;
  readonly start: number;
  /** The data, without header and padding. */
  readonly data: Uint8Array;
  /** After the padding. */
  readonly end: number;
}

interface Canvas extends Size {
  readonly flags: number;
}

/**
 * Takes a WebP file apart: lossy, lossless, or extended with alpha or animation. Only pixels, alpha and animation stay:
 * EXIF, XMP, the ICC profile (a screen's names that one screen), unknown chunks and what follows the end go.
 *
 * @returns `null` when it is cut off, damaged, or its parts disagree about its size.
 */
export function readWebp(bytes: Uint8Array): ImageFile | null {
  const riffEnd = 8 + u32le(bytes, 4);
  if (riffEnd > bytes.length) return null;
  const chunks = readChunks(bytes, riffHeaderBytes, riffEnd);
  const first = chunks.next().value;
  if (!first) return null;
  if (first.type !== 'VP8X') {
    const picture = readBitstream(first);
    return picture === null ? null : plainFile(bytes.subarray(first.start, first.end), picture);
  }
  const canvas = readCanvas(first.data);
  return canvas === null ? null : readExtended(bytes, canvas, chunks);
}

function readExtended(bytes: Uint8Array, canvas: Canvas, chunks: Iterable<Chunk | null>): ImageFile | null {
  const isAnimated = (canvas.flags & flag.animation) !== 0;
  const kept = new Ranges();
  let orientation: Orientation = 1;
  let pictures = 0;
  for (const chunk of chunks) {
    if (chunk === null) return null;
    switch (chunk.type) {
      case 'VP8 ':
      case 'VP8L': {
        const picture = readBitstream(chunk);
        // Decoders size their memory by one or the other: a lie in either gets past a limit on pixels.
        if (isAnimated || picture === null || picture.width !== canvas.width || picture.height !== canvas.height) return null;
        pictures += 1;
        kept.keep(chunk.start, chunk.end);
        break;
      }
      case 'ANMF':
        if (!isAnimated || !isFrameInside(chunk.data, canvas)) return null;
        pictures += 1;
        kept.keep(chunk.start, chunk.end);
        break;
      case 'ALPH':
      case 'ANIM':
        kept.keep(chunk.start, chunk.end);
        break;
      case 'EXIF':
        orientation = readOrientation(withoutExifPrefix(chunk.data));
        break;
      case 'VP8X':
        return null;
    }
    if (kept.areTooMany) return null;
  }
  if (pictures === 0 || (!isAnimated && pictures > 1)) return null;
  return extendedFile(bytes, canvas, kept, orientation);
}

function plainFile(picture: Uint8Array, { width, height, hasAlpha }: Size & { hasAlpha: boolean }): ImageFile {
  return {
    facts: { type: 'image/webp', width, height, orientation: 1, hasAlpha, isAnimated: false, bitDepth: 8 },
    rebuild: () => riff([picture]),
  };
}

function extendedFile(bytes: Uint8Array, canvas: Canvas, kept: Ranges, orientation: Orientation): ImageFile {
  const { width, height, flags } = canvas;
  return {
    facts: {
      type: 'image/webp',
      width,
      height,
      orientation,
      hasAlpha: (flags & flag.alpha) !== 0,
      isAnimated: (flags & flag.animation) !== 0,
      bitDepth: 8,
    },
    rebuild(wanted) {
      const keptFlags = flags & (flag.alpha | flag.animation);
      const header = concat([
        Uint8Array.of(wanted === 1 ? keptFlags : keptFlags | flag.exif, 0, 0, 0),
        u24leBytes(width - 1),
        u24leBytes(height - 1),
      ]);
      const exif = wanted === 1 ? [] : [webpChunk('EXIF', writeOrientation(wanted))];
      return riff([webpChunk('VP8X', header), ...kept.of(bytes), ...exif]);
    },
  };
}

/** The chunks between two offsets in order; `null`, once and last, for one that reaches past the end. */
function* readChunks(bytes: Uint8Array, start: number, end: number): Generator<Chunk | null, undefined> {
  let at = start;
  while (at < end) {
    const length = u32le(bytes, at + 4);
    const dataAt = at + chunkHeaderBytes;
    const next = dataAt + length + (length % 2);
    if (next > end) {
      yield null;
      return;
    }
    yield { type: textAt(bytes, at, 4), start: at, data: bytes.subarray(dataAt, dataAt + length), end: next };
    at = next;
  }
}

function readCanvas(data: Uint8Array): Canvas | null {
  if (data.length < 10) return null;
  return { flags: byteAt(data, 0), width: u24le(data, 4) + 1, height: u24le(data, 7) + 1 };
}

function readBitstream(chunk: Chunk): (Size & { hasAlpha: boolean }) | null {
  if (chunk.type === 'VP8 ') return readLossy(chunk.data);
  if (chunk.type === 'VP8L') return readLossless(chunk.data);
  return null;
}

function readLossy(data: Uint8Array): (Size & { hasAlpha: boolean }) | null {
  const tag = u24le(data, 0);
  const isKeyFrame = (tag & 1) === 0;
  const firstPartitionBytes = tag >>> 5;
  if (!isKeyFrame || data.length < 10 + firstPartitionBytes || textAt(data, 3, 3) !== '\x9d\x01\x2a') return null;
  const size = { width: u16le(data, 6) & 0x3fff, height: u16le(data, 8) & 0x3fff };
  return size.width > 0 && size.height > 0 ? { ...size, hasAlpha: false } : null;
}

function readLossless(data: Uint8Array): (Size & { hasAlpha: boolean }) | null {
  const header = u32le(data, 1);
  const version = header >>> 29;
  if (data.length < 6 || byteAt(data, 0) !== 0x2f || version !== 0) return null;
  return { width: (header & 0x3fff) + 1, height: ((header >>> 14) & 0x3fff) + 1, hasAlpha: ((header >>> 28) & 1) === 1 };
}

/** Whether a frame lies within the canvas, its pixels are as many as it says, and it carries nothing but pixels. */
function isFrameInside(data: Uint8Array, canvas: Size): boolean {
  if (data.length < frameHeaderBytes) return false;
  const width = u24le(data, 6) + 1;
  const height = u24le(data, 9) + 1;
  if (u24le(data, 0) * 2 + width > canvas.width || u24le(data, 3) * 2 + height > canvas.height) return false;
  let pictures = 0;
  for (const chunk of readChunks(data, frameHeaderBytes, data.length)) {
    if (chunk === null) return false;
    if (chunk.type === 'ALPH') continue;
    const picture = readBitstream(chunk);
    if (picture === null || picture.width !== width || picture.height !== height) return false;
    pictures += 1;
  }
  return pictures === 1;
}

/** WebP's EXIF is bare TIFF; some writers put JPEG's prefix before it. */
function withoutExifPrefix(data: Uint8Array): Uint8Array {
  return textAt(data, 0, 6) === 'Exif\0\0' ? data.subarray(6) : data;
}

function riff(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 4);
  return concat([toBytes('RIFF'), bytesOfU32le(length), toBytes('WEBP'), ...chunks]);
}

/** Data of even length only: what is written here needs no padding. */
function webpChunk(type: string, data: Uint8Array): Uint8Array {
  return concat([toBytes(type), bytesOfU32le(data.length), data]);
}

function u24leBytes(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16);
}
