import { findMedia, insertMedia } from '../directory/media';
import type { UploadClaim } from '../media/claim';
import { cleanFileName } from '../media/file-name';
import { thumbnailKey, uploadKey } from '../media/keys';
import { type Prepared, prepareUpload, storeMedium } from '../media/prepare';
import { createS3, eraseMedia, eraseObjects, getObject, headObject, pieceTimeoutMs, type S3 } from '../media/s3';
import { linkExpiresAt, signUpload } from '../media/signing';
import { StoredUpload, UploadGone } from '../media/stored-upload';
import { roomOf } from '../objects';
import { Refusal } from '../protocol/errors';
import { uploadUrlSeconds } from '../protocol/limits';
import { maxBytesOf, mediaKindOf } from '../protocol/media-types';
import type { Media } from '../protocol/models';
import { type ReserveMediaBody, reserveMediaBody } from '../protocol/rest';
import { unwrap } from '../result';
import type { UploadState } from '../room/uploads';
import { readBody } from './body';
import type { ApiContext } from './context';
import { countCall } from './limits';
import { type ApiRequest, idParam } from './params';
import { json } from './router';

/**
 * [MEDIA-1] [MEDIA-3] Announces an upload. The room and the directory know of it before the URL exists, so that whatever becomes of
 * it is found again.
 */
export async function reserveUpload(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  const body = await readBody(request, reserveMediaBody);
  const kind = mediaKindOf(body.mime_type);
  if (body.byte_size > maxBytesOf(kind)) throw new Refusal('too_large', `This may have at most ${maxBytesOf(kind)} bytes.`);
  const [id, chatId] = [context.newId(), body.chat_id];
  const s3 = createS3(context.config.s3);
  unwrap(await roomOf(context.env, chatId).reserveMedia(userId, id, body.view_once, claimOf(body)));
  await insertMedia(context.directory, { id, chatRoomId: chatId, uploaderId: userId }, context.now());
  const life = { signedAt: context.now(), seconds: uploadUrlSeconds };
  // What a file calls itself must not make a store show it, or compress it.
  const contentType = kind === 'file' ? 'application/octet-stream' : body.mime_type;
  const upload = await signUpload(s3, uploadKey(chatId, id), { contentType, byteSize: body.byte_size }, life);
  return json({ media_id: id, upload: { ...upload, expires_at: linkExpiresAt(life) } }, 201);
}

function claimOf(body: ReserveMediaBody): UploadClaim {
  const isFile = mediaKindOf(body.mime_type) === 'file';
  return {
    mimeType: body.mime_type,
    byteSize: body.byte_size,
    viewOnce: body.view_once,
    // A picture's or recording's name often tells when and with what it was taken.
    fileName: isFile ? cleanFileName(body.file_name ?? '') : null,
    durationMs: isFile ? null : (body.duration_ms ?? null),
    posterId: body.poster_media_id ?? null,
  };
}

/** An upload that its uploader says is complete. */
interface Upload {
  readonly id: string;
  readonly chatId: string;
  readonly userId: string;
  readonly s3: S3;
}

/**
 * [MEDIA-1] Checks what arrived, cleans it, and moves it out of quarantine; from then on a message may carry it. Called again, or
 * twice at once, the answer is the same.
 */
export async function completeUpload(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  const id = idParam(request, 'id');
  const place = await findMedia(context.directory, id);
  if (place?.uploaderId !== userId) throw new Refusal('not_found');
  const upload = { id, chatId: place.chatRoomId, userId, s3: createS3(context.config.s3) };
  const state = await stateOf(context, upload);
  if (state.media !== null) return json({ media: state.media });
  await countCall(context, 'completions', userId);
  return json({ media: await take(context, upload, state) });
}

async function stateOf(context: ApiContext, { chatId, userId, id }: Upload): Promise<UploadState> {
  return unwrap(await roomOf(context.env, chatId).upload(userId, id));
}

async function take(context: ApiContext, upload: Upload, state: UploadState & { media: null }): Promise<Media> {
  try {
    return await admit(context, upload, await prepare(upload, state));
  } catch (error) {
    if (error instanceof UploadGone) return resultOfAnother(context, upload);
    // What was refused is of no use to anybody.
    if (error instanceof Refusal && error.code !== 'media_not_ready') {
      unwrap(await roomOf(context.env, upload.chatId).discardMedia(upload.userId, upload.id));
    }
    throw error;
  }
}

/** @throws Refusal `media_not_ready` when nothing has arrived; UploadGone; Refusal for what may not be stored */
async function prepare({ s3, chatId, id }: Upload, { claim, poster }: UploadState & { media: null }): Promise<Prepared> {
  const key = uploadKey(chatId, id);
  const state = await headObject(s3, key);
  if (state === null) throw new UploadGone();
  // The URL is bound to the size; a store that takes others all the same must not get past our limits.
  if (state.byteSize !== claim.byteSize) throw new Refusal('media_damaged', 'This is not as long as was announced.');
  const prepared = await prepareUpload(new StoredUpload(s3, key, state), claim);
  const thumbnail = poster === null ? null : await getObject(s3, thumbnailKey(chatId, poster.id), null, { timeoutMs: pieceTimeoutMs });
  if (poster === null || thumbnail === null) return prepared;
  return { ...prepared, thumbnail: await new Response(thumbnail).bytes(), facts: { ...prepared.facts, placeholder: poster.placeholder } };
}

async function admit(context: ApiContext, { s3, chatId, userId, id }: Upload, prepared: Prepared): Promise<Media> {
  const stored = await storeMedium(s3, chatId, id, prepared);
  const admitted = await roomOf(context.env, chatId).admitMedia(userId, stored);
  if (!admitted.ok && admitted.code === 'not_found') {
    // It came to its end meanwhile: what was just stored has nobody else to erase it when the room is gone too.
    context.executionCtx.waitUntil(eraseMedia(s3, chatId, id).catch(() => undefined));
  }
  const media = unwrap(admitted);
  // The room erases it once more, after the URL's end.
  await eraseObjects(s3, [uploadKey(chatId, id)]).catch(() => undefined);
  return media;
}

/** Nothing is there: either nothing has come, or another call for the same upload was faster. */
async function resultOfAnother(context: ApiContext, upload: Upload): Promise<Media> {
  const { media } = await stateOf(context, upload);
  if (media === null) throw new Refusal('media_not_ready', 'Nothing has been uploaded yet.');
  return media;
}
