import * as v from 'valibot';
import { findAllMedia, findMedia, type MediaPlace } from '../directory/media';
import { originalKey, thumbnailKey } from '../media/keys';
import { computeLinkLife } from '../media/link-life';
import { createS3, type S3 } from '../media/s3';
import { linkExpiresAt, signDownload } from '../media/signing';
import { roomOf } from '../objects';
import { Refusal } from '../protocol/errors';
import { maxMediaIdsPerCall } from '../protocol/limits';
import type { LinkedMedia, Media } from '../protocol/models';
import { uuid } from '../protocol/text';
import { invalid, validate } from './body';
import type { ApiContext } from './context';
import { countCall } from './limits';
import { uploadBase64, uploadMultipart } from './media-inline';
import { getOnce } from './media-once';
import { completeUpload, reserveUpload } from './media-uploads';
import { type ApiRequest, idParam, queryParam } from './params';
import { type ApiHandler, type ApiRouter, json } from './router';

/** Media: bringing them in, and getting links to them. */
export function mediaRoutes(router: ApiRouter): void {
  router.post('/api/media', counted(reserveUpload));
  router.post('/api/media/upload', counted(uploadBase64));
  router.post('/api/media/upload-multipart', counted(uploadMultipart));
  router.post('/api/media/:id/complete', completeUpload);
  router.get('/api/media/once/:lease', getOnce);
  router.get('/api/media/:id', getMedium);
  router.get('/api/media', getMedia);
}

/** [LIMIT-1] Counted before the body is read: the bytes are what an upload costs. */
function counted(handler: ApiHandler): ApiHandler {
  return async (request, context) => {
    const { userId } = await context.caller();
    await countCall(context, 'media', userId);
    return handler(request, context);
  };
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
