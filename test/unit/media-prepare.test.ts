import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { initPhoton, PhotonImage } from '@cf-wasm/photon';
import { describe, expect, it } from 'vitest';
import { concat } from '../../src/media/formats/bytes';
import { writeOrientation } from '../../src/media/formats/exif';
import { inspectImage } from '../../src/media/inspect-image';
import { prepareAvatar, prepareImage } from '../../src/media/prepare-image';
import { Refusal } from '../../src/protocol/errors';
import { root } from '../support/assets';
import { imageNames, pngChunk, readImage, typeOf, withDamagedPixels, withJpegSize, withPngSize, withWebpSize } from '../support/images';

type Colour = 'red' | 'green' | 'blue' | 'yellow' | 'white' | 'other';

/** What is seen in the four corners of an image, its pixels taken as they are stored; and its size. */
function look(bytes: Uint8Array): { width: number; height: number; corners: Colour[] } {
  const image = PhotonImage.new_from_byteslice(bytes);
  try {
    const [width, height, rgba] = [image.get_width(), image.get_height(), image.get_raw_pixels()];
    const colourAt = (x: number, y: number) => nameColour(rgba.subarray((y * width + x) * 4, (y * width + x) * 4 + 4));
    const [right, bottom] = [width - 3, height - 3];
    return { width, height, corners: [colourAt(2, 2), colourAt(right, 2), colourAt(2, bottom), colourAt(right, bottom)] };
  } finally {
    image.free();
  }
}

function nameColour([red = 0, green = 0, blue = 0]: Uint8Array): Colour {
  const key = [red, green, blue].map((value) => (value > 200 ? '1' : value < 60 ? '0' : '?')).join('');
  const names: Record<string, Colour> = { '100': 'red', '010': 'green', '001': 'blue', '110': 'yellow', '111': 'white' };
  return names[key] ?? 'other';
}

async function decoderMemory(): Promise<number> {
  return (await initPhoton.ensure()).memory.buffer.byteLength;
}

const opaque = ['phone-orientation-6.jpg', 'progressive.jpg', 'palette.png', 'lossy.webp', 'lossless.webp', 'animated.webp'] as const;
const corners = ['red', 'green', 'blue', 'yellow'];

describe('preparing an upload', () => {
  it.each(imageNames)('[MEDIA-1] %s keeps its type, and its size is told as it is seen', (name) => {
    expect(prepareImage(readImage(name), typeOf(name))).toMatchObject({ type: typeOf(name), width: 64, height: 48 });
  });

  it.each([...opaque, 'metadata-orientation-6.webp'] as const)('[MEDIA-1] [MEDIA-2] %s and its thumbnail are stored upright', (name) => {
    const { bytes, thumbnail } = prepareImage(readImage(name), null);
    expect(look(bytes)).toEqual({ width: 64, height: 48, corners });
    expect(look(thumbnail ?? new Uint8Array())).toEqual({ width: 64, height: 48, corners });
    expect(inspectImage(bytes, null)).toMatchObject({ ok: true, value: { facts: { orientation: 1 } } });
    expect(inspectImage(thumbnail ?? new Uint8Array(), 'image/jpeg').ok).toBe(true);
    expect(Buffer.from(bytes).toString('latin1')).not.toMatch(/secret|exif/i);
  });

  it.each([...opaque, 'metadata-orientation-6.webp'] as const)(
    '[MEDIA-1] of %s a picture of its owner shows the middle, upright',
    (name) => {
      expect(look(prepareAvatar(readImage(name), null))).toEqual({ width: 48, height: 48, corners });
    },
  );

  it('[MEDIA-1] a picture of its owner is white where it was transparent, and never larger than 256 pixels', () => {
    expect(look(prepareAvatar(readImage('alpha.webp'), null)).corners).toEqual(['red', 'green', 'blue', 'white']);
    const portrait = readFileSync(join(root, 'test/fixtures/camera/portrait.jpg'));
    expect(look(prepareAvatar(portrait, 'image/jpeg'))).toMatchObject({ width: 256, height: 256 });
  });

  it.each(['text-orientation-6.png', 'deep-alpha.png', 'alpha.webp'] as const)(
    '[MEDIA-2] the thumbnail of %s shows white where it is transparent, the image itself stays transparent',
    (name) => {
      const { bytes, thumbnail } = prepareImage(readImage(name), null);
      expect(look(thumbnail ?? new Uint8Array()).corners).toEqual(['red', 'green', 'blue', 'white']);
      expect(look(bytes).corners.slice(0, 3)).toEqual(['red', 'green', 'blue']);
      expect(inspectImage(bytes, null)).toMatchObject({ ok: true, value: { facts: { hasAlpha: true } } });
    },
  );

  it('[MEDIA-2] a large picture gets a JPEG thumbnail inside 300×300 of the same shape', () => {
    const wide = new PhotonImage(new Uint8Array(1_200 * 800 * 4).fill(255), 1_200, 800);
    const { bytes, thumbnail } = prepareImage(wide.get_bytes(), 'image/png');
    wide.free();
    expect(look(bytes)).toMatchObject({ width: 1_200, height: 800 });
    expect(inspectImage(thumbnail ?? new Uint8Array(), 'image/jpeg')).toMatchObject({
      ok: true,
      value: { facts: { width: 300, height: 200 } },
    });
  });

  it('[MEDIA-2] an image too large to decode safely has no thumbnail, and keeps only its orientation', () => {
    const jpeg = withJpegSize(readImage('phone-orientation-6.jpg'), 3_000, 4_000);
    const { bytes, ...facts } = prepareImage(jpeg, 'image/jpeg');
    expect(facts).toEqual({ type: 'image/jpeg', width: 4_000, height: 3_000, thumbnail: null, placeholder: null });
    expect(inspectImage(bytes, null)).toMatchObject({ ok: true, value: { facts: { orientation: 6 } } });
    expect(Buffer.from(bytes).toString('latin1')).not.toMatch(/secret/);
  });

  it('[MEDIA-2] a WebP that lies on its side and is too large to be turned is refused, since browsers would not turn it', () => {
    const webp = withWebpSize(readImage('metadata-orientation-6.webp'), 3_000, 4_000);
    expect(inspectImage(webp, null)).toMatchObject({ ok: true, value: { facts: { width: 3_000, height: 4_000, orientation: 6 } } });
    expect(() => prepareImage(webp, null)).toThrow(expect.objectContaining({ code: 'media_damaged' }));
  });

  it('[MEDIA-2] sixteen bits a channel count twice', () => {
    // With transparency a third more.
    expect(prepareImage(withPngSize(readImage('deep-alpha.png'), 2_048, 769), null).thumbnail).toBeNull();
    expect(() => prepareImage(withPngSize(readImage('deep-alpha.png'), 2_048, 768), null)).toThrow(Refusal);
  });

  it('[MEDIA-1] a PNG that lies on its side is turned up to half the pixels that are decoded, and keeps its orientation above', () => {
    const lying = (width: number, height: number) => {
      const blank = new PhotonImage(new Uint8Array(width * height * 4).fill(200), width, height);
      const png = blank.get_bytes();
      blank.free();
      return concat([png.subarray(0, 33), pngChunk('eXIf', writeOrientation(6)), png.subarray(33)]);
    };
    for (const [rows, orientation] of [
      [1_024, 1],
      [1_025, 6],
    ] as const) {
      const { bytes, thumbnail, ...facts } = prepareImage(lying(2_048, rows), null);
      expect(facts).toMatchObject({ width: rows, height: 2_048 });
      expect(inspectImage(bytes, null)).toMatchObject({ ok: true, value: { facts: { orientation } } });
      expect(look(thumbnail ?? new Uint8Array())).toMatchObject({ width: Math.round((rows * 300) / 2_048), height: 300 });
    }
  });

  it('[MEDIA-1] an image whose pixels are damaged is refused, and the next one is not', () => {
    const damaged = withDamagedPixels(readImage('palette.png'));
    expect(inspectImage(damaged, null).ok).toBe(true);
    expect(() => prepareImage(damaged, null)).toThrow(expect.objectContaining({ code: 'media_damaged' }));
    expect(prepareImage(readImage('palette.png'), null).thumbnail).not.toBeNull();
  });

  it('[MEDIA-2] every decoded image is freed, also after an error', async () => {
    const large = new PhotonImage(new Uint8Array(1_000 * 1_000 * 4).fill(127), 1_000, 1_000);
    const png = large.get_bytes();
    large.free();
    const lying = withPngSize(readImage('palette.png'), 1_000, 1_000);
    const round = () => {
      prepareImage(png.slice(), null);
      expect(() => prepareImage(lying.slice(), null)).toThrow(Refusal);
    };
    round();
    round();
    const before = await decoderMemory();
    for (let count = 0; count < 5; count++) round();
    // One leaked picture a round would be 40 MB.
    expect((await decoderMemory()) - before).toBeLessThan(4_000_000);
  });
});
