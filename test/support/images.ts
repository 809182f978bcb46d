import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOfU32be, concat, toBytes, u32be } from '../../src/media/formats/bytes';
import { crc32 } from '../../src/media/formats/crc32';

const folder = join(import.meta.dirname, '../fixtures/images');

export const imageNames = [
  'phone-orientation-6.jpg',
  'progressive.jpg',
  'gray.jpg',
  'text-orientation-6.png',
  'palette.png',
  'deep-alpha.png',
  'lossy.webp',
  'lossless.webp',
  'alpha.webp',
  'animated.webp',
  'metadata-orientation-6.webp',
] as const;
export type ImageName = (typeof imageNames)[number];

/** A committed image; `test/fixtures/images/make.sh` tells what is on it. */
export function readImage(name: ImageName): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(folder, name)));
}

export function typeOf(name: ImageName): string {
  return name.endsWith('.jpg') ? 'image/jpeg' : name.endsWith('.png') ? 'image/png' : 'image/webp';
}

/** A copy with `values` written over it from `at`. */
export function patched(bytes: Uint8Array, at: number, ...values: number[]): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  copy.set(values, at);
  return copy;
}

/** Where `text` begins, one character a byte. @throws when it is not there, so that no test passes by missing what it patches */
export function find(bytes: Uint8Array, text: string): number {
  const at = Buffer.from(bytes).indexOf(text, 'latin1');
  if (at === -1) throw new Error(`The image has no ${JSON.stringify(text)}`);
  return at;
}

/** A PNG chunk with its right checksum. */
export function pngChunk(type: string, data: Uint8Array): Uint8Array {
  const body = concat([toBytes(type), data]);
  return concat([bytesOfU32be(data.length), body, bytesOfU32be(crc32(body))]);
}

/** The PNG with another size in its header, the checksum made right again. */
export function withPngSize(png: Uint8Array, width: number, height: number): Uint8Array<ArrayBuffer> {
  const header = concat([bytesOfU32be(width), bytesOfU32be(height), png.subarray(24, 29)]);
  return concat([png.subarray(0, 8), pngChunk('IHDR', header), png.subarray(33)]);
}

/** The JPEG with another size in its frame header. */
export function withJpegSize(jpeg: Uint8Array, width: number, height: number): Uint8Array<ArrayBuffer> {
  for (let at = 2; at < jpeg.length; at += 2 + ((jpeg[at + 2] ?? 0) << 8) + (jpeg[at + 3] ?? 0)) {
    const isFrame = [0xc0, 0xc1, 0xc2].includes(jpeg[at + 1] ?? 0);
    if (isFrame) return patched(jpeg, at + 5, height >> 8, height & 0xff, width >> 8, width & 0xff);
  }
  throw new Error('The JPEG has no frame');
}

/** The lossless, extended WebP with another size in both its headers. */
export function withWebpSize(webp: Uint8Array, width: number, height: number): Uint8Array<ArrayBuffer> {
  const canvas = [width - 1, height - 1].flatMap((value) => [value & 0xff, value >> 8, 0]);
  const bits = (width - 1) | ((height - 1) << 14);
  const sized = patched(webp, find(webp, 'VP8X') + 12, ...canvas);
  return patched(sized, find(sized, 'VP8L') + 9, bits & 0xff, (bits >> 8) & 0xff, (bits >> 16) & 0xff, (bits >> 24) & 0x0f);
}

/** The PNG with its first pixel data overwritten by what no decompressor takes, and the checksum right. */
export function withDamagedPixels(png: Uint8Array): Uint8Array<ArrayBuffer> {
  const at = find(png, 'IDAT') - 4;
  const length = u32be(png, at);
  return concat([png.subarray(0, at), pngChunk('IDAT', new Uint8Array(length).fill(0xff)), png.subarray(at + 12 + length)]);
}
