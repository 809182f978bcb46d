import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { directChatId } from '../../src/direct-chat-id';
import { type Harness, startHarness } from '../support/harness';
import { signUp } from '../support/people';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

test('a group cannot take the id of a direct chat of two others: only random ids are taken', async () => {
  const [ada, ben, eve] = await Promise.all([signUp(harness.url, 'ada'), signUp(harness.url, 'ben'), signUp(harness.url, 'eve')]);
  const directId = await directChatId(ada.id, ben.id);
  const group = { is_group: true, name: 'Trap', member_ids: [ada.id, ben.id] };
  for (const id of [directId, randomUUID().replace(/^(.{14})4/, '$17')]) {
    expect(await eve.call('POST', '/api/chats', { ...group, id })).toMatchObject({
      status: 422,
      body: { code: 'invalid', errors: [{ path: 'id' }] },
    });
  }
  expect(await ada.call('POST', '/api/chats', { is_group: false, member_ids: [ben.id] })).toMatchObject({
    status: 201,
    body: { chat: { id: directId, is_group: false, member_count: 2 } },
  });
});
