import * as v from 'valibot';
import { findAllMedia, findMedia, insertMedia, type MediaPlace } from '../directory/media';
import { computeLinkLife, linkExpiresAt } from '../media/link-life';
import { prepareImage } from '../media/prepare';
import { createS3, eraseMedia, originalKey, putObject, type S3, signDownload, thumbnailKey } from '../media/s3';
import { roomOf } from '../objects';
import { Refusal } from '../protocol/errors';
import { maxImageBytes, maxMediaIdsPerCall } from '../protocol/limits';
import type { LinkedMedia, Media } from '../protocol/models';
import { uploadBody, uploadForm } from '../protocol/rest';
import { uuid } from '../protocol/text';
import { unwrap } from '../result';
import { invalid, mediaType, readBody, readBytes, validate } from './body';
import type { ApiContext } from './context';
import { getOnce } from './media-once';
import { type ApiRequest, idParam, queryParam } from './params';
import { type ApiRouter, json } from './router';

/** Field names, boundaries and headers around an image. */
const framingBytes = 16 * 1024;
const maxBase64Length = Math.ceil(maxImageBytes / 3) * 4;
/** What may stand before the comma of a data URL. */
const maxDataUrlHeadLength = 256;

interface Upload {
  readonly chatId: string;
  readonly bytes: Uint8Array;
  readonly claimedType: string | null;
  readonly viewOnce: boolean;
}

/** Pictures: bringing them in, and getting links to them. */
export function mediaRoutes(router: ApiRouter): void {
  router.post('/api/media/upload', uploadBase64);
  router.post('/api/media/upload-multipart', uploadMultipart);
  router.get('/api/media/once/:lease', getOnce);
  router.get('/api/media/:id', getMedium);
  router.get('/api/media', getMedia);
}

async function uploadBase64(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  const body = await readBody(request, uploadBody, maxBase64Length + framingBytes);
  const upload = {
    chatId: body.chat_id,
    bytes: decodeBase64(body.image_data),
    claimedType: body.file_type,
    viewOnce: body.view_once,
  };
  return json({ media: await storeUpload(context, userId, upload) }, 201);
}

async function uploadMultipart(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  if (mediaType(request) !== 'multipart/form-data') throw new Refusal('unsupported_media_type', 'Send multipart/form-data.');
  const form = await readForm(request);
  const fields = validate(uploadForm, {
    chat_id: form.get('chat_id') ?? undefined,
    view_once: form.get('view_once') ?? undefined,
  });
  const file = form.get('file');
  if (!(file instanceof File)) throw invalid([{ path: 'file', message: 'must be a file' }]);
  const upload = { chatId: fields.chat_id, bytes: await file.bytes(), claimedType: file.type, viewOnce: fields.view_once };
  return json({ media: await storeUpload(context, userId, upload) }, 201);
}

/**
 * Checks, cleans and stores an image [MEDIA-1] [MEDIA-2]. The room knows of it before a byte is stored, so whatever fails or
 * crashes from then on, its alarm erases what nobody sent.
 */
async function storeUpload(context: ApiContext, userId: string, { chatId, bytes, claimedType, viewOnce }: Upload): Promise<Media> {
  const room = roomOf(context.env, chatId);
  // Before the bytes are looked at: decoding is the dearest thing a stranger could ask for.
  unwrap(await room.chat(userId));
  const image = prepareImage(bytes, claimedType);
  // [ONCE-6] A thumbnail would be a second copy that nobody opens once.
  const thumbnail = viewOnce ? null : image.thumbnail;
  const media: Media = {
    id: context.newId(),
    mime_type: image.type,
    byte_size: image.bytes.length,
    width: image.width,
    height: image.height,
    duration_ms: null,
    // A picture's name often tells when and with what it was taken.
    file_name: null,
    placeholder: null,
    has_thumbnail: thumbnail !== null,
  };
  const s3 = createS3(context.config.s3);
  unwrap(await room.reserveMedia(userId, media.id, viewOnce));
  try {
    await insertMedia(context.directory, { id: media.id, chatRoomId: chatId, uploaderId: userId }, context.now());
    await Promise.all([
      putObject(s3, originalKey(chatId, media.id), image.bytes, image.type),
      thumbnail && putObject(s3, thumbnailKey(chatId, media.id), thumbnail, 'image/jpeg'),
    ]);
    unwrap(await room.admitMedia(userId, media));
  } catch (error) {
    // The reservation stays: a put that seemed to fail may still land after this, and the room erases once more.
    context.executionCtx.waitUntil(eraseMedia(s3, chatId, media.id).catch(() => undefined));
    throw error;
  }
  return media;
}

async function getMedium(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  const place = await findMedia(context.directory, idParam(request, 'id'));
  const [found] = place === null ? [] : await findReadable(context, userId, [place]);
  if (found === undefined) throw new Refusal('not_found');
  const linked = await linkMedium(context, createS3(context.config.s3), found);
  if (linked === null) throw new Refusal('message_gone');
  return json({ media: linked });
}

/** Those of the media that the caller may read, in the order asked for; the others are left out without telling why. */
async function getMedia(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  const ids = idsParam(request);
  const readable = await findReadable(context, userId, await findAllMedia(context.directory, ids));
  const s3 = createS3(context.config.s3);
  const linked = await Promise.all(readable.map((found) => linkMedium(context, s3, found)));
  const byId = new Map(linked.filter((medium) => medium !== null).map((medium) => [medium.id, medium]));
  return json({ media: ids.map((id) => byId.get(id)).filter((medium) => medium !== undefined) });
}

interface Readable {
  readonly chatId: string;
  readonly media: Media;
  readonly endsAt: number | null;
}

/** [MEDIA-3] Asks the rooms, which alone know who may read what now. */
async function findReadable(context: ApiContext, userId: string, places: readonly MediaPlace[]): Promise<Readable[]> {
  const byRoom = Map.groupBy(places, (place) => place.chatRoomId);
  const answers = Array.from(byRoom, async ([chatId, inRoom]) => {
    const ids = inRoom.map((place) => place.id);
    const readable = await roomOf(context.env, chatId).linkableMedia(userId, ids);
    return readable.map(({ media, endsAt }) => ({ chatId, media, endsAt }));
  });
  return (await Promise.all(answers)).flat();
}

/** [EXP-7] `null` when less than a second is left. */
async function linkMedium(context: ApiContext, s3: S3, { chatId, media, endsAt }: Readable): Promise<LinkedMedia | null> {
  const life = computeLinkLife(context.now(), endsAt);
  if (life === null) return null;
  const [url, thumbnailUrl] = await Promise.all([
    signDownload(s3, originalKey(chatId, media.id), life),
    media.has_thumbnail ? signDownload(s3, thumbnailKey(chatId, media.id), life) : null,
  ]);
  return { ...media, url, thumbnail_url: thumbnailUrl, url_expires_at: linkExpiresAt(life) };
}

/** @throws Refusal `invalid` unless `?ids=` holds 1 to 50 ids with commas between; a repeated one counts once. */
function idsParam(request: ApiRequest): string[] {
  const ids = [...new Set((queryParam(request, 'ids') ?? '').split(','))];
  if (ids.length > maxMediaIdsPerCall) throw invalid([{ path: 'ids', message: `has more than ${maxMediaIdsPerCall} entries` }]);
  return validate(v.object({ ids: v.array(uuid) }), { ids }).ids;
}

async function readForm(request: ApiRequest): Promise<FormData> {
  const body = await readBytes(request, maxImageBytes + framingBytes);
  try {
    // Parsed from memory: straight from the request it would be read to the end before its size is known.
    return await new Response(body, { headers: { 'content-type': request.headers.get('content-type') ?? '' } }).formData();
  } catch {
    throw invalid([{ path: '', message: 'is not multipart/form-data' }]);
  }
}

/** The bytes of base64, or of a data URL; the type a data URL names counts for nothing. */
function decodeBase64(text: string): Uint8Array {
  const base64 = text.startsWith('data:') ? afterDataUrlHead(text) : text;
  if (base64.length > maxBase64Length) throw new Refusal('too_large', `An image may have at most ${maxImageBytes} bytes.`);
  try {
    const binary = atob(base64);
    const bytes = new Uint8Array(binary.length);
    for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
    return bytes;
  } catch {
    throw notBase64();
  }
}

function afterDataUrlHead(url: string): string {
  const comma = url.slice(0, maxDataUrlHeadLength).indexOf(',');
  if (comma === -1 || !url.slice(0, comma).toLowerCase().endsWith(';base64')) throw notBase64();
  return url.slice(comma + 1);
}

function notBase64(): Refusal {
  return invalid([{ path: 'image_data', message: 'must be base64 or a data URL with base64' }]);
}
