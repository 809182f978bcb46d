import { initPhoton, PhotonImage } from '@cf-wasm/photon';
import { describe, expect, it } from 'vitest';
import { type ByteSource, maxReadBytes } from '../../src/media/byte-source';
import { bytesOfU32be, bytesOfU32le, concat, textAt, toBytes, u16be, u32be, u32le } from '../../src/media/formats/bytes';
import { crc32 } from '../../src/media/formats/crc32';
import { inspectClip } from '../../src/media/inspect-clip';
import { inspectImage } from '../../src/media/inspect-image';
import { type PreparedImage, prepareImage } from '../../src/media/prepare-image';
import { Refusal } from '../../src/protocol/errors';
import { thumbnailSidePx } from '../../src/protocol/limits';
import { unwrap } from '../../src/result';
import { type ClipName, clipNames, clips, patchedFile, readClip } from '../support/clips';
import { type ImageName, imageNames, pngChunk, readImage } from '../support/images';
import { type SeededRandom, seededRandom } from '../support/random';

const imageRuns = 4_000;
const clipRuns = 4_000;
const plantedRuns = 300;
/** Decoding at the limit of pixels, beside the largest file. */
const maxDecoderBytes = 100_000_000;

const pick = <T>(random: SeededRandom, [first, ...others]: readonly [T, ...T[]]): T =>
  [first, ...others][random.below(others.length + 1)] ?? first;

/** One thing that happens to files: bits that flip, numbers that lie, parts that are lost, doubled, swapped or another file's. */
function mutate(random: SeededRandom, bytes: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  // Most of what a file says of itself is at one of its ends.
  const place = () => (random.below(3) === 0 ? random.below(bytes.length) : random.below(Math.min(bytes.length, 200)));
  const [at, length] = [random.below(6) === 0 ? Math.max(0, bytes.length - 1 - place()) : place(), 1 + random.below(64)];
  switch (random.below(7)) {
    case 0:
      copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
      return copy;
    case 1:
      copy[at] = random.below(256);
      return copy;
    case 2: {
      const number = pick(random, [0, 1, 0x7f, 0xffff, 0x7fff_ffff, 0xffff_ffff, random.below(2 ** 32), bytes.length]);
      copy.set((random.below(2) === 0 ? bytesOfU32be : bytesOfU32le)(number).subarray(0, Math.max(0, bytes.length - at)), at);
      return copy;
    }
    case 3:
      return concat([copy.subarray(0, at), copy.subarray(at + length)]);
    case 4:
      return concat([copy.subarray(0, at + length), copy.subarray(at)]);
    case 5:
      return concat([copy.subarray(0, at), other.subarray(random.below(other.length)).subarray(0, length), copy.subarray(at)]);
    default:
      return copy.slice(0, Math.max(1, at));
  }
}

/** A PNG whose checksums are right again, so that what is wrong with it is found later or not at all. */
function withRightChecksums(png: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  for (let at = 8; at + 12 <= png.length; ) {
    const end = at + 12 + u32be(png, at);
    if (end > png.length) break;
    png.set(bytesOfU32be(crc32(png.subarray(at + 4, end - 4))), end - 4);
    at = end;
  }
  return png;
}

/** @returns `null` for a refusal. @throws whatever else it throws */
function prepared(bytes: Uint8Array<ArrayBuffer>): PreparedImage | null {
  try {
    return prepareImage(bytes, null);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    expect(['media_damaged', 'unsupported_media_type']).toContain(error.code);
    return null;
  }
}

const secrets = /planted|secret/;

/** The first of the words that must not be there, `null` for none; the whole would fill the screen. */
function secretIn(bytes: Uint8Array): string | null {
  return Buffer.from(bytes).toString('latin1').match(secrets)?.[0] ?? null;
}

describe('images that something happened to', () => {
  it('[MEDIA-1] [MEDIA-2] are refused, or come out whole, bare, and with a thumbnail of the right size', async () => {
    const random = seededRandom();
    const { memory } = await initPhoton.ensure();
    // What another file puts between pixels is pixels.
    const silent = firstOf(imageNames.filter((name) => secretIn(readImage(name)) === null));
    let taken = 0;
    for (let run = 0; run < imageRuns; run++) {
      const [name, other] = [pick(random, imageNames), pick(random, silent)];
      let bytes = readImage(name);
      for (let count = 1 + random.below(3); count > 0; count--) bytes = mutate(random, bytes, readImage(other));
      if (name.endsWith('.png') && random.below(2) === 0) bytes = withRightChecksums(bytes);
      const image = prepared(bytes);
      if (image === null) continue;
      taken += 1;
      expect(secretIn(image.bytes)).toBeNull();
      const again = unwrap(inspectImage(image.bytes, image.type));
      expect(Buffer.compare(again.rebuild(again.facts.orientation), image.bytes)).toBe(0);
      if (image.thumbnail === null) continue;
      const { width, height } = unwrap(inspectImage(image.thumbnail, 'image/jpeg')).facts;
      expect(Math.max(width, height)).toBe(Math.min(thumbnailSidePx, Math.max(image.width, image.height)));
      expect(Buffer.from(image.placeholder ?? '', 'base64').length).toBeGreaterThan(4);
    }
    expect(taken).toBeGreaterThan(imageRuns / 20);
    expect(taken).toBeLessThan(imageRuns);
    expect(memory.buffer.byteLength).toBeLessThan(maxDecoderBytes);
  });
});

/** A file that is read as a store's, and counts what is asked of it. */
class CountedSource implements ByteSource {
  readonly size: number;
  reads = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.size = bytes.length;
    this.#bytes = bytes;
  }

  async read(at: number, length: number): Promise<Uint8Array> {
    expect(at).toBeGreaterThanOrEqual(0);
    expect(length).toBeLessThanOrEqual(maxReadBytes);
    this.reads += 1;
    return this.#bytes.subarray(at, at + length);
  }
}

describe('clips that something happened to', () => {
  it('[MEDIA-1] are refused, or come out of the same length and for good, and are read no more often than they have parts', async () => {
    const random = seededRandom();
    let taken = 0;
    for (let run = 0; run < clipRuns; run++) {
      const [name, other] = [pick(random, firstOf(clipNames)), pick(random, firstOf(clipNames))];
      let bytes = readClip(name);
      for (let count = 1 + random.below(3); count > 0; count--) bytes = mutate(random, bytes, readClip(other));
      const source = new CountedSource(bytes);
      const result = await inspectClip(source, clips[name]);
      // A box, element or page has two bytes at least, and is looked at twice at most.
      expect(source.reads).toBeLessThan(bytes.length + 100);
      if (!result.ok) {
        expect(result.code).toBe('media_damaged');
        continue;
      }
      taken += 1;
      const stored = await patchedFile(bytes, result.value.patches);
      expect(stored).toHaveLength(bytes.length);
      const again = unwrap(await inspectClip(new CountedSource(stored), clips[name]));
      expect(Buffer.compare(await patchedFile(stored, again.patches), stored)).toBe(0);
    }
    expect(taken).toBeGreaterThan(clipRuns / 20);
    expect(taken).toBeLessThan(clipRuns);
  });
});

function firstOf<T>(list: readonly T[]): readonly [T, ...T[]] {
  const [first, ...others] = list;
  if (first === undefined) throw new Error('empty');
  return [first, ...others];
}

/** Something to hide, of any length, with what looks like the beginning of other parts in it. */
function secretOf(random: SeededRandom): Uint8Array {
  const parts = [
    'planted secret',
    '\xff\xd9',
    '\xff\xda\0\x08',
    'IEND',
    'IDAT',
    'RIFF',
    'moov',
    '\x1f\x43\xb6\x75',
    '\0\0\0\x08mdat',
    '<script>',
  ];
  return toBytes(['planted secret', ...Array.from({ length: random.below(6) }, () => pick(random, firstOf(parts)))].join(''));
}

/** Where parts of an image begin before which others may stand. */
function boundariesOf(name: ImageName, bytes: Uint8Array): number[] {
  const places: number[] = [];
  if (name.endsWith('.png')) for (let at = 33; at < bytes.length; at += 12 + u32be(bytes, at)) places.push(at);
  if (name.endsWith('.webp'))
    for (let at = 30; at < bytes.length; at += 8 + u32le(bytes, at + 4) + (u32le(bytes, at + 4) % 2)) places.push(at);
  if (name.endsWith('.jpg')) {
    let at = 2;
    for (; bytes[at + 1] !== 0xda; at += 2 + u16be(bytes, at + 2)) places.push(at);
    for (; at !== -1; at = bytes.indexOf(0xff, at + 1)) if (bytes[at + 1] === 0xda) places.push(at);
  }
  return places;
}

/** A part of an image that has nothing to do with its pixels. */
function secretPart(random: SeededRandom, name: ImageName): Uint8Array {
  const secret = secretOf(random);
  if (name.endsWith('.png')) return pngChunk(pick(random, ['tEXt', 'iTXt', 'eXIf', 'iCCP', 'tIME', 'prVt', 'caBX']), secret);
  if (name.endsWith('.jpg')) {
    const kind = pick(random, [0xfe, 0xe0, 0xe1, 0xe2, 0xeb, 0xed, 0xee, 0xef]);
    // A colour transform that is as good as none.
    const adobe = name === 'gray.jpg' ? 'Adobf' : 'Adobe\0\x64\0\0\0\0\x01';
    const lead = pick(random, ['', 'Exif\0\0', 'JFIF\0', adobe, 'ICC_PROFILE\0\x01\x01', 'MPF\0', 'http://ns.adobe.com/xap/1.0/\0']);
    const payload = concat([toBytes(lead), secret]);
    return concat([Uint8Array.of(0xff, kind, (payload.length + 2) >> 8, (payload.length + 2) & 0xff), payload]);
  }
  const even = secret.length % 2 === 0 ? secret : concat([secret, Uint8Array.of(0)]);
  return concat([toBytes(pick(random, ['EXIF', 'XMP ', 'ICCP', 'JUNK'])), bytesOfU32le(even.length), even]);
}

/** The image with so many parts between its own. */
function plantInImage(random: SeededRandom, name: ImageName, count: number): Uint8Array<ArrayBuffer> {
  const image = readImage(name);
  const boundaries = firstOf(boundariesOf(name, image));
  const places = Array.from({ length: count }, () => pick(random, boundaries)).sort((one, other) => one - other);
  const pieces = places.flatMap((place, index) => [image.subarray(places[index - 1] ?? 0, place), secretPart(random, name)]);
  const file = concat([...pieces, image.subarray(places.at(-1))]);
  return name.endsWith('.webp') ? concat([file.subarray(0, 4), bytesOfU32le(file.length - 8), file.subarray(8)]) : file;
}

function pixelsOf(bytes: Uint8Array): Uint8Array {
  const image = PhotonImage.new_from_byteslice(bytes);
  try {
    return image.get_raw_pixels();
  } finally {
    image.free();
  }
}

/** A part that only carries the secret, behind the last part of a clip; or between two where nothing counts positions. */
function plantInClip(random: SeededRandom, name: ClipName, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const secret = secretOf(random);
  if (clips[name].endsWith('mp4')) {
    const type = pick(random, ['free', 'skip', 'uuid', 'udta', 'meta', 'mdat', 'wide', 'XMP_', 'gps0', 'mfra']);
    return concat([bytes, bytesOfU32be(secret.length + 8), toBytes(type), secret]);
  }
  const id = pick(random, ['\xec', '\x12\x54\xc3\x67', '\x19\x41\xa4\x69', '\x10\x43\xa7\x70', '\xbf']);
  return concat([bytes, toBytes(id), Uint8Array.of(0x10, 0, secret.length >> 8, secret.length & 0xff), secret]);
}

describe('what is planted in a file that is whole', () => {
  it('[MEDIA-1] is not in the image any more, of which no pixel changes', () => {
    const random = seededRandom();
    const able = imageNames.filter((name) => !name.endsWith('.webp') || textAt(readImage(name), 12, 4) === 'VP8X');
    for (let run = 0; run < plantedRuns; run++) {
      const name = pick(random, firstOf(able));
      let bytes = plantInImage(random, name, 1 + random.below(4));
      if (random.below(3) === 0) bytes = concat([bytes, secretOf(random)]);
      const file = unwrap(inspectImage(bytes, null));
      expect(secretIn(bytes)).not.toBeNull();
      expect(secretIn(file.rebuild(1))).toBeNull();
      expect(Buffer.compare(pixelsOf(file.rebuild(1)), pixelsOf(readImage(name)))).toBe(0);
      expect(secretIn(prepareImage(bytes, null).bytes)).toBeNull();
    }
  });

  it('[MEDIA-1] is not in the clip any more', async () => {
    const random = seededRandom();
    // Elements follow where the whole does not know its size.
    const able = clipNames.filter((name) => clips[name].endsWith('mp4') || ['streamed.webm', 'recorded.webm', 'voice.webm'].includes(name));
    for (let run = 0; run < plantedRuns; run++) {
      const name = pick(random, firstOf(able));
      let bytes: Uint8Array<ArrayBuffer> = readClip(name);
      for (let count = 1 + random.below(4); count > 0; count--) bytes = plantInClip(random, name, bytes);
      const result = await inspectClip(new CountedSource(bytes), clips[name]);
      if (!result.ok) throw new Error(`${name} was refused`);
      expect(secretIn(await patchedFile(bytes, result.value.patches))).toBeNull();
    }
  });
});
