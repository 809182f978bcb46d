import { assertNever } from '../assert-never';
import { isClipType, mediaKindOf } from '../protocol/media-types';
import type { Media } from '../protocol/models';
import { readStream } from '../read-bytes';
import { unwrap } from '../result';
import type { ByteSource } from './byte-source';
import type { UploadClaim } from './claim';
import { inspectClip } from './inspect-clip';
import { originalKey, thumbnailKey } from './keys';
import { prepareImage } from './prepare-image';
import { release } from './release';
import { type PutOrder, putObject, type S3 } from './s3';
import { servedAs } from './served-as';

/** The bytes of an upload, to be looked at in pieces and to be read from the beginning, as often as needed. */
export interface Upload extends ByteSource {
  stream(): Promise<ReadableStream<Uint8Array>>;
}

/** A medium as it will be stored: checked, and without metadata. */
export interface Prepared {
  readonly facts: Omit<Media, 'id' | 'has_thumbnail'>;
  readonly body: PutOrder['body'];
  /** JPEG. */
  readonly thumbnail: Uint8Array | null;
}

const blankFacts = { width: null, height: null, duration_ms: null, file_name: null, placeholder: null };

/**
 * What becomes of an upload before anybody can fetch it [MEDIA-1]. An image is held as a whole; of everything else a megabyte.
 *
 * @throws Refusal `unsupported_media_type` or `media_damaged`; what the upload throws
 */
export async function prepareUpload(upload: Upload, claim: UploadClaim): Promise<Prepared> {
  const kind = mediaKindOf(claim.mimeType);
  switch (kind) {
    case 'image': {
      const bytes = await readStream(await upload.stream(), upload.size, upload.size);
      if (bytes?.length !== upload.size) throw new Error('the store gave another length than it told');
      return prepareWholeImage(bytes, claim.mimeType, claim.viewOnce);
    }
    case 'video':
    case 'audio':
      return prepareClip(upload, claim);
    case 'file': {
      // Kept as it is: who sends a file sends all of it.
      const facts = { ...blankFacts, mime_type: claim.mimeType, byte_size: upload.size, file_name: claim.fileName };
      return { facts, body: () => upload.stream(), thumbnail: null };
    }
    default:
      return assertNever(kind);
  }
}

/**
 * The same for an image that is held anyway.
 *
 * @param bytes are used up
 * @throws Refusal `too_large`, `unsupported_media_type` or `media_damaged`
 */
export function prepareWholeImage(bytes: Uint8Array, claimedType: string | null, viewOnce: boolean): Prepared {
  const image = prepareImage(bytes, claimedType);
  const { width, height } = image;
  const facts = { ...blankFacts, mime_type: image.type, byte_size: image.bytes.length, width, height };
  // [ONCE-6] A thumbnail would be a second copy that nobody opens once. A picture's name often tells when and with what it was taken.
  if (viewOnce) return { facts, body: image.bytes, thumbnail: null };
  return { facts: { ...facts, placeholder: image.placeholder }, body: image.bytes, thumbnail: image.thumbnail };
}

async function prepareClip(upload: Upload, claim: UploadClaim): Promise<Prepared> {
  if (!isClipType(claim.mimeType)) throw new TypeError('not a clip');
  const { width, height, durationMs, patches } = unwrap(await inspectClip(upload, claim.mimeType));
  const facts = {
    ...blankFacts,
    mime_type: claim.mimeType,
    byte_size: upload.size,
    width,
    height,
    duration_ms: durationMs ?? claim.durationMs,
  };
  const body = async () => (patches.isEmpty ? upload.stream() : (await upload.stream()).pipeThrough(patches.apply()));
  return { facts, body, thumbnail: null };
}

/** Stores what was prepared, and uses it up. @throws the SDK's error; what the upload throws */
export async function storeMedium(s3: S3, chatId: string, id: string, { facts, body, thumbnail }: Prepared): Promise<Media> {
  const original = { key: originalKey(chatId, id), body, byteSize: facts.byte_size, ...servedAs(facts) };
  const small = thumbnail && {
    key: thumbnailKey(chatId, id),
    body: thumbnail,
    byteSize: thumbnail.length,
    contentType: 'image/jpeg',
    contentDisposition: 'inline',
  };
  await Promise.all([putObject(s3, original), small && putObject(s3, small)]);
  if (body instanceof Uint8Array) release(body);
  return { id, ...facts, has_thumbnail: thumbnail !== null };
}
