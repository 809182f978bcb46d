import * as v from 'valibot';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { messagesAnswer } from '../../src/protocol/rest';
import { type ChatOfTwo, makeDirectChat, makeGroup, text } from '../support/chats';
import { type Harness, startHarness } from '../support/harness';
import { type Person, signUp } from '../support/people';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

const pathOf = (chatId: string, query: string) => `/api/users/me/chats/${chatId}/messages?${query}`;

async function pageOf(reader: Person, chatId: string, query: string): Promise<v.InferOutput<typeof messagesAnswer>> {
  const answer = await reader.call('GET', pathOf(chatId, query));
  expect(answer.status).toBe(200);
  return v.parse(messagesAnswer, answer.body);
}

/** Sends `count` lines in one call; their ids by `seq`, from `firstSeq` on. */
async function fill({ ada, chatId }: ChatOfTwo, count: number, firstSeq: number): Promise<Map<number, string>> {
  const lines = Array.from({ length: count }, (_, index) => text(String(firstSeq + index)));
  await ada.call('POST', `/api/chats/${chatId}/frames`, lines);
  return new Map(lines.map(({ id }, index) => [firstSeq + index, id]));
}

test('[SEND-3] pages lie before, after or around a message, newest first, and say where the next ones begin', async () => {
  const chat = await makeDirectChat(harness.url);
  const { ben, chatId } = chat;
  // The chat's first message is the system's.
  const ids = await fill(chat, 20, 2);
  const seqs = async (query: string) => {
    const { messages, next_before, next_after } = await pageOf(ben, chatId, query);
    return { seqs: messages.map(({ seq }) => seq), next_before, next_after };
  };
  expect(await seqs('limit=3')).toEqual({ seqs: [21, 20, 19], next_before: ids.get(19), next_after: null });
  expect(await seqs(`before=${ids.get(10)}&limit=3`)).toEqual({ seqs: [9, 8, 7], next_before: ids.get(7), next_after: ids.get(9) });
  expect(await seqs(`after=${ids.get(10)}&limit=3`)).toEqual({ seqs: [13, 12, 11], next_before: ids.get(11), next_after: ids.get(13) });
  expect(await seqs(`after=${ids.get(19)}&limit=3`)).toEqual({ seqs: [21, 20], next_before: ids.get(20), next_after: null });
  expect(await seqs(`after=${ids.get(21)}&limit=3`)).toMatchObject({ seqs: [], next_after: null });
  expect(await seqs(`around=${ids.get(10)}&limit=5`)).toEqual({
    seqs: [12, 11, 10, 9, 8],
    next_before: ids.get(8),
    next_after: ids.get(12),
  });
  expect(await seqs('around=10&limit=5')).toMatchObject({ seqs: [12, 11, 10, 9, 8] });
  expect(await seqs('before=10&limit=3')).toMatchObject({ seqs: [9, 8, 7] });
  expect(await seqs('after=10&limit=3')).toMatchObject({ seqs: [13, 12, 11] });
  expect(await seqs(`around=${ids.get(21)}&limit=5`)).toMatchObject({ seqs: [21, 20, 19], next_after: null });
  expect(await seqs('around=1&limit=4')).toMatchObject({ seqs: [2, 1], next_before: null });
  expect(await seqs('around=999&limit=4')).toMatchObject({ seqs: [21, 20], next_after: null });
});

test('[SEND-8] no side of a page shows what was said before the reader joined', async () => {
  const chat = await makeGroup(harness.url, null);
  const { ada, chatId } = chat;
  const ids = await fill(chat, 5, 2);
  const cleo = await signUp(harness.url, 'cleo');
  expect((await ada.call('POST', `/api/chats/${chatId}/members`, { user_ids: [cleo.id] })).status).toBe(204);
  const later = await fill(chat, 3, 8);
  for (const query of ['limit=100', 'around=1&limit=100', 'around=8&limit=100', `around=${later.get(9)}&limit=100`]) {
    const { messages, next_before } = await pageOf(cleo, chatId, query);
    expect(messages.map(({ seq }) => seq)).toEqual([10, 9, 8, 7]);
    expect(next_before).toBeNull();
  }
  for (const side of ['before', 'after', 'around']) {
    expect(await cleo.call('GET', pathOf(chatId, `${side}=${ids.get(3)}`))).toMatchObject({ status: 404, body: { code: 'not_found' } });
  }
});

test('[SEND-3] a page that is asked for in a wrong way is refused', async () => {
  const { ada, chatId } = await makeDirectChat(harness.url);
  const id = text('').id;
  for (const query of [
    `before=${id}&after=${id}`,
    'after=1.5',
    'before=1e3',
    'around=1.5',
    'around=-1',
    'around=x',
    `around=${'9'.repeat(16)}`,
  ]) {
    expect(await ada.call('GET', pathOf(chatId, query)), query).toMatchObject({ status: 422, body: { code: 'invalid' } });
  }
  for (const side of ['before', 'after', 'around']) {
    expect(await ada.call('GET', pathOf(chatId, `${side}=${id}`)), side).toMatchObject({ status: 404 });
  }
});
