import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Orientation } from '../../src/media/formats/exif';
import { fitInside, layOnWhite, type Pixels, turnUpright } from '../../src/media/pixels';

/** A picture of grey values, one letter a pixel, one word a row. */
function picture(rows: string): Pixels {
  const lines = rows.split(' ');
  const rgba = Uint8Array.from(lines.join(''), (letter) => letter.charCodeAt(0));
  return {
    rgba: Uint8Array.from([...rgba].flatMap((value) => [value, value, value, 255])),
    width: lines[0]?.length ?? 0,
    height: lines.length,
  };
}

function rowsOf({ rgba, width, height }: Pixels): string {
  const letters = String.fromCharCode(...rgba.filter((_, at) => at % 4 === 0));
  return Array.from({ length: height }, (_, row) => letters.slice(row * width, (row + 1) * width)).join(' ');
}

describe('pixels', () => {
  const stored: [Orientation, string][] = [
    [1, 'ab cd ef'],
    [2, 'ba dc fe'],
    [3, 'fe dc ba'],
    [4, 'ef cd ab'],
    [5, 'ace bdf'],
    [6, 'bdf ace'],
    [7, 'fdb eca'],
    [8, 'eca fdb'],
  ];
  it.each(stored)('[MEDIA-2] a picture stored with orientation %i is turned upright', (orientation, rows) => {
    expect(rowsOf(turnUpright(picture(rows), orientation))).toBe('ab cd ef');
  });

  it('[MEDIA-2] single pixels, rows and columns are turned as well', () => {
    expect(rowsOf(turnUpright(picture('a'), 6))).toBe('a');
    expect(rowsOf(turnUpright(picture('abc'), 6))).toBe('a b c');
    expect(rowsOf(turnUpright(picture('a b c'), 8))).toBe('abc');
  });

  it('[MEDIA-2] transparency is laid on white', () => {
    const pixels = { rgba: Uint8Array.of(10, 20, 30, 0, 10, 20, 30, 255, 0, 0, 0, 51), width: 3, height: 1 };
    layOnWhite(pixels);
    expect([...pixels.rgba]).toEqual([255, 255, 255, 255, 10, 20, 30, 255, 204, 204, 204, 255]);
  });

  it('[MEDIA-2] a thumbnail fits the square, keeps the shape and is never enlarged', () => {
    expect(fitInside(300, { width: 4_000, height: 3_000 })).toEqual({ width: 300, height: 225 });
    expect(fitInside(300, { width: 3_000, height: 4_000 })).toEqual({ width: 225, height: 300 });
    expect(fitInside(300, { width: 299, height: 20 })).toEqual({ width: 299, height: 20 });
    expect(fitInside(300, { width: 25_000, height: 2 })).toEqual({ width: 300, height: 1 });
    const side = fc.integer({ min: 1, max: 25_000 });
    fc.assert(
      fc.property(side, side, (width, height) => {
        const fitted = fitInside(300, { width, height });
        expect(Math.min(fitted.width, fitted.height)).toBeGreaterThanOrEqual(1);
        expect(fitted.width).toBeLessThanOrEqual(Math.min(300, width));
        expect(fitted.height).toBeLessThanOrEqual(Math.min(300, height));
      }),
    );
  });
});
