import { Refusal } from '../protocol/errors';
import { avatarSidePx } from '../protocol/limits';
import type { ImageType } from '../protocol/media-types';
import { unwrap } from '../result';
import { swapsSides } from './formats/exif';
import { inspectImage } from './inspect-image';
import { release } from './release';
import { isDecodable, isTurnable, renderImage, renderSquare } from './thumbnail';

/** An upload as it is stored: checked, upright, without metadata. */
export interface PreparedImage {
  readonly bytes: Uint8Array;
  readonly type: ImageType;
  /** Pixels as seen, upright. */
  readonly width: number;
  readonly height: number;
  /** JPEG; `null` when the image is too large to decode safely [MEDIA-2]. */
  readonly thumbnail: Uint8Array | null;
  /** A ThumbHash in base64, where there is a thumbnail. */
  readonly placeholder: string | null;
}

/**
 * The picture of a user, from an image they sent: a square JPEG of its middle, upright, with nothing else in it [MEDIA-1].
 *
 * @param upload is used up
 * @throws Refusal as `prepareImage`; `too_large` for what cannot be decoded safely [MEDIA-2].
 */
export function prepareAvatar(upload: Uint8Array, claimedType: string | null): Uint8Array {
  const file = unwrap(inspectImage(upload, claimedType));
  if (!isDecodable(file.facts)) throw new Refusal('too_large', 'Send a picture of at most 2048×1536 pixels of 8 bits.');
  const stripped = file.rebuild(1);
  release(upload);
  const square = renderSquare(stripped, file.facts, avatarSidePx);
  if (square === null) throw new Refusal('media_damaged', 'This image is damaged.');
  return square;
}

/**
 * What becomes of an uploaded image before anybody can fetch it [MEDIA-1] [MEDIA-2].
 * One that lies on its side is turned in its pixels if memory allows. A larger one, or an animation, keeps an EXIF block
 * that holds its orientation alone: 26 bytes that tell nobody anything, where refusing would turn away every phone's camera.
 * Browsers heed it in JPEG and PNG; in WebP they do not (Chromium, November 2026), so such a WebP is refused.
 *
 * @param upload is used up: an isolate has no room for it beside what is made of it.
 * @throws Refusal `too_large`, `unsupported_media_type` or `media_damaged`.
 */
export function prepareImage(upload: Uint8Array, claimedType: string | null): PreparedImage {
  const file = unwrap(inspectImage(upload, claimedType));
  const { facts } = file;
  const canDecode = isDecodable(facts);
  const staysTurned = facts.orientation !== 1 && !isTurnable(facts);
  if (staysTurned && facts.type === 'image/webp') throw new Refusal('media_damaged', 'This WebP image lies on its side: send it upright.');
  const stripped = file.rebuild(staysTurned ? facts.orientation : 1);
  release(upload);
  // What is decoded is what is stored, so this also proves that the removal left the picture whole.
  const rendering = canDecode ? renderImage(stripped, facts) : null;
  if (canDecode && rendering === null) throw new Refusal('media_damaged', 'This image is damaged.');
  const isSwapped = swapsSides(facts.orientation);
  return {
    bytes: rendering?.upright ?? stripped,
    type: facts.type,
    width: isSwapped ? facts.height : facts.width,
    height: isSwapped ? facts.width : facts.height,
    thumbnail: rendering?.thumbnail ?? null,
    placeholder: rendering?.placeholder ?? null,
  };
}
