import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Env } from '../../src/config';
import { maxExpirySeconds } from '../../src/protocol/limits';
import type { Message } from '../../src/protocol/models';
import { chatsAnswer, messageAnswer, messagesAnswer } from '../../src/protocol/rest';
import { Bucket } from '../support/bucket';
import { type ChatOfTwo, makeGroup, text } from '../support/chats';
import { FaultyS3 } from '../support/faulty-s3';
import { type Harness, startHarness } from '../support/harness';
import { connectInbox } from '../support/inbox-socket';
import { picture, uploadImage } from '../support/media';
import { until } from '../support/poll';
import { connectRoom } from '../support/room-socket';

let harness: Harness;
let bucket: Bucket;
beforeAll(async () => {
  harness = await startHarness();
  bucket = new Bucket(harness.url);
});
afterAll(async () => {
  bucket.close();
  await harness.close();
});

/** Rows of a room, asked of the room itself: a sleeping one wakes. */
async function rows(chatId: string, query: string, ...bindings: (string | number)[]): Promise<Record<string, unknown>[]> {
  return rowsIn(harness, chatId, query, ...bindings);
}

async function rowsIn({ worker }: Harness, chatId: string, query: string, ...bindings: (string | number)[]) {
  return (await worker.getDurableObjectStorage('Room', { name: chatId })).exec(query, ...bindings);
}

function evict(chatId: string): Promise<void> {
  return harness.worker.evictDurableObject('Room', { name: chatId, webSockets: 'hibernate' });
}

/** Sends over HTTP and gives the message as the server made it. */
async function post({ ada, chatId }: ChatOfTwo, event: object): Promise<Message> {
  const answer = await ada.call('POST', `/api/chats/${chatId}/messages`, event);
  expect(answer).toMatchObject({ status: 201 });
  return v.parse(messageAnswer, answer.body).message;
}

async function history({ ben, chatId }: ChatOfTwo): Promise<Message[]> {
  const answer = await ben.call('GET', `/api/users/me/chats/${chatId}/messages`);
  return v.parse(messagesAnswer, answer.body).messages;
}

/** Everything Ben's chat list says, as text. */
async function chatList({ ben }: ChatOfTwo): Promise<string> {
  const answer = await ben.call('GET', '/api/users/me/chats');
  return JSON.stringify(v.parse(chatsAnswer, answer.body));
}

/** [EXP-4] What stays of a message that has ended. */
function tombstoneOf(message: Message) {
  const { id, seq, sender_id, message_type, created_at, expires_at: deleted_at } = message;
  const gone = { content: null, media: null, reply_to: null, expires_at: null, reactions: [] };
  return { id, seq, sender_id, message_type, view_once: false, created_at, deleted_at, deleted_reason: 'expired', undone: false, ...gone };
}

describe('how long a message lives', () => {
  test('[EXP-1] [EXP-2] from its sending on, for the shorter of the room’s time and its own', async () => {
    const [limited, free] = await Promise.all([makeGroup(harness.url, 60), makeGroup(harness.url, null)]);
    for (const [chat, own, seconds] of [
      [limited, undefined, 60],
      [limited, 3_600, 60],
      [limited, 10, 10],
      [free, undefined, null],
      [free, 1, 1],
      [free, maxExpirySeconds, maxExpirySeconds],
    ] as const) {
      const message = await post(chat, text('for a while', own));
      expect(message).toMatchObject({ expires_in_seconds: seconds, expire_mode: 'after_send' });
      expect(message.expires_at).toBe(seconds === null ? null : message.created_at + seconds * 1_000);
    }
  });

  test('[EXP-2] no time, less than a second, more than four weeks and what is no whole number are refused, and nothing is sent', async () => {
    const chat = await makeGroup(harness.url, null);
    const problem = { status: 422, body: { code: 'invalid' } };
    for (const wrong of [0, -1, 1.5, maxExpirySeconds + 1, '10', null, true]) {
      const event = { ...text('never'), expires_in_seconds: wrong };
      const answer = await chat.ada.call('POST', `/api/chats/${chat.chatId}/messages`, event);
      expect(answer).toMatchObject({ ...problem, body: { errors: [{ path: 'expires_in_seconds' }] } });
    }
    for (const wrong of [0, 1.5, maxExpirySeconds + 1, '10']) {
      const expiry = { expires_in_seconds: wrong, expire_mode: 'after_send' };
      const body = { id: randomUUID(), is_group: true, name: 'Never', member_ids: [chat.ben.id], expiry };
      const answer = await chat.ada.call('POST', '/api/chats', body);
      expect(answer).toMatchObject({ ...problem, body: { errors: [{ path: 'expiry.expires_in_seconds' }] } });
    }
    expect(await history(chat)).toHaveLength(1);
  });
});

describe('from the millisecond of its end', () => {
  test('[EXP-3] no read returns the content, although the cleaning has not run', async () => {
    const chat = await makeGroup(harness.url, null);
    const { ada, ben, chatId } = chat;
    const secret = 'the swan is under the bridge';
    const before = connectRoom(harness.url, ben.accessToken, chatId);
    const { epoch, rev } = await before.waitForType('welcome');
    await before.close();
    const media = await uploadImage(ada, chatId);
    const [shown, line] = [{ ...picture(media.id, 3_600), content: secret }, text(secret, 3_600)];
    const sent = [await post(chat, shown), await post(chat, line)];
    const inbox = connectInbox(harness.url, ben.accessToken);
    await until('the chat list to show it', async () => (await chatList(chat)).includes(secret));

    // What lists show is remembered until the next commit, which an edited row is not: a room that has just woken remembers nothing.
    await evict(chatId);
    expect(await history(chat)).toHaveLength(3);
    // The alarm stays where it was, an hour away: the cleaning is as late as it can be.
    const end = Date.now() - 1;
    await rows(chatId, 'UPDATE messages SET ends_at = ? WHERE ends_at IS NOT NULL', end);

    const gone = sent.map((message) => expect.objectContaining({ ...tombstoneOf(message), deleted_at: end }));
    const [fresh, resumed] = [undefined, { epoch, rev }].map((at) => connectRoom(harness.url, ben.accessToken, chatId, at));
    expect((await fresh?.waitForType('welcome'))?.messages.slice(1)).toEqual(gone);
    expect((await resumed?.waitForType('welcome'))?.messages).toEqual(gone);
    expect((await history(chat)).slice(0, 2).reverse()).toEqual(gone);
    expect(await chatList(chat)).not.toContain(secret);
    inbox.send({ type: 'want_previews', chat_room_ids: [chatId] });
    expect((await inbox.waitForType('previews')).items).toMatchObject([{ chat_room_id: chatId, preview: null }]);
    for (const person of [ada, ben]) {
      expect(await person.call('GET', `/api/media/${media.id}`)).toMatchObject({ status: 404, body: { code: 'not_found' } });
      expect(await person.call('GET', `/api/media?ids=${media.id}`)).toMatchObject({ status: 200, body: { media: [] } });
    }
    expect(await rows(chatId, 'SELECT count(*) AS uncleaned FROM messages WHERE ends_at = ? AND body IS NOT NULL', end)).toEqual([
      { uncleaned: 2 },
    ]);

    // What was sent before gets its tombstone too; a room that wakes notices that it is late.
    const sends = [shown, line].map((event) => ada.call('POST', `/api/chats/${chatId}/messages`, event));
    for (const [i, repeated] of (await Promise.all(sends)).entries()) {
      expect([repeated.status, v.parse(messageAnswer, repeated.body).message]).toEqual([200, gone[i]]);
    }
    const reply = { ...text('about the swan'), reply_to: line.id };
    expect(await ben.call('POST', `/api/chats/${chatId}/messages`, reply)).toMatchObject({ status: 422 });
    await evict(chatId);
    fresh?.send({ type: 'typing_stop' });
    await fresh?.waitForType('message_expired', (event) => event.message_id === line.id);
    expect(await rows(chatId, 'SELECT count(*) AS uncleaned FROM messages WHERE body IS NOT NULL AND seq > 1')).toEqual([{ uncleaned: 0 }]);
    await Promise.all([fresh, resumed, inbox].map((socket) => socket?.close()));
  });
});

describe('cleaning', () => {
  test('[EXP-4] every socket is told, with the rev of the commit, and a tombstone stays', async () => {
    const chat = await makeGroup(harness.url, null);
    const { ada, ben, chatId } = chat;
    const sockets = [ada, ben, ben].map((person) => connectRoom(harness.url, person.accessToken, chatId));
    await Promise.all(sockets.map((socket) => socket.waitForType('welcome')));
    const message = await post(chat, { ...text('short', 1), reply_to: (await history(chat))[0]?.id });
    const told = await Promise.all(sockets.map((socket) => socket.waitForType('message_expired')));
    const lateMs = Date.now() - (message.expires_at ?? 0);
    console.log(`[EXP-4] told ${lateMs} ms after the end`);
    const { rev } = (await sockets[0]?.waitForType('new_message')) ?? { rev: 0 };
    const event = { type: 'message_expired', rev: rev + 1, message_id: message.id, reason: 'expired', deleted_at: message.expires_at };
    expect(told).toEqual([event, event, event]);
    expect((await history(chat))[0]).toMatchObject(tombstoneOf(message));
    expect(await rows(chatId, 'SELECT body, media_id, reply_to, ends_at FROM messages WHERE id = ?', message.id)).toEqual([
      { body: null, media_id: null, reply_to: null, ends_at: null },
    ]);
    await Promise.all(sockets.map((socket) => socket.close()));
  });

  test('[EXP-4] it runs with nobody connected and the room asleep, and the chat list goes back to what still lives', async () => {
    const chat = await makeGroup(harness.url, null);
    await post(chat, text('stays'));
    const message = await post(chat, text('goes', 2));
    await evict(chat.chatId);
    // Only Ben's inbox is asked: the room must wake by itself.
    const inbox = await harness.worker.getDurableObjectStorage('Inbox', { name: chat.ben.id });
    await until('the room to tell the inbox', async () => {
      const [row] = await inbox.exec<{ room_rev: number }>('SELECT room_rev FROM chats WHERE chat_id = ?', chat.chatId);
      return row?.room_rev === 4;
    });
    expect(Date.now()).toBeGreaterThanOrEqual(message.expires_at ?? Number.POSITIVE_INFINITY);
    expect(await rows(chat.chatId, 'SELECT body FROM messages WHERE id = ?', message.id)).toEqual([{ body: null }]);
    expect(await chatList(chat)).toContain('"preview":"stays"');
  });

  test('[SYNC-2] [EXP-4] who comes back afterwards is told of the tombstone', async () => {
    const chat = await makeGroup(harness.url, null);
    const { ben, chatId } = chat;
    const away = connectRoom(harness.url, ben.accessToken, chatId);
    await away.waitForType('welcome');
    const message = await post(chat, text('seen, then gone', 1));
    const { rev } = await away.waitForType('new_message');
    const { epoch } = await away.waitForType('welcome');
    await away.close();
    await until('its end', async () => (await history(chat))[0]?.deleted_at !== null);
    await until('the cleaning', async () => (await rows(chatId, 'SELECT 1 FROM messages WHERE changed IS NOT NULL')).length === 1);
    const back = connectRoom(harness.url, ben.accessToken, chatId, { epoch, rev });
    expect(await back.waitForType('welcome')).toMatchObject({ reset: false, messages: [tombstoneOf(message)] });
    await back.close();
  });
});

test('a step of the alarm that fails is tried again after a pause, and keeps no other from its work', async () => {
  const chat = await makeGroup(harness.url, null);
  const { ada, chatId } = chat;
  const media = await uploadImage(ada, chatId);
  await rows(chatId, "CREATE TRIGGER broken BEFORE UPDATE OF facts ON media BEGIN SELECT RAISE(ABORT, 'broken'); END");
  await rows(chatId, 'UPDATE media SET due = 1');
  const failures = () => harness.server.getLogs().filter(({ message }) => message.includes('alarm: unattached media failed')).length;
  const before = failures();
  const message = await post(chat, text('goes all the same', 2));
  await until('its end', async () => (await rows(chatId, 'SELECT 1 FROM messages WHERE changed IS NOT NULL')).length === 1);
  expect((await history(chat))[0]).toMatchObject(tombstoneOf(message));
  expect(failures() - before).toBeLessThanOrEqual(3);
  await rows(chatId, 'DROP TRIGGER broken');
  await until('the upload to go too', async () => (await rows(chatId, 'SELECT 1 FROM media WHERE id = ?', media.id)).length === 0);
  expect(failures()).toBeGreaterThan(before);
});

describe('bytes', () => {
  test('[MEDIA-3] an upload that nobody sends is erased by the room’s alarm, and forgotten', async () => {
    const { ada, chatId } = await makeGroup(harness.url, null);
    const { DIRECTORY } = await harness.server.getWorker<Env>().getEnv();
    const kept = await uploadImage(ada, chatId);
    const left = await uploadImage(ada, chatId);
    expect(await bucket.keysOf(chatId)).toHaveLength(4);
    await rows(chatId, 'UPDATE media SET due = ? WHERE id = ?', Date.now() - 1, left.id);
    await evict(chatId);
    expect(await ada.call('GET', `/api/chats/${chatId}`)).toMatchObject({ status: 200 });
    await until('its bytes to be gone', async () => (await bucket.keysOf(chatId)).every((key) => key.includes(kept.id)));
    expect(await bucket.keysOf(chatId)).toHaveLength(2);
    const placeOf = (id: string) => DIRECTORY.prepare('SELECT id FROM media WHERE id = ?').bind(id).first('id');
    await until('the directory to forget it', async () => (await placeOf(left.id)) === null);
    expect(await placeOf(kept.id)).toBe(kept.id);
    expect(await ada.call('GET', `/api/media/${left.id}`)).toMatchObject({ status: 404 });
    expect(await ada.call('POST', `/api/chats/${chatId}/messages`, picture(left.id))).toMatchObject({ status: 404 });
  });

  test('[EXP-5] while the store refuses or drops every call, the erasing is tried again until the bytes are gone', async () => {
    const store = await FaultyS3.start();
    onTestFinished(() => store.close());
    const broken = await startHarness({ S3_ENDPOINT: store.url });
    onTestFinished(() => broken.close());
    const { ada, chatId } = await makeGroup(broken.url, null);
    const shelf = store.shelf(chatId);
    const [sent, left] = [await uploadImage(ada, chatId), await uploadImage(ada, chatId)];
    expect(store.objects.size).toBe(4);
    shelf.mood = 'refusing';
    await rowsIn(broken, chatId, 'UPDATE media SET due = ? WHERE id = ?', Date.now() + 500, left.id);
    expect(await ada.call('POST', `/api/chats/${chatId}/messages`, picture(sent.id, 1))).toMatchObject({ status: 201 });
    const jobs = () => rowsIn(broken, chatId, "SELECT key, tries FROM jobs WHERE kind = 'erase_media'");
    await until('both jobs to have failed', async () => (await jobs()).filter((job) => Number(job.tries) > 0).length === 2);
    shelf.mood = 'dropping';
    await until('dropped calls', () => shelf.failed.dropping > 3);
    expect(store.objects.size).toBe(4);
    expect((await jobs()).map((job) => job.key).sort()).toEqual([sent.id, left.id].sort());
    for (const medium of [sent, left]) expect(await ada.call('GET', `/api/media/${medium.id}`)).toMatchObject({ status: 404 });
    shelf.mood = 'well';
    await until('the bytes to be gone', () => store.objects.size === 0, 30_000);
    await until('the jobs to be done', async () => (await jobs()).length === 0);
  });
});
