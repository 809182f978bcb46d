import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOfU32le, concat } from '../../src/media/formats/bytes';
import { inspectImage } from '../../src/media/inspect-image';
import { maxImageBytes } from '../../src/protocol/limits';
import { find, type ImageName, imageNames, patched, pngChunk, readImage, typeOf, withJpegSize, withPngSize } from '../support/images';

/** The code of the refusal, or `null` when the image was taken. */
function refusalOf(bytes: Uint8Array, claimedType: string | null = null): string | null {
  const result = inspectImage(bytes, claimedType);
  return result.ok ? null : result.code;
}

const upright = { width: 64, height: 48, orientation: 1, hasAlpha: false, isAnimated: false, bitDepth: 8 };
const lying = { ...upright, width: 48, height: 64, orientation: 6 };
const expected: Record<ImageName, object> = {
  'phone-orientation-6.jpg': lying,
  'progressive.jpg': upright,
  'gray.jpg': upright,
  'text-orientation-6.png': { ...lying, hasAlpha: true },
  'palette.png': upright,
  'deep-alpha.png': { ...upright, hasAlpha: true, bitDepth: 16 },
  'lossy.webp': upright,
  'lossless.webp': upright,
  'alpha.webp': { ...upright, hasAlpha: true },
  'animated.webp': { ...upright, isAnimated: true },
  'metadata-orientation-6.webp': lying,
};

describe('inspecting an image', () => {
  it.each(imageNames)('[MEDIA-1] reads type, size and orientation of %s from its bytes', (name) => {
    const result = inspectImage(readImage(name), typeOf(name));
    expect(result).toMatchObject({ ok: true, value: { facts: { type: typeOf(name), ...expected[name] } } });
  });

  it.each(imageNames)('[MEDIA-1] refuses %s cut off anywhere', (name) => {
    const bytes = readImage(name);
    const taken = Array.from(bytes.keys()).filter((length) => refusalOf(bytes.subarray(0, length), typeOf(name)) !== 'media_damaged');
    expect(taken).toEqual([]);
  });

  it('[MEDIA-1] refuses what is not the image it claims to be', () => {
    expect(refusalOf(readImage('progressive.jpg'), 'image/png')).toBe('media_damaged');
    expect(refusalOf(readImage('palette.png'), 'image/webp')).toBe('media_damaged');
    expect(refusalOf(new TextEncoder().encode('<svg onload=alert(1)>'), 'image/png')).toBe('media_damaged');
    expect(refusalOf(new Uint8Array(), 'image/jpeg')).toBe('media_damaged');
  });

  it('[MEDIA-1] refuses files that are no image we take, whatever their type is called', () => {
    const gif = new TextEncoder().encode('GIF89a\x01\x00\x01\x00');
    expect(refusalOf(gif, 'image/gif')).toBe('unsupported_media_type');
    expect(refusalOf(gif, 'application/octet-stream')).toBe('unsupported_media_type');
    expect(refusalOf(new Uint8Array(), null)).toBe('unsupported_media_type');
    expect(refusalOf(readImage('palette.png'), 'text/html')).toBe('unsupported_media_type');
  });

  it('[MEDIA-1] takes a file without a claim, and the usual spellings of one', () => {
    for (const claim of [null, '', 'application/octet-stream', 'image/jpg', 'IMAGE/JPEG', 'image/jpeg; q=1']) {
      expect(refusalOf(readImage('progressive.jpg'), claim)).toBeNull();
    }
  });

  it('[MEDIA-1] refuses more than 12 MiB, and takes exactly as much', () => {
    const image = readImage('palette.png');
    const padded = (length: number) => concat([image, new Uint8Array(length - image.length)]);
    expect(refusalOf(padded(maxImageBytes))).toBeNull();
    expect(refusalOf(padded(maxImageBytes + 1))).toBe('too_large');
  });

  it('[MEDIA-1] refuses more than 25 megapixels by the header, and takes exactly as many', () => {
    const png = readImage('palette.png');
    const jpeg = readImage('progressive.jpg');
    expect(refusalOf(withPngSize(png, 5_000, 5_000))).toBeNull();
    expect(refusalOf(withPngSize(png, 5_000, 5_001))).toBe('media_damaged');
    expect(refusalOf(withPngSize(png, 0x7fff_ffff, 0x7fff_ffff))).toBe('media_damaged');
    expect(refusalOf(withJpegSize(jpeg, 5_000, 5_000))).toBeNull();
    expect(refusalOf(withJpegSize(jpeg, 65_535, 65_535))).toBe('media_damaged');
    const webp = readImage('lossless.webp');
    expect(refusalOf(patched(webp, 21, 0xff, 0xff, 0xff, 0x0f))).toBe('media_damaged');
  });

  it('[MEDIA-1] refuses empty pictures', () => {
    expect(refusalOf(withPngSize(readImage('palette.png'), 0, 10))).toBe('media_damaged');
    expect(refusalOf(withJpegSize(readImage('progressive.jpg'), 10, 0))).toBe('media_damaged');
  });

  it('[MEDIA-1] refuses a WebP whose parts disagree about its size', () => {
    for (const name of ['alpha.webp', 'animated.webp', 'metadata-orientation-6.webp'] as const) {
      const bytes = readImage(name);
      expect(refusalOf(patched(bytes, find(bytes, 'VP8X') + 12, 9, 0, 0))).toBe('media_damaged');
    }
    const animated = readImage('animated.webp');
    const frameSizeAt = find(animated, 'ANMF') + 8 + 6;
    expect(refusalOf(patched(animated, frameSizeAt, 9, 0, 0))).toBe('media_damaged');
  });

  it('[MEDIA-1] refuses a frame of an animation that hides something beside its pixels', () => {
    const bytes = readImage('animated.webp');
    const at = find(bytes, 'ANMF');
    const hidden = Uint8Array.from('EXIF\x04\0\0\0hide', (char) => char.charCodeAt(0));
    const length = (bytes[at + 4] ?? 0) + hidden.length;
    const end = at + 8 + length - hidden.length;
    const frame = concat([bytes.subarray(at, at + 4), bytesOfU32le(length), bytes.subarray(at + 8, end), hidden]);
    const chunks = concat([bytes.subarray(8, at), frame, bytes.subarray(end)]);
    expect(refusalOf(concat([bytes.subarray(0, 4), bytesOfU32le(chunks.length), chunks]))).toBe('media_damaged');
  });

  it('[MEDIA-1] refuses a PNG with a wrong checksum or an unknown critical chunk', () => {
    const png = readImage('palette.png');
    expect(refusalOf(patched(png, find(png, 'IDAT') + 6, 0xaa))).toBe('media_damaged');
    const unknown = concat([png.subarray(0, 33), pngChunk('SeCR', new Uint8Array(4)), png.subarray(33)]);
    expect(refusalOf(unknown)).toBe('media_damaged');
  });

  it('[MEDIA-1] refuses a JPEG of another kind than browsers show, with two frames, or with endless scans', () => {
    const jpeg = readImage('progressive.jpg');
    const frameAt = find(jpeg, '\xff\xc2');
    expect(refusalOf(patched(jpeg, frameAt + 1, 0xc9))).toBe('media_damaged');
    expect(refusalOf(patched(jpeg, frameAt + 4, 12))).toBe('media_damaged');
    const frame = jpeg.subarray(frameAt, frameAt + 19);
    expect(refusalOf(concat([jpeg.subarray(0, frameAt), frame, jpeg.subarray(frameAt)]))).toBe('media_damaged');
    const lastScan = jpeg.subarray(Buffer.from(jpeg).lastIndexOf('\xff\xda', undefined, 'latin1'), -2);
    const endless = concat([jpeg.subarray(0, -2), ...Array.from({ length: 32 }, () => lastScan), jpeg.subarray(-2)]);
    expect(refusalOf(endless)).toBe('media_damaged');
  });

  it('[MEDIA-1] refuses files torn into more parts than any encoder writes', () => {
    const jpeg = readImage('progressive.jpg');
    const torn = concat([jpeg.subarray(0, 2), ...Array.from({ length: 2_000 }, () => Uint8Array.of(0xff, 0xdb, 0, 2)), jpeg.subarray(2)]);
    expect(refusalOf(torn)).toBe('media_damaged');
    const png = readImage('palette.png');
    const pair = concat([pngChunk('gAMA', new Uint8Array(4)), pngChunk('teST', new Uint8Array())]);
    expect(refusalOf(concat([png.subarray(0, 33), ...Array.from({ length: 2_000 }, () => pair), png.subarray(33)]))).toBe('media_damaged');
  });

  it('[MEDIA-1] never throws, and what it takes apart it can put together and take apart again', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.constantFrom(...imageNames), damage, fc.nat(), (name, changes, cut) => {
        const bytes = readImage(name);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const result = inspectImage(cut % 4 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes, null);
        if (!result.ok) return;
        const again = inspectImage(result.value.rebuild(1), result.value.facts.type);
        expect(again).toMatchObject({ ok: true, value: { facts: { ...result.value.facts, orientation: 1 } } });
      }),
      { numRuns: 2_000 },
    );
  });
});
