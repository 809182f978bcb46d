import { PhotonImage } from '@cf-wasm/photon';
import { describe, expect, it } from 'vitest';
import { concat, toBytes } from '../../src/media/formats/bytes';
import type { ImageFile } from '../../src/media/formats/image';
import { inspectImage } from '../../src/media/inspect-image';
import { unwrap } from '../../src/result';
import { find, imageNames, readImage } from '../support/images';

function takeApart(bytes: Uint8Array): ImageFile {
  return unwrap(inspectImage(bytes, null));
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

function decode(bytes: Uint8Array): Uint8Array {
  const image = PhotonImage.new_from_byteslice(bytes);
  try {
    return image.get_raw_pixels();
  } finally {
    image.free();
  }
}

const telling = ['phone-orientation-6.jpg', 'text-orientation-6.png', 'metadata-orientation-6.webp'] as const;

describe('removing metadata', () => {
  it.each(telling)('[MEDIA-1] takes EXIF, GPS, XMP, IPTC, comments, text, times and the embedded thumbnail out of %s', (name) => {
    const bytes = readImage(name);
    expect(textOf(bytes)).toMatch(/secret/);
    const clean = takeApart(bytes).rebuild(1);
    expect(textOf(clean)).not.toMatch(/secret|exif|xmp|adobe|photoshop|8BIM|tEXt|zTXt|iTXt|tIME|JFXX|ICC|iCCP/i);
    expect(clean.length).toBeLessThan(bytes.length);
  });

  it.each(imageNames)('[MEDIA-1] leaves every pixel of %s as it was', (name) => {
    const bytes = readImage(name);
    const clean = takeApart(bytes).rebuild(1);
    expect(decode(clean)).toEqual(decode(bytes));
    expect(takeApart(clean).rebuild(1)).toEqual(clean);
  });

  it.each(imageNames)('[MEDIA-1] drops whatever follows the end of %s', (name) => {
    const bytes = readImage(name);
    const polyglot = concat([bytes, toBytes('PK\x03\x04 secret archive')]);
    expect(takeApart(polyglot).rebuild(1)).toEqual(takeApart(bytes).rebuild(1));
  });

  it.each(telling)('[MEDIA-1] can keep the orientation of %s and nothing else', (name) => {
    const file = takeApart(readImage(name));
    const kept = file.rebuild(6);
    expect(textOf(kept)).not.toMatch(/secret/);
    expect(takeApart(kept).facts).toEqual(file.facts);
    // The block itself is 26 bytes; the rest is what each format puts around one.
    expect(kept.length - file.rebuild(1).length).toBeLessThanOrEqual(38);
  });

  it('[MEDIA-1] drops the features of a WebP that its extended header announces and that are gone', () => {
    const clean = takeApart(readImage('metadata-orientation-6.webp')).rebuild(1);
    expect(clean[find(clean, 'VP8X') + 8]).toBe(0);
    const alpha = takeApart(readImage('alpha.webp')).rebuild(1);
    expect(alpha[find(alpha, 'VP8X') + 8]).toBe(0x10);
  });

  it('[MEDIA-1] drops a thumbnail inside the JFIF header and text behind the Adobe one', () => {
    const jpeg = readImage('gray.jpg');
    const jfif = concat([Uint8Array.of(0xff, 0xe0, 0, 19), toBytes('JFIF\0'), Uint8Array.of(1, 1, 0, 0, 1, 0, 1, 1, 1), toBytes('sec')]);
    const adobe = concat([Uint8Array.of(0xff, 0xee, 0, 20), toBytes('Adobe'), Uint8Array.of(0, 100, 0, 0, 0, 0, 1), toBytes('secret')]);
    const clean = textOf(takeApart(concat([jpeg.subarray(0, 2), jfif, adobe, jpeg.subarray(2)])).rebuild(1));
    expect(clean).not.toMatch(/sec/);
    expect(clean).toContain('\xff\xe0\0\x10JFIF\0\x01\x02\0\0\x01\0\x01\0\0');
    expect(clean).toContain('\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\x01');
  });

  it('[MEDIA-1] finds comments between the scans of a progressive JPEG too', () => {
    const jpeg = readImage('progressive.jpg');
    const at = Buffer.from(jpeg).lastIndexOf('\xff\xda', undefined, 'latin1');
    const comment = concat([Uint8Array.of(0xff, 0xfe, 0, 8), toBytes('secret')]);
    const clean = takeApart(concat([jpeg.subarray(0, at), comment, jpeg.subarray(at)])).rebuild(1);
    expect(clean).toEqual(takeApart(jpeg).rebuild(1));
  });
});
