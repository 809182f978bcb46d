import { textAt, u16be, u16le, u32be, u32le } from './bytes';

/** EXIF's numbers for the eight ways a picture can lie; 1 is upright. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const orientationTag = 0x0112;
const shortType = 3;
/** A first directory has some dozens of entries; the count in a hostile file says 65,535. */
const maxEntries = 512;

/**
 * The orientation in the first directory of a TIFF block, as EXIF wraps it.
 * Anything missing, damaged or out of range counts as upright, as viewers do.
 */
export function readOrientation(tiff: Uint8Array): Orientation {
  const order = textAt(tiff, 0, 2);
  if (order !== 'II' && order !== 'MM') return 1;
  const u16 = order === 'II' ? u16le : u16be;
  const u32 = order === 'II' ? u32le : u32be;
  if (u16(tiff, 2) !== 42) return 1;
  const directory = u32(tiff, 4);
  const entries = Math.min(u16(tiff, directory), maxEntries);
  for (let index = 0; index < entries; index++) {
    const entry = directory + 2 + index * 12;
    if (u16(tiff, entry) !== orientationTag) continue;
    return u16(tiff, entry + 2) === shortType ? asOrientation(u16(tiff, entry + 8)) : 1;
  }
  return 1;
}

/** A TIFF block of 26 bytes that tells the orientation and nothing else. */
export function writeOrientation(orientation: Orientation): Uint8Array {
  // biome-ignore format: a row a field
  return Uint8Array.of(
    0x4d, 0x4d, 0, 42, 0, 0, 0, 8,
    0, 1,
    orientationTag >> 8, orientationTag & 0xff, 0, shortType, 0, 0, 0, 1, 0, orientation, 0, 0,
    0, 0, 0, 0,
  );
}

/** Whether the picture lies on its side, so that width and height change places. */
export function swapsSides(orientation: Orientation): boolean {
  return orientation >= 5;
}

function asOrientation(value: number): Orientation {
  switch (value) {
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
    case 7:
    case 8:
      return value;
    default:
      return 1;
  }
}
