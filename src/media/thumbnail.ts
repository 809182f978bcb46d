import { crop, PhotonImage, resize, SamplingFilter } from '@cf-wasm/photon';
import { rgbaToThumbHash } from 'thumbhash';
import { assertNever } from '../assert-never';
import { maxDecodePixels, thumbnailSidePx } from '../protocol/limits';
import type { ImageType } from '../protocol/media-types';
import type { Orientation } from './formats/exif';
import type { ImageFacts } from './formats/image';
import { fitInside, layOnWhite, type Pixels, turnUpright } from './pixels';
import { release } from './release';

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
 * Transparent pixels are copied out of it, to be laid on white: they count a third more. An animation's first frame makes the
 * thumbnail.
 */
export function isDecodable({ width, height, bitDepth, hasAlpha }: ImageFacts): boolean {
  return width * height * (bitDepth / 8) * (hasAlpha ? 4 / 3 : 1) <= maxDecodePixels;
}

/**
 * Whether the picture itself is to be stored turned: one that lies on its side, and may be encoded again in the memory there is,
 * where PNG and WebP take twice as much as JPEG. An animation would lose its other frames.
 */
export function isTurnable(facts: ImageFacts): boolean {
  const { type, width, height, orientation, isAnimated } = facts;
  const fits = isDecodable(facts) && width * height * (type === 'image/jpeg' ? 1 : 2) <= maxDecodePixels;
  return orientation !== 1 && !isAnimated && fits;
}

/**
 * Decodes an image once, for its thumbnail and for the picture turned upright if it {@link isTurnable}. Takes 0.2 to 1 s of CPU
 * at the limit of pixels, in one piece: for the Worker, never inside a Durable Object.
 *
 * @param bytes of an inspected image that {@link isDecodable}; used up if it is turned.
 * @returns `null` when the decoder finds the image damaged.
 */
export function renderImage(bytes: Uint8Array, facts: ImageFacts): Rendering | null {
  return unlessTrapped(() => {
    const decoded = decode(bytes, facts, (image) => takeOut(image, facts));
    if (decoded === null || !('pixels' in decoded)) return decoded;
    if (isTurnable(facts)) release(bytes);
    return renderPixels(decoded, facts);
  });
}

/**
 * The middle of an image as a square JPEG of at most `side` pixels: upright, transparency on white. Costs what `renderImage` does.
 *
 * @param bytes of an inspected image that {@link isDecodable}.
 * @returns `null` when the decoder finds the image damaged.
 */
export function renderSquare(bytes: Uint8Array, facts: ImageFacts, side: number): Uint8Array | null {
  return unlessTrapped(() => {
    const square = (image: PhotonImage) => squareOf(image, facts.orientation, side);
    const decoded = decode(bytes, facts, (image) => (facts.hasAlpha ? readPixels(image) : square(image)));
    if (decoded === null || decoded instanceof Uint8Array) return decoded;
    layOnWhite(decoded);
    return withImage(toImage(decoded), square, decoded);
  });
}

function squareOf(image: PhotonImage, orientation: Orientation, side: number): Uint8Array {
  const [width, height] = [image.get_width(), image.get_height()];
  const shorter = Math.min(width, height);
  const [left, top] = [Math.floor((width - shorter) / 2), Math.floor((height - shorter) / 2)];
  return withImage(crop(image, left, top, left + shorter, top + shorter), (square) =>
    withFitted(square, side, (small) => withUpright(small, orientation, (upright) => upright.get_bytes_jpeg(thumbnailQuality))),
  );
}

/** The decoder is compiled to abort: whatever it finds wrong is a trap. It stays usable after one. */
function unlessTrapped<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return null;
    throw error;
  }
}

/** What `work` takes out of the decoded image; `null` when it is not as large as its header says. */
function decode<T>(bytes: Uint8Array, { width, height }: ImageFacts, work: (image: PhotonImage) => T): T | null {
  return withImage(PhotonImage.new_from_byteslice(bytes), (image) =>
    image.get_width() === width && image.get_height() === height ? work(image) : null,
  );
}

type Small = Pick<Rendering, 'thumbnail' | 'placeholder'>;

/** What is left to be done once the decoder holds the picture no more: never is it in memory three times. */
interface TakenOut {
  readonly small: Small | null;
  readonly pixels: Pixels;
}

function takeOut(image: PhotonImage, facts: ImageFacts): Rendering | TakenOut {
  if (facts.hasAlpha) return { small: null, pixels: readPixels(image) };
  const small = makeSmall(image, facts.orientation);
  return isTurnable(facts) ? { small, pixels: readPixels(image) } : { ...small, upright: null };
}

/** @param taken its pixels are used up */
function renderPixels({ small, pixels }: TakenOut, facts: ImageFacts): Rendering {
  const turned = isTurnable(facts) ? turnUpright(pixels, facts.orientation) : null;
  if (small !== null) release(pixels.rgba);
  const upright = turned && withImage(toImage(turned), (image) => encode(image, facts.type), turned);
  if (small !== null) return { ...small, upright };
  layOnWhite(pixels);
  return { ...withImage(toImage(pixels), (image) => makeSmall(image, facts.orientation), pixels), upright };
}

function makeSmall(image: PhotonImage, orientation: Orientation): Small {
  return withFitted(image, thumbnailSidePx, (small) => withUpright(small, orientation, encodeSmall));
}

function encodeSmall(image: PhotonImage): Small {
  return { thumbnail: image.get_bytes_jpeg(thumbnailQuality), placeholder: withFitted(image, placeholderSidePx, hash) };
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

function withUpright<T>(image: PhotonImage, orientation: Orientation, work: (image: PhotonImage) => T): T {
  return orientation === 1 ? work(image) : withImage(toImage(turnUpright(readPixels(image), orientation)), work);
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
    if (copied !== undefined) release(copied.rgba);
    return work(image);
  } finally {
    image.free();
  }
}
