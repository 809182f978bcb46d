import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import type { Media } from '../../src/protocol/models';
import { mediaAnswer, reserveMediaAnswer } from '../../src/protocol/rest';
import { type ImageName, readImage, typeOf } from './images';
import type { Answer, Person } from './people';

/** Uploads a committed image into a chat; nobody sees it until a message carries it. @throws unless it is taken */
export async function uploadImage(person: Person, chatId: string, name: ImageName = 'palette.png'): Promise<Media> {
  const image_data = Buffer.from(readImage(name)).toString('base64');
  const answer = await person.call('POST', '/api/media/upload', { chat_id: chatId, image_data, file_type: typeOf(name) });
  if (answer.status !== 201) throw new Error(`The upload answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return v.parse(mediaAnswer, answer.body).media;
}

export type Upload = v.InferOutput<typeof reserveMediaAnswer>;

/** What an announcement says beside size, type and chat. */
export interface UploadOptions {
  readonly view_once?: boolean;
  readonly file_name?: string;
  readonly duration_ms?: number;
  readonly poster_media_id?: string;
}

/** Announces an upload of these bytes. @throws unless it is taken */
export async function reserveUpload(
  person: Person,
  chatId: string,
  bytes: Uint8Array,
  type: string,
  options: UploadOptions = {},
): Promise<Upload> {
  const answer = await person.call('POST', '/api/media', { chat_id: chatId, mime_type: type, byte_size: bytes.length, ...options });
  if (answer.status !== 201) throw new Error(`The announcement answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return v.parse(reserveMediaAnswer, answer.body);
}

/** Sends bytes to where they were announced. @returns the store's status */
export async function putUpload({ upload }: Upload, bytes: Uint8Array<ArrayBuffer>, headers = upload.headers): Promise<number> {
  const answer = await fetch(upload.url, { method: upload.method, headers, body: bytes });
  await answer.arrayBuffer();
  return answer.status;
}

export function completeUpload(person: Person, { media_id }: Upload): Promise<Answer> {
  return person.call('POST', `/api/media/${media_id}/complete`);
}

/** Uploads by URL; nobody sees it until a message carries it. @throws unless it is taken */
export async function uploadBytes(
  person: Person,
  chatId: string,
  bytes: Uint8Array<ArrayBuffer>,
  type: string,
  options: UploadOptions = {},
): Promise<Media> {
  const upload = await reserveUpload(person, chatId, bytes, type, options);
  const status = await putUpload(upload, bytes);
  if (status !== 200) throw new Error(`The store answered ${status}`);
  const answer = await completeUpload(person, upload);
  if (answer.status !== 200) throw new Error(`Completing answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return v.parse(mediaAnswer, answer.body).media;
}

/** A message that nobody sent yet, carrying the medium. */
export function picture(mediaId: string, expiresInSeconds?: number) {
  const message = { type: 'send_message', id: randomUUID(), message_type: 'image', media_id: mediaId } as const;
  return expiresInSeconds === undefined ? message : { ...message, expires_in_seconds: expiresInSeconds };
}
