import { assertNever } from '../assert-never';
import { maxImageBytes, maxImagePixels } from '../protocol/limits';
import { type ImageType, imageTypes } from '../protocol/media-types';
import type { Result } from '../result';
import { textAt } from './formats/bytes';
import type { ImageFile } from './formats/image';
import { readJpeg } from './formats/jpeg';
import { readPng } from './formats/png';
import { readWebp } from './formats/webp';
import { refuse } from './refuse';

/**
 * What an uploaded file is, read from its bytes and in one pass over them, without decoding a pixel [MEDIA-1].
 * Never throws, whatever the bytes.
 *
 * @param claimedType what the uploader calls it; `null` for no claim.
 * @returns the file taken apart, or a refusal: `too_large` above 12 MiB, `unsupported_media_type` for what is no image we take,
 *   `media_damaged` when it is not what it claims, cut off, damaged, or has more than 25 megapixels.
 */
export function inspectImage(bytes: Uint8Array, claimedType: string | null): Result<ImageFile> {
  if (bytes.length > maxImageBytes) return refuse('too_large', `An image may have at most ${maxImageBytes} bytes.`);
  const claim = readClaim(claimedType);
  if (claim === 'other') return refuse('unsupported_media_type', 'Send a JPEG, PNG or WebP image.');
  const type = sniffType(bytes);
  if (claim !== null && type !== claim) return refuse('media_damaged', 'This is not the type of image it claims to be.');
  if (type === null) return refuse('unsupported_media_type', 'Send a JPEG, PNG or WebP image.');
  const file = readFile(bytes, type);
  if (file === null) return refuse('media_damaged', 'This image is damaged.');
  const { width, height } = file.facts;
  if (width * height > maxImagePixels)
    return refuse('media_damaged', `An image may have at most ${maxImagePixels / 1_000_000} megapixels.`);
  return { ok: true, value: file };
}

/** The type that the first bytes tell; `null` for any other file. */
function sniffType(bytes: Uint8Array): ImageType | null {
  if (textAt(bytes, 0, 3) === '\xff\xd8\xff') return 'image/jpeg';
  if (textAt(bytes, 0, 8) === '\x89PNG\r\n\x1a\n') return 'image/png';
  if (textAt(bytes, 0, 4) === 'RIFF' && textAt(bytes, 8, 4) === 'WEBP') return 'image/webp';
  return null;
}

function readFile(bytes: Uint8Array, type: ImageType): ImageFile | null {
  switch (type) {
    case 'image/jpeg':
      return readJpeg(bytes);
    case 'image/png':
      return readPng(bytes);
    case 'image/webp':
      return readWebp(bytes);
    default:
      return assertNever(type);
  }
}

/** Browsers say `application/octet-stream`, or nothing, for a file whose type they do not know: that is no claim. */
function readClaim(claimedType: string | null): ImageType | 'other' | null {
  const claim = claimedType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (claim === '' || claim === 'application/octet-stream') return null;
  if (claim === 'image/jpg') return 'image/jpeg';
  return imageTypes.find((type) => type === claim) ?? 'other';
}
