import { byteAt, bytesOfU32be, concat, textAt, toBytes, u32be } from './bytes';
import { crc32 } from './crc32';
import { type Orientation, readOrientation, writeOrientation } from './exif';
import type { ImageFile } from './image';
import { Ranges } from './ranges';

const signatureBytes = 8;
/** Length, type and checksum around a chunk's data. */
const chunkFrameBytes = 12;
const headerEnd = signatureBytes + chunkFrameBytes + 13;
/** Pixels, palette, transparency, the frames of an animation, and colour in plain numbers. */
const keptChunks = new Set(['PLTE', 'IDAT', 'tRNS', 'acTL', 'fcTL', 'fdAT', 'gAMA', 'cHRM', 'sRGB', 'cICP', 'sBIT', 'bKGD']);
/** Bit depths that go with each colour type. */
const bitDepths: Readonly<Record<number, readonly number[]>> = { 0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16] };

interface Header {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly colourType: number;
}

/**
 * Takes a PNG file apart. Only the chunks named above stay: text, EXIF, times, ICC profiles (a screen's names that one screen),
 * private chunks and what follows the end go.
 *
 * @returns `null` when it is cut off or damaged.
 */
export function readPng(bytes: Uint8Array): ImageFile | null {
  const header = readHeader(bytes);
  if (header === null) return null;
  const kept = new Ranges();
  const seen = new Set<string>();
  let orientation: Orientation = 1;
  let at = headerEnd;
  while (at + chunkFrameBytes <= bytes.length) {
    const length = u32be(bytes, at);
    const end = at + chunkFrameBytes + length;
    if (end > bytes.length) return null;
    const type = textAt(bytes, at + 4, 4);
    if (type === 'IEND') return seen.has('IDAT') && isIntact(bytes, at, end) ? pngFile(bytes, kept, header, orientation, seen) : null;
    if (keptChunks.has(type)) {
      if (!isIntact(bytes, at, end)) return null;
      seen.add(type);
      kept.keep(at, end);
      if (kept.areTooMany) return null;
    } else if (type === 'eXIf') {
      orientation = readOrientation(bytes.subarray(at + 8, end - 4));
    } else if (isCritical(type)) {
      return null;
    }
    at = end;
  }
  return null;
}

function pngFile(bytes: Uint8Array, kept: Ranges, header: Header, orientation: Orientation, seen: ReadonlySet<string>): ImageFile {
  const { width, height, colourType } = header;
  return {
    facts: {
      type: 'image/png',
      width,
      height,
      orientation,
      hasAlpha: colourType === 4 || colourType === 6 || seen.has('tRNS'),
      isAnimated: seen.has('acTL'),
      bitDepth: header.bitDepth === 16 ? 16 : 8,
    },
    rebuild(wanted) {
      const exif = wanted === 1 ? [] : [chunk('eXIf', writeOrientation(wanted))];
      return concat([bytes.subarray(0, headerEnd), ...exif, ...kept.of(bytes), chunk('IEND', new Uint8Array())]);
    },
  };
}

function readHeader(bytes: Uint8Array): Header | null {
  if (bytes.length < headerEnd || u32be(bytes, 8) !== 13 || textAt(bytes, 12, 4) !== 'IHDR') return null;
  const header = { width: u32be(bytes, 16), height: u32be(bytes, 20), bitDepth: byteAt(bytes, 24), colourType: byteAt(bytes, 25) };
  const isKnown = bitDepths[header.colourType]?.includes(header.bitDepth) === true;
  const isStandard = byteAt(bytes, 26) === 0 && byteAt(bytes, 27) === 0 && byteAt(bytes, 28) <= 1;
  if (!isKnown || !isStandard || header.width === 0 || header.height === 0) return null;
  return isIntact(bytes, signatureBytes, headerEnd) ? header : null;
}

/** Whether the chunk's checksum, over type and data, is right. */
function isIntact(bytes: Uint8Array, start: number, end: number): boolean {
  return crc32(bytes.subarray(start + 4, end - 4)) === u32be(bytes, end - 4);
}

/** A capital first letter: without this chunk the picture is not right. Also what no letter begins. */
function isCritical(type: string): boolean {
  return !/^[a-z]/.test(type);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = concat([toBytes(type), data]);
  return concat([bytesOfU32be(data.length), body, bytesOfU32be(crc32(body))]);
}
