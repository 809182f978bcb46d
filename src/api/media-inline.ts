import { insertMedia } from '../directory/media';
import { prepareWholeImage, storeMedium } from '../media/prepare';
import { createS3, eraseMedia } from '../media/s3';
import { roomOf } from '../objects';
import { Refusal } from '../protocol/errors';
import { maxImageBytes } from '../protocol/limits';
import type { Media } from '../protocol/models';
import { uploadBody, uploadForm } from '../protocol/rest';
import { unwrap } from '../result';
import { invalid, readBody, validate } from './body';
import type { ApiContext } from './context';
import { fileOf, framingBytes, readForm } from './form';
import type { ApiRequest } from './params';
import { json } from './router';

const maxBase64Length = Math.ceil(maxImageBytes / 3) * 4;
/** What may stand before the comma of a data URL. */
const maxDataUrlHeadLength = 256;

interface Upload {
  readonly chatId: string;
  readonly bytes: Uint8Array;
  readonly claimedType: string | null;
  readonly viewOnce: boolean;
}

/** The seed's webcam call: the image as base64 in JSON. */
export async function uploadBase64(request: ApiRequest, context: ApiContext): Promise<Response> {
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

/** The image as a form's file. */
export async function uploadMultipart(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  const form = await readForm(request);
  const fields = validate(uploadForm, {
    chat_id: form.get('chat_id') ?? undefined,
    view_once: form.get('view_once') ?? undefined,
  });
  const file = fileOf(form);
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
  const prepared = prepareWholeImage(bytes, claimedType, viewOnce);
  const id = context.newId();
  const s3 = createS3(context.config.s3);
  unwrap(await room.reserveMedia(userId, id, viewOnce));
  try {
    await insertMedia(context.directory, { id, chatRoomId: chatId, uploaderId: userId }, context.now());
    return unwrap(await room.admitMedia(userId, await storeMedium(s3, chatId, id, prepared)));
  } catch (error) {
    // The reservation stays: a put that seemed to fail may still land after this, and the room erases once more.
    context.executionCtx.waitUntil(eraseMedia(s3, chatId, id).catch(() => undefined));
    throw error;
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
