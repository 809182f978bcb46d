import { crop, PhotonImage, resize, SamplingFilter } from '@cf-wasm/photon';
import { rgbaToThumbHash } from 'thumbhash';
import { assertNever } from '../assert-never';
import { maxDecodePixels, thumbnailSidePx } from '../protocol/limits';
import type { ImageType } from '../protocol/media-types';
import type { ImageFacts } from './formats/image';
import { fitInside, layOnWhite, type Pixels, turnUpright } from './pixels';

const thumbnailQuality = 80;
/** Once more through JPEG costs detail; at 90 nobody sees it. */
const turnedQuality = 90;
/** A ThumbHash keeps seven waves a side at most: from more pixels it would be the same. */
const placeholderSidePx = 32;

/** What decoding an image gives. */
export interface Rendering {
  /** [MEDIA-2] JPEG, inside 300×300, upright, transparency on white. */
  readonly thumbnail: Uint8Array;
  /** The ThumbHash of the thumbnail, in base64. */
  readonly placeholder: string;
  /** The whole picture turned upright, in its own type and without metadata; `null` when it was upright already. */
  readonly upright: Uint8Array | null;
}

/**
 * Whether decoding the image fits in the memory of a Worker. The decoder itself has no limit, and its memory never shrinks.
 * An animation would lose its other frames by being turned, but its first makes the thumbnail.
 */
export function isDecodable({ width, height, bitDepth }: ImageFacts): boolean {
  return width * height * (bitDepth / 8) <= maxDecodePixels;
}

/**
 * Decodes an image once, for its thumbnail and for the picture turned upright. Takes 0.2 to 1 s of CPU at the limit of pixels,
 * in one piece: for the Worker, never inside a Durable Object.
 *
 * @param bytes of an inspected image that {@link isDecodable}.
 * @returns `null` when the decoder finds the image damaged.
 */
export function renderImage(bytes: Uint8Array, facts: ImageFacts): Rendering | null {
  try {
    const decoded = withImage(PhotonImage.new_from_byteslice(bytes), (image) => renderDecoded(image, facts));
    return decoded !== null && 'rgba' in decoded ? renderPixels(decoded, facts) : decoded;
  } catch (error) {
    // The decoder is compiled to abort: whatever it finds wrong is a trap. It stays usable after one.
    if (error instanceof WebAssembly.RuntimeError) return null;
    throw error;
  }
}

/**
 * The middle of an image as a square JPEG of at most `side` pixels: upright, transparency on white. Costs what `renderImage` does.
 *
 * @param bytes of an inspected image that {@link isDecodable}.
 * @returns `null` when the decoder finds the image damaged.
 */
export function renderSquare(bytes: Uint8Array, facts: ImageFacts, side: number): Uint8Array | null {
  try {
    const decoded = withImage(PhotonImage.new_from_byteslice(bytes), readPixels);
    if (decoded.width !== facts.width || decoded.height !== facts.height) return null;
    const pixels = turnUpright(decoded, facts.orientation);
    if (pixels !== decoded) release(decoded);
    if (facts.hasAlpha) layOnWhite(pixels);
    return withImage(toImage(pixels), (image) => squareOf(image, side), pixels);
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return null;
    throw error;
  }
}

function squareOf(image: PhotonImage, side: number): Uint8Array {
  const [width, height] = [image.get_width(), image.get_height()];
  const shorter = Math.min(width, height);
  const [left, top] = [Math.floor((width - shorter) / 2), Math.floor((height - shorter) / 2)];
  return withImage(crop(image, left, top, left + shorter, top + shorter), (square) =>
    withFitted(square, side, (small) => small.get_bytes_jpeg(thumbnailQuality)),
  );
}

/** Most pictures are upright and opaque: then the decoder's own pixels serve, and none are copied out. */
function renderDecoded(image: PhotonImage, facts: ImageFacts): Rendering | Pixels | null {
  if (image.get_width() !== facts.width || image.get_height() !== facts.height) return null;
  return facts.orientation === 1 && !facts.hasAlpha ? { ...makeSmall(image), upright: null } : readPixels(image);
}

/** @param decoded is used up */
function renderPixels(decoded: Pixels, facts: ImageFacts): Rendering {
  const pixels = turnUpright(decoded, facts.orientation);
  const isTurned = pixels !== decoded;
  if (isTurned) release(decoded);
  const finish = (image: PhotonImage) => (isTurned && !facts.isAnimated ? encode(image, facts.type) : null);
  if (!facts.hasAlpha) return withImage(toImage(pixels), (image) => ({ ...makeSmall(image), upright: finish(image) }), pixels);
  const upright = withImage(toImage(pixels), finish);
  layOnWhite(pixels);
  return { ...withImage(toImage(pixels), makeSmall, pixels), upright };
}

function makeSmall(image: PhotonImage): Pick<Rendering, 'thumbnail' | 'placeholder'> {
  return withFitted(image, thumbnailSidePx, (small) => ({
    thumbnail: small.get_bytes_jpeg(thumbnailQuality),
    placeholder: withFitted(small, placeholderSidePx, hash),
  }));
}

function hash(image: PhotonImage): string {
  const { rgba, width, height } = readPixels(image);
  return btoa(String.fromCharCode(...rgbaToThumbHash(width, height, rgba)));
}

/** Works on the image itself when it fits inside the square already. */
function withFitted<T>(image: PhotonImage, side: number, work: (image: PhotonImage) => T): T {
  const size = fitInside(side, { width: image.get_width(), height: image.get_height() });
  if (size.width === image.get_width() && size.height === image.get_height()) return work(image);
  return withImage(resize(image, size.width, size.height, SamplingFilter.CatmullRom), work);
}

function encode(image: PhotonImage, type: ImageType): Uint8Array {
  switch (type) {
    case 'image/jpeg':
      return image.get_bytes_jpeg(turnedQuality);
    case 'image/png':
      return image.get_bytes();
    case 'image/webp':
      return image.get_bytes_webp();
    default:
      return assertNever(type);
  }
}

function readPixels(image: PhotonImage): Pixels {
  return { rgba: image.get_raw_pixels(), width: image.get_width(), height: image.get_height() };
}

function toImage({ rgba, width, height }: Pixels): PhotonImage {
  return new PhotonImage(rgba, width, height);
}

/** Images live in the decoder's memory, where no garbage collector comes. `copied`: pixels that the image was made of, and that nobody needs. */
function withImage<T>(image: PhotonImage, work: (image: PhotonImage) => T, copied?: Pixels): T {
  try {
    if (copied !== undefined) release(copied);
    return work(image);
  } finally {
    image.free();
  }
}

/** Gives the pixels' memory back at once: the collector may leave 16 MB lying for the next requests. */
function release({ rgba }: Pixels): void {
  if (rgba.buffer instanceof ArrayBuffer) rgba.buffer.transfer(0);
}
