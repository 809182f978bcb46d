import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { chatAnswer } from '../../src/protocol/rest';
import { type Person, signUp } from './people';

export interface DirectChat {
  readonly ada: Person;
  readonly ben: Person;
  readonly chatId: string;
}

/** Two people whom nobody else has met, and their chat; Ada opened it. */
export async function makeDirectChat(url: string): Promise<DirectChat> {
  const [ada, ben] = await Promise.all([signUp(url, 'ada'), signUp(url, 'ben')]);
  const answer = await ada.call('POST', '/api/chats', { is_group: false, member_ids: [ben.id] });
  return { ada, ben, chatId: v.parse(chatAnswer, answer.body).chat.id };
}

/** A text nobody sent yet; `expiresInSeconds` for one with a clock of its own. */
export function text(content: string, expiresInSeconds?: number) {
  const message = { type: 'send_message', id: randomUUID(), message_type: 'text', content } as const;
  return expiresInSeconds === undefined ? message : { ...message, expires_in_seconds: expiresInSeconds };
}
