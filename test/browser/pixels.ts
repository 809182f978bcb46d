import type { Page } from 'playwright-core';
import { concat, u16be } from '../../src/media/formats/bytes';
import { inspectImage } from '../../src/media/inspect-image';
import { readImage } from '../support/images';

/** Red, green, blue, each 0 to 255. */
export type Colour = readonly [number, number, number];

/** A picture as a browser shows it, drawn down to so few fields that only what is on it counts. */
export interface Swatches {
  readonly width: number;
  readonly height: number;
  /** Row by row from the top left. */
  readonly colours: readonly Colour[];
}

/** Decodes an image file in the browser and draws it into `columns` × `rows` fields. */
export function swatchesOf(page: Page, file: Uint8Array, columns: number, rows: number): Promise<Swatches> {
  return page.evaluate(
    async ({ base64, columns, rows }) => {
      const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes]));
      const context = new OffscreenCanvas(columns, rows).getContext('2d');
      if (context === null) throw new Error('No canvas');
      context.imageSmoothingQuality = 'high';
      context.drawImage(bitmap, 0, 0, columns, rows);
      const { data } = context.getImageData(0, 0, columns, rows);
      const colours = Array.from(
        { length: columns * rows },
        (_, i) => [data[i * 4] ?? 0, data[i * 4 + 1] ?? 0, data[i * 4 + 2] ?? 0] as const,
      );
      return { width: bitmap.width, height: bitmap.height, colours };
    },
    { base64: Buffer.from(file).toString('base64'), columns, rows },
  );
}

/** Mean difference of the channels of two pictures of as many fields: 0 when they are the same, 255 at most. */
export function differenceOf(a: Swatches, b: Swatches): number {
  const differences = a.colours.flatMap((colour, i) => colour.map((value, channel) => Math.abs(value - (b.colours[i]?.[channel] ?? 0))));
  return differences.reduce((sum, difference) => sum + difference, 0) / differences.length;
}

/** The same picture seen in a mirror. */
export function mirrored(picture: Swatches, columns: number): Swatches {
  const rows = Array.from({ length: picture.colours.length / columns }, (_, row) =>
    picture.colours.slice(row * columns, (row + 1) * columns),
  );
  return { ...picture, colours: rows.flatMap((row) => row.toReversed()) };
}

/** The fields in the corners, row by row. */
export function cornersOf({ colours }: Swatches, columns: number): Colour[] {
  return [0, columns - 1, colours.length - columns, colours.length - 1].map((i) => colours[i] ?? [0, 0, 0]);
}

/** The nearest of the four colours of `phonePhoto`, or the values where none is near. */
export function nameOf(colour: Colour): string {
  const names: [string, Colour][] = [
    ['red', [255, 0, 0]],
    ['green', [0, 255, 0]],
    ['blue', [0, 0, 255]],
    ['yellow', [255, 255, 0]],
  ];
  return names.find(([, other]) => other.every((value, channel) => Math.abs(value - (colour[channel] ?? 0)) < 40))?.[0] ?? String(colour);
}

/**
 * A JPEG as a phone stores it: lying on its side, with EXIF that says so and where it was taken.
 * Upright it is `shorter` × `longer` pixels of red, green, blue and yellow from the top left corner, row by row.
 */
export async function phonePhoto(page: Page, longer: number, shorter: number): Promise<Uint8Array> {
  const base64 = await page.evaluate(
    async ({ longer, shorter }) => {
      const canvas = new OffscreenCanvas(longer, shorter);
      const context = canvas.getContext('2d');
      if (context === null) throw new Error('No canvas');
      const lying = ['#0f0', '#ff0', '#f00', '#00f'];
      lying.forEach((colour, i) => {
        context.fillStyle = colour;
        context.fillRect(((i % 2) * longer) / 2, (Math.floor(i / 2) * shorter) / 2, longer / 2, shorter / 2);
      });
      const bytes = await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 })).bytes();
      return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ''));
    },
    { longer, shorter },
  );
  const jpeg = new Uint8Array(Buffer.from(base64, 'base64'));
  return concat([jpeg.subarray(0, 2), exifOfPhone(), jpeg.subarray(2)]);
}

/** The EXIF segment of the committed phone picture, which says orientation 6 and a place on Earth. */
function exifOfPhone(): Uint8Array {
  const jpeg = readImage('phone-orientation-6.jpg');
  for (let at = 2; jpeg[at] === 0xff && jpeg[at + 1] !== 0xda; at += 2 + u16be(jpeg, at + 2)) {
    if (jpeg[at + 1] === 0xe1) return jpeg.subarray(at, at + 2 + u16be(jpeg, at + 2));
  }
  throw new Error('The phone picture has no EXIF');
}

/** What an image file says of itself, and whether there is anything in it but the picture. @throws when it is no image we take */
export function factsOf(file: Uint8Array): { type: string; width: number; height: number; orientation: number; isBare: boolean } {
  const inspected = inspectImage(file, null);
  if (!inspected.ok) throw new Error(inspected.detail);
  const { type, width, height, orientation } = inspected.value.facts;
  return { type, width, height, orientation, isBare: Buffer.from(inspected.value.rebuild(1)).equals(file) };
}
