import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeDirectChat, makeGroup, text } from '../support/chats';
import { type Harness, startHarness } from '../support/harness';
import type { Person } from '../support/people';
import { until } from '../support/poll';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

/** As the service worker asks: by the cookie alone. */
async function ask(person: Person, chatId: string, token = person.refreshToken) {
  const answer = await fetch(`${harness.url}/api/push/${chatId}`, { headers: { cookie: `relayhub_refresh=${token}` } });
  const body = await answer.text();
  expect(answer.headers.get('set-cookie')).toBeNull();
  return { status: answer.status, body: body === '' ? null : JSON.parse(body) };
}

const wants = (person: Person, push_shows: 'name' | 'nothing') => person.call('PATCH', '/api/users/me', { settings: { push_shows } });

async function send(person: Person, chatId: string): Promise<string> {
  const line = text('never shown');
  expect((await person.call('POST', `/api/chats/${chatId}/messages`, line)).status).toBe(201);
  return line.id;
}

test('[INBOX-5] who wrote is told to the cookie’s session, once its user wants names to be shown, and spends no token', async () => {
  const { ada, ben, chatId } = await makeDirectChat(harness.url);
  await wants(ben, 'nothing');
  const id = await send(ada, chatId);
  await until('the inbox to know', async () => (await ben.call('GET', '/api/users/me/chats')).body !== null);
  expect(await ask(ben, chatId)).toEqual({ status: 204, body: null });
  await wants(ben, 'name');
  await until('the news', async () => (await ask(ben, chatId)).status === 200);
  expect((await ask(ben, chatId)).body).toEqual({ chat_name: null, sender_name: 'ada' });
  await ben.call('POST', `/api/chats/${chatId}/frames`, [{ type: 'mark_read', message_id: id }]);
  await until('the reading', async () => (await ask(ben, chatId)).status === 204);
  // The token that was shown so often still continues its session.
  expect((await ben.call('POST', '/api/token/refresh', { refresh_token: ben.refreshToken })).status).toBe(200);
});

test('[INBOX-5] of a group its name, and who wrote last', async () => {
  const { ada, ben, chatId } = await makeGroup(harness.url, null);
  await wants(ben, 'name');
  await send(ada, chatId);
  await until('the news', async () => (await ask(ben, chatId)).status === 200);
  expect((await ask(ben, chatId)).body).toEqual({ chat_name: 'Two', sender_name: 'ada' });
  // A line of one's own is the newest: nobody is said to have written to themselves.
  await send(ben, chatId);
  await until('the own line', async () => (await ask(ben, chatId)).body?.sender_name !== 'ada');
  expect(await ask(ben, chatId)).toEqual({ status: 200, body: { chat_name: 'Two', sender_name: null } });
  // Nobody else's chat, no session that has ended, and no token that was made up.
  const eve = await makeDirectChat(harness.url);
  await wants(eve.ada, 'name');
  expect((await ask(eve.ada, chatId)).status).toBe(204);
  expect((await ask(ben, chatId, `${ben.refreshToken.slice(0, -2)}AA`)).status).toBe(401);
  expect((await ask(ben, chatId, 'x')).status).toBe(401);
  expect((await ask(ben, 'x')).status).toBe(404);
  await ben.call('POST', '/api/logout');
  expect((await ask(ben, chatId)).status).toBe(401);
});
