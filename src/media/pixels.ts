import { type Orientation, swapsSides } from './formats/exif';

/** A decoded picture: four bytes a pixel, red, green, blue, alpha; row by row. */
export interface Pixels {
  readonly rgba: Uint8Array;
  readonly width: number;
  readonly height: number;
}

const mirrorsX: ReadonlySet<Orientation> = new Set<Orientation>([2, 3, 7, 8]);
const mirrorsY: ReadonlySet<Orientation> = new Set<Orientation>([3, 4, 6, 7]);

/** The picture as its orientation says it is meant to be seen: a copy, or the same pixels when they are upright already. */
export function turnUpright(pixels: Pixels, orientation: Orientation): Pixels {
  if (orientation === 1) return pixels;
  const { width, height } = pixels;
  const isSwapped = swapsSides(orientation);
  const turnedWidth = isSwapped ? height : width;
  // Where the pixel (x, y) goes is linear in x and y: three corners tell it for all.
  const placeOf = (x: number, y: number) => {
    const alongX = mirrorsX.has(orientation) ? width - 1 - x : x;
    const alongY = mirrorsY.has(orientation) ? height - 1 - y : y;
    return isSwapped ? alongX * turnedWidth + alongY : alongY * turnedWidth + alongX;
  };
  const origin = placeOf(0, 0);
  const stepX = placeOf(1, 0) - origin;
  const stepY = placeOf(0, 1) - origin;
  const source = new Uint32Array(pixels.rgba.buffer, pixels.rgba.byteOffset, width * height);
  const target = new Uint32Array(width * height);
  for (let y = 0, from = 0; y < height; y++) {
    let to = origin + y * stepY;
    for (let x = 0; x < width; x++, from++, to += stepX) target[to] = source[from] ?? 0;
  }
  return { rgba: new Uint8Array(target.buffer), width: turnedWidth, height: isSwapped ? width : height };
}

/** Lays the picture on white, in place: JPEG has no alpha, and dropping it would show what was hidden under it. */
export function layOnWhite({ rgba }: Pixels): void {
  for (let at = 0; at < rgba.length; at += 4) {
    const alpha = rgba[at + 3] ?? 0;
    for (let channel = at; channel < at + 3; channel++) {
      rgba[channel] = Math.round(((rgba[channel] ?? 0) * alpha + 255 * (255 - alpha)) / 255);
    }
    rgba[at + 3] = 255;
  }
}

/** The largest size of the same shape inside a square of `side`; never larger than the picture, never below one pixel. */
export function fitInside(side: number, { width, height }: { width: number; height: number }): { width: number; height: number } {
  const scale = Math.min(1, side / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
