import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { originalKey, thumbnailKey } from '../../src/media/keys';
import type { Message } from '../../src/protocol/models';
import { chatAnswer, chatsAnswer, messageAnswer, messagesAnswer } from '../../src/protocol/rest';
import { Bucket } from '../support/bucket';
import { type ChatOfTwo, makeGroup, text } from '../support/chats';
import { picture, uploadImage } from '../support/media';
import { callApi, signUp } from '../support/people';
import { until } from '../support/poll';
import { seededRandom } from '../support/random';
import { ResumingClient } from '../support/resuming-client';
import { TestServer } from '../support/server';
import { editRooms, readDirectory } from '../support/state-files';

const timeout = 240_000;

let server: TestServer;
let bucket: Bucket;
beforeAll(async () => {
  server = await TestServer.start();
  bucket = new Bucket(server.url);
}, timeout);
afterAll(async () => {
  bucket.close();
  await server.close();
});

async function history({ ben, chatId }: ChatOfTwo): Promise<Message[]> {
  const answer = await ben.call('GET', `/api/users/me/chats/${chatId}/messages?limit=100`);
  return v.parse(messagesAnswer, answer.body).messages.reverse();
}

test('[SYNC-4] [EXP-5] kills at random moments lose nothing acknowledged, double nothing, and leave no bytes behind', {
  timeout,
}, async () => {
  const random = seededRandom();
  const chat = await makeGroup(server.url, null);
  const { ada, ben, chatId } = chat;
  const sender = new ResumingClient(server.url, ada.accessToken, chatId);
  const reader = new ResumingClient(server.url, ben.accessToken, chatId);
  onTestFinished(async () => void (await Promise.all([sender.stop(), reader.stop()])));
  const uploads: string[] = [];

  /** Uploads a picture and sends it, unless it is one that nobody sends or the server dies over it. */
  async function sendPicture(expiresInSeconds: number | null): Promise<void> {
    const media = await uploadImage(ada, chatId).catch(() => null);
    if (media === null) return;
    uploads.push(media.id);
    if (expiresInSeconds !== null) sender.send(picture(media.id, expiresInSeconds));
  }

  for (let kill = 0; kill < 5; kill++) {
    for (let i = 0; i < 8; i++) sender.send(text(`${kill}.${i}`, i % 2 === 0 ? random.between(1, 3) : 3_600));
    const pictures = [random.between(1, 3), 3_600, null].map(sendPicture);
    await delay(random.between(0, 500));
    await server.restart();
    await Promise.all(pictures);
  }
  await Promise.all([sendPicture(1), sendPicture(3_600), sendPicture(null)]);
  await until('every acknowledgement', () => sender.unacknowledged === 0, 30_000);
  await until(
    'the short ones to end',
    async () => (await history(chat)).every((message) => (message.expires_at ?? Number.POSITIVE_INFINITY) > Date.now() + 60_000),
    30_000,
  );

  const stored = await history(chat);
  expect(stored.map((message) => message.seq)).toEqual(stored.map((_, i) => i + 1));
  const told = [...sender.acknowledged.values()].sort((a, b) => a.seq - b.seq);
  expect(stored.slice(1).map(({ id, seq, created_at }) => ({ id, seq, created_at }))).toEqual(
    told.map(({ id, seq, created_at }) => ({ id, seq, created_at })),
  );
  const texts = stored.filter((message) => message.message_type === 'text');
  expect(texts.filter((message) => message.content !== null).map((message) => message.content)).toEqual(
    Array.from({ length: 20 }, (_, i) => `${Math.floor(i / 4)}.${2 * (i % 4) + 1}`),
  );
  await until('the reader to know it all', () => JSON.stringify(reader.messages) === JSON.stringify(stored), 30_000);
  for (const client of [sender, reader]) expect([client.breaches, client.resets]).toEqual([[], 0]);

  // An hour later nobody has sent the other uploads, those that the server died over among them.
  await server.kill();
  editRooms(server, 'UPDATE media SET due = 1 WHERE due IS NOT NULL');
  await server.restart();
  const live = stored.flatMap((message) => (message.media === null ? [] : [message.media.id]));
  expect(live.length).toBeGreaterThanOrEqual(1);
  expect(uploads.length).toBeGreaterThan(live.length);
  const kept = live.flatMap((id) => [originalKey(chatId, id), thumbnailKey(chatId, id)]).sort();
  await until('all other bytes to be gone', async () => JSON.stringify(await bucket.keysOf(chatId)) === JSON.stringify(kept), 30_000);
  for (const id of live) expect(await ben.call('GET', `/api/media/${id}`)).toMatchObject({ status: 200 });
  const places = () => readDirectory(server, `SELECT id FROM media WHERE chat_room_id = '${chatId}'`).map((row) => row.id);
  await until('the directory to forget the others', () => places().length === live.length);
  expect(places().sort()).toEqual(live.sort());
});

test('a chat made a moment before a kill is in both lists and in the directory', { timeout }, async () => {
  const [ada, ben] = await Promise.all([signUp(server.url, 'ada'), signUp(server.url, 'ben')]);
  const body = { is_group: false, member_ids: [ben.id] };
  const made = await ada.call('POST', '/api/chats', body);
  await server.restart();
  expect(made.status).toBe(201);
  const { chat } = v.parse(chatAnswer, made.body);
  const found = await ada.call('POST', '/api/chats', body);
  expect([found.status, v.parse(chatAnswer, found.body).chat]).toEqual([200, chat]);
  for (const [person, other] of [
    [ada, ben],
    [ben, ada],
  ] as const) {
    const list = async () => v.parse(chatsAnswer, (await person.call('GET', '/api/users/me/chats')).body).chats;
    await until('the chat list', async () => (await list()).length === 1);
    expect(await list()).toMatchObject([
      { id: chat.id, other_user: { id: other.id }, last_message: { message_type: 'system' }, last_seq: 1 },
    ]);
  }
  const query = `SELECT user_id FROM chat_members JOIN chat_rooms ON id = chat_room_id WHERE id = '${chat.id}'`;
  const members = () => readDirectory(server, query).map((row) => row.user_id);
  await until('the directory to know of it', () => members().length > 0);
  expect(members().sort()).toEqual([ada.id, ben.id].sort());
});

test('[EXP-4] [EXP-5] what came to its end while the server was down is cleaned after its start, though nobody asks for it', {
  timeout,
}, async () => {
  const { ada, ben, chatId } = await makeGroup(server.url, null);
  const media = await uploadImage(ada, chatId);
  const sent = await ada.call('POST', `/api/chats/${chatId}/messages`, picture(media.id, 2));
  const { message } = v.parse(messageAnswer, sent.body);
  expect(await bucket.keysOf(chatId)).toHaveLength(2);
  await server.kill();
  await until('its end', () => Date.now() > (message.expires_at ?? 0));
  await server.restart();
  await until('the bytes to be gone', async () => (await bucket.keysOf(chatId)).length === 0, 60_000);
  expect(await ben.call('GET', `/api/media/${media.id}`)).toMatchObject({ status: 404 });
});

test('[AUTH-1] an account and its session outlive a SIGKILL of the whole server', { timeout }, async () => {
  const ada = await signUp(server.url, 'ada');

  await server.kill();
  await expect(fetch(`${server.url}/api/health`)).rejects.toThrow();
  await server.restart();

  const login = await callApi(server.url, 'POST', '/api/login', { username: ada.username, password: ada.password, cookie: false });
  expect(login.status).toBe(200);
  const me = await ada.call('GET', '/api/users/me');
  expect(me).toMatchObject({ status: 200, body: { id: ada.id } });
});
