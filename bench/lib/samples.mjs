import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PhotonImage } from '@cf-wasm/photon';
import { root } from '../../scripts/lib/process.mjs';

/**
 * A JPEG of so many megapixels, 4 : 3, that compresses about as well as a photo.
 * @param {number} megapixels
 */
export function photo(megapixels) {
  const height = Math.round(Math.sqrt((megapixels * 1_000_000 * 3) / 4));
  const width = Math.round((height * 4) / 3);
  const rgba = new Uint8Array(width * height * 4);
  let noise = 1;
  for (let at = 0; at < rgba.length; at += 4) {
    const [x, y] = [(at >> 2) % width, Math.floor((at >> 2) / width)];
    noise = (Math.imul(noise, 1_103_515_245) + 12_345) >>> 0;
    const grain = noise >>> 28;
    rgba[at] = (x * 255) / width + grain;
    rgba[at + 1] = (y * 255) / height + grain;
    rgba[at + 2] = 128 + 64 * Math.sin(x / 40) * Math.cos(y / 40) + grain;
    rgba[at + 3] = 255;
  }
  const image = new PhotonImage(rgba, width, height);
  try {
    return { bytes: image.get_bytes_jpeg(85), width, height };
  } finally {
    image.free();
  }
}

/**
 * The JPEG as a phone held upright stores it: lying on its side, and saying so.
 * @param {Uint8Array} jpeg
 */
export function onItsSide(jpeg) {
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];
  const exif = [0xff, 0xe1, 0, tiff.length + 8, ...Buffer.from('Exif\0\0'), ...tiff];
  return new Uint8Array(Buffer.concat([jpeg.subarray(0, 2), Uint8Array.from(exif), jpeg.subarray(2)]));
}

/**
 * A committed clip, with so many bytes behind its frames that it has that size: they are read and written like any other.
 * @param {string} name in test/fixtures/clips
 * @param {number} byteSize
 */
export function film(name, byteSize) {
  const clip = readFileSync(join(root, 'test/fixtures/clips', name));
  const filler = Buffer.alloc(Math.max(8, byteSize - clip.length), 7);
  filler.writeUInt32BE(filler.length, 0);
  filler.write('mdat', 4);
  return new Uint8Array(Buffer.concat([clip, filler]));
}

/**
 * The largest file of the kind that is decoded: noise, which nothing makes smaller.
 * @param {'png' | 'webp' | 'jpeg'} type PNG and WebP with transparency
 */
export function noise(type) {
  const [width, height] = type === 'jpeg' ? [2_048, 2_048] : [2_048, 1_530];
  const rgba = new Uint8Array(width * height * 4);
  // The platform gives so much at once.
  for (let at = 0; at < rgba.length; at += 65_536) crypto.getRandomValues(rgba.subarray(at, at + 65_536));
  const image = new PhotonImage(rgba, width, height);
  try {
    return type === 'png' ? image.get_bytes() : type === 'webp' ? image.get_bytes_webp() : image.get_bytes_jpeg(92);
  } finally {
    image.free();
  }
}
