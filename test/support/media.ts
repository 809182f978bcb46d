import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import type { Media } from '../../src/protocol/models';
import { mediaAnswer } from '../../src/protocol/rest';
import { type ImageName, readImage, typeOf } from './images';
import type { Person } from './people';

/** Uploads a committed image into a chat; nobody sees it until a message carries it. @throws unless it is taken */
export async function uploadImage(person: Person, chatId: string, name: ImageName = 'palette.png'): Promise<Media> {
  const image_data = Buffer.from(readImage(name)).toString('base64');
  const answer = await person.call('POST', '/api/media/upload', { chat_id: chatId, image_data, file_type: typeOf(name) });
  if (answer.status !== 201) throw new Error(`The upload answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return v.parse(mediaAnswer, answer.body).media;
}

/** A message that nobody sent yet, carrying the medium. */
export function picture(mediaId: string, expiresInSeconds?: number) {
  const message = { type: 'send_message', id: randomUUID(), message_type: 'image', media_id: mediaId } as const;
  return expiresInSeconds === undefined ? message : { ...message, expires_in_seconds: expiresInSeconds };
}
