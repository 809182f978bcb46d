import { insertMedia } from '../directory/media';
import { textAt } from '../media/formats/bytes';
import { prepareWholeImage, storeMedium } from '../media/prepare';
import { createS3, eraseMedia } from '../media/s3';
import { roomOf } from '../objects';
import { Refusal } from '../protocol/errors';
import { maxImageBytes } from '../protocol/limits';
import type { Media } from '../protocol/models';
import { uploadBody, uploadForm } from '../protocol/rest';
import { unwrap } from '../result';
import { decodeBase64InPlace } from './base64';
import { invalid, mustBeJson, parseBody, readBytes, validate } from './body';
import type { ApiContext } from './context';
import { fileOf, framingBytes, readForm } from './form';
import { cutLongText } from './long-text';
import type { ApiRequest } from './params';
import { json } from './router';

const maxBase64Length = Math.ceil(maxImageBytes / 3) * 4;
/** What may stand before the comma of a data URL. */
const maxDataUrlHeadLength = 256;
/** Longer texts are images: no other field is. */
const minLongText = 1024;

/** An image that came with its call. */
export interface Upload {
  readonly chatId: string;
  /** Gives the bytes once, when they are wanted. */
  readonly take: () => Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>;
  readonly claimedType: string | null;
  readonly viewOnce: boolean;
}

/** The seed's webcam call: the image as base64 in JSON. */
export async function uploadBase64(request: ApiRequest, context: ApiContext): Promise<Response> {
  const { userId } = await context.caller();
  return json({ media: await storeUpload(context, userId, await readBase64Upload(request, context.newId())) }, 201);
}

/** @param standIn a text that the caller does not know */
export async function readBase64Upload(request: Request, standIn: string): Promise<Upload> {
  mustBeJson(request);
  // Too long for every other field, should the long text stand there.
  const placeholder = standIn.repeat(4);
  const cut = cutLongText(await readBytes(request, maxBase64Length + framingBytes), minLongText, placeholder);
  if (cut === null) throw notBase64();
  const body = parseBody(uploadBody, cut.json);
  const image = cut.text !== null && body.image_data === placeholder ? cut.text : new Uint8Array(new TextEncoder().encode(body.image_data));
  return { chatId: body.chat_id, take: () => decodeImage(image), claimedType: body.file_type, viewOnce: body.view_once };
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
  const take = async () => new Uint8Array(await file.arrayBuffer());
  const upload = { chatId: fields.chat_id, take, claimedType: file.type, viewOnce: fields.view_once };
  return json({ media: await storeUpload(context, userId, upload) }, 201);
}

/**
 * Checks, cleans and stores an image [MEDIA-1] [MEDIA-2]. The room knows of it before a byte is stored, so whatever fails or
 * crashes from then on, its alarm erases what nobody sent.
 */
async function storeUpload(context: ApiContext, userId: string, { chatId, take, claimedType, viewOnce }: Upload): Promise<Media> {
  const room = roomOf(context.env, chatId);
  // Before the bytes are looked at: decoding is the dearest thing a stranger could ask for.
  unwrap(await room.chat(userId));
  const prepared = prepareWholeImage(await take(), claimedType, viewOnce);
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
function decodeImage(text: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const base64 = textAt(text, 0, 5) === 'data:' ? afterDataUrlHead(text) : text;
  if (base64.length > maxBase64Length) throw new Refusal('too_large', `An image may have at most ${maxImageBytes} bytes.`);
  const bytes = decodeBase64InPlace(base64);
  if (bytes === null) throw notBase64();
  return bytes;
}

function afterDataUrlHead(url: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const head = textAt(url, 0, maxDataUrlHeadLength);
  const comma = head.indexOf(',');
  if (comma === -1 || !head.slice(0, comma).toLowerCase().endsWith(';base64')) throw notBase64();
  return url.subarray(comma + 1);
}

function notBase64(): Refusal {
  return invalid([{ path: 'image_data', message: 'must be base64 or a data URL with base64' }]);
}
