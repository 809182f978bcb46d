import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Env } from '../../src/config';
import { maxTries } from '../../src/outbox';
import { chatsAnswer } from '../../src/protocol/rest';
import { makeGroup, text } from '../support/chats';
import { FaultyS3 } from '../support/faulty-s3';
import { type Harness, startHarness } from '../support/harness';
import { picture, uploadImage } from '../support/media';
import { type Person, signUp } from '../support/people';
import { until } from '../support/poll';
import { connectRoom } from '../support/room-socket';

let store: FaultyS3;
let harness: Harness;
beforeAll(async () => {
  store = await FaultyS3.start();
  harness = await startHarness({ S3_ENDPOINT: store.url });
});
afterAll(async () => {
  await harness.close();
  await store.close();
});

async function rows(chatId: string, query: string, ...bindings: (string | number)[]): Promise<Record<string, unknown>[]> {
  return (await harness.worker.getDurableObjectStorage('Room', { name: chatId })).exec(query, ...bindings);
}

async function stats(chatId: string) {
  const { ROOM } = await harness.server.getWorker<Env>().getEnv();
  return ROOM.get(ROOM.idFromName(chatId)).stats();
}

async function deleteMessage(ada: Person, chatId: string, id: string): Promise<void> {
  expect(await ada.call('POST', `/api/chats/${chatId}/frames`, [{ type: 'delete_message', id }])).toMatchObject({ body: { answers: [] } });
}

/** A picture of Ada's in the chat. */
async function sendPicture(ada: Person, chatId: string) {
  const media = await uploadImage(ada, chatId);
  const event = picture(media.id);
  expect(await ada.call('POST', `/api/chats/${chatId}/messages`, event)).toMatchObject({ status: 201 });
  return { media, messageId: event.id };
}

const holds = (mediaId: string) => [...store.objects.keys()].some((key) => key.includes(mediaId));

test.concurrent('[EXP-5] a parked erasure is counted, never lost, and done once the store is back', async () => {
  const { ada, chatId } = await makeGroup(harness.url, null);
  const [parked, later] = [await sendPicture(ada, chatId), await sendPicture(ada, chatId)];
  const socket = connectRoom(harness.url, ada.accessToken, chatId);
  await socket.waitForType('welcome');
  const shelf = store.shelf(chatId);
  shelf.mood = 'refusing';
  await deleteMessage(ada, chatId, parked.messageId);
  const job = async () => (await rows(chatId, 'SELECT tries, due FROM jobs WHERE key = ?', parked.media.id))[0];
  await until('a failure', async () => Number((await job())?.tries) > 0);
  expect(await stats(chatId)).toMatchObject({ outbox: [{ kind: 'erase_media', waiting: 1, parked: 0 }] });

  // Twenty minutes of failures later; the alarm is a second or two away.
  await until('the job to be parked', async () => {
    const { tries, due } = (await job()) ?? {};
    if (Number(due) > Date.now() + 25 * 60_000) return true;
    // A try that was under way has counted on from what was before.
    if (tries !== maxTries - 1) await rows(chatId, 'UPDATE jobs SET tries = ?', maxTries - 1);
    return false;
  });
  expect((await job())?.tries).toBe(maxTries);
  expect(await stats(chatId)).toMatchObject({ outbox: [{ kind: 'erase_media', waiting: 1, parked: 1 }] });
  const logs = harness.server.getLogs().filter(({ message }) => message.includes('parked'));
  expect(logs).toHaveLength(1);
  expect(logs[0]?.message).not.toContain(parked.media.id);
  expect([holds(parked.media.id), (await ada.call('GET', `/api/media/${parked.media.id}`)).status]).toEqual([true, 404]);

  // The next erasure that succeeds says that the outage is over.
  shelf.mood = 'well';
  await deleteMessage(ada, chatId, later.messageId);
  await until('both to be erased', () => !holds(parked.media.id) && !holds(later.media.id));
  await socket.waitForType('message_erased', ({ message_id }) => message_id === parked.messageId);
  await until('the jobs to be done', async () => (await rows(chatId, 'SELECT 1 FROM jobs')).length === 0);
  expect(await stats(chatId)).toMatchObject({ sockets: 1, members: 2, overdueMessages: 0, expiryLateMs: 0, outbox: [] });
  await socket.close();
});

describe.concurrent('an outage of the store delays erasure there and nothing else', () => {
  test.each(['refusing', 'dropping', 'hanging'] as const)('while it is %s', async (mood) => {
    const { ada, ben, chatId } = await makeGroup(harness.url, null);
    const cleo = await signUp(harness.url, 'cleo');
    const sent = await Promise.all(Array.from({ length: 6 }, () => sendPicture(ada, chatId)));
    const shelf = store.shelf(chatId);
    shelf.mood = mood;
    for (const { messageId } of sent) await deleteMessage(ada, chatId, messageId);
    await until('the store to fail', () => shelf.failed[mood] > 0);

    // Messages, inboxes, the directory and expiry go on.
    const { DIRECTORY } = await harness.server.getWorker<Env>().getEnv();
    expect(await ada.call('POST', `/api/chats/${chatId}/members`, { user_ids: [cleo.id] })).toMatchObject({ status: 204 });
    const line = text('still here', 1);
    expect(await ada.call('POST', `/api/chats/${chatId}/messages`, line)).toMatchObject({ status: 201 });
    const inDirectory = () => DIRECTORY.prepare('SELECT 1 FROM chat_members WHERE user_id = ?').bind(cleo.id).first();
    await until('the directory to know the new member', async () => (await inDirectory()) !== null, 8_000);
    const listed = async (person: Person) => v.parse(chatsAnswer, (await person.call('GET', '/api/users/me/chats')).body).chats;
    for (const person of [ben, cleo])
      await until('the list to know', async () => (await listed(person)).some((chat) => chat.member_count === 3), 8_000);
    await until(
      'the message to end',
      async () => (await rows(chatId, 'SELECT 1 FROM messages WHERE id = ? AND deleted_at IS NOT NULL', line.id)).length === 1,
      8_000,
    );
    expect(sent.filter(({ media }) => holds(media.id))).toHaveLength(6);

    shelf.mood = 'well';
    await until('the bytes to be gone', () => !sent.some(({ media }) => holds(media.id)), 45_000);
  });
});

test.concurrent('[INBOX-3] what a crash kept from the inboxes they are told as soon as the room wakes', async () => {
  const { ada, ben, chatId } = await makeGroup(harness.url, null);
  const inbox = await harness.worker.getDurableObjectStorage('Inbox', { name: ben.id });
  const known = async () => (await inbox.exec('SELECT 1 FROM chats WHERE chat_id = ?', chatId)).length === 1;
  const isFanned = async () => (await rows(chatId, 'SELECT 1 FROM cursors WHERE fanned_rev > 0')).length === 1;
  await until('the fan-out', async () => (await known()) && (await isFanned()));
  await inbox.exec('DELETE FROM chats');
  await rows(chatId, 'UPDATE cursors SET fanned_rev = 0');
  await harness.worker.evictDurableObject('Room', { name: chatId, webSockets: 'hibernate' });
  expect(await ada.call('GET', `/api/chats/${chatId}`)).toMatchObject({ status: 200 });
  await until('the inbox to know again', known, 8_000);
});
