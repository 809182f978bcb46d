import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { chatAnswer } from '../../src/protocol/rest';
import { type Person, signUp } from './people';

/** Two people whom nobody else has met, and a chat they are in. */
export interface ChatOfTwo {
  readonly ada: Person;
  readonly ben: Person;
  readonly chatId: string;
}

/** Their direct chat, opened by Ada. */
export async function makeDirectChat(url: string): Promise<ChatOfTwo> {
  const [ada, ben] = await Promise.all([signUp(url, 'ada'), signUp(url, 'ben')]);
  const answer = await ada.call('POST', '/api/chats', { is_group: false, member_ids: [ben.id] });
  return { ada, ben, chatId: v.parse(chatAnswer, answer.body).chat.id };
}

/** A text nobody sent yet; `expiresInSeconds` for one with a clock of its own. */
export function text(content: string, expiresInSeconds?: number) {
  const message = { type: 'send_message', id: randomUUID(), message_type: 'text', content } as const;
  return expiresInSeconds === undefined ? message : { ...message, expires_in_seconds: expiresInSeconds };
}

/**
 * A group of theirs, made by Ada, in which messages end for everybody so long after they were sent.
 * @param seconds null for never
 */
export async function makeGroup(url: string, seconds: number | null): Promise<ChatOfTwo> {
  const [ada, ben] = await Promise.all([signUp(url, 'ada'), signUp(url, 'ben')]);
  const expiry = { expires_in_seconds: seconds, expire_mode: 'after_send' };
  const answer = await ada.call('POST', '/api/chats', { is_group: true, name: 'Two', member_ids: [ben.id], expiry });
  return { ada, ben, chatId: v.parse(chatAnswer, answer.body).chat.id };
}
