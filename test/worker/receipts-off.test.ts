import * as v from 'valibot';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Message } from '../../src/protocol/models';
import { chatAnswer, chatsAnswer, messageAnswer, messagesAnswer, receiptsAnswer } from '../../src/protocol/rest';
import { makeDirectChat, makeGroup, text } from '../support/chats';
import { type Harness, startHarness } from '../support/harness';
import { type Person, signInAgain, signUp } from '../support/people';
import { until } from '../support/poll';
import { type RoomPosition, visitRoom } from '../support/room-socket';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

const unreadLimitMs = 30 * 24 * 60 * 60 * 1_000;

const join = (person: Person, chatId: string, position?: RoomPosition) => visitRoom(harness.url, person.accessToken, chatId, position);

async function rows(chatId: string, query: string, ...bindings: (string | number)[]): Promise<Record<string, unknown>[]> {
  return (await harness.worker.getDurableObjectStorage('Room', { name: chatId })).exec(query, ...bindings);
}

/** Turns the person's read receipts on or off, and waits until the room knows. */
async function setReceipts(person: Person, chatId: string, isOn: boolean): Promise<void> {
  const listed = async () => v.parse(chatsAnswer, (await person.call('GET', '/api/users/me/chats')).body).chats;
  await until('the chat in the list', async () => (await listed()).some(({ id }) => id === chatId));
  expect(await person.call('PATCH', '/api/users/me', { settings: { read_receipts: isOn } })).toMatchObject({ status: 200 });
  const query = 'SELECT read_receipts FROM members WHERE user_id = ?';
  await until('the room to know', async () => (await rows(chatId, query, person.id))[0]?.read_receipts === (isOn ? 1 : 0));
}

async function post(person: Person, chatId: string, event: object): Promise<Message> {
  const answer = await person.call('POST', `/api/chats/${chatId}/messages`, event);
  expect(answer).toMatchObject({ status: 201 });
  return v.parse(messageAnswer, answer.body).message;
}

async function frames(person: Person, chatId: string, ...events: object[]): Promise<void> {
  expect(await person.call('POST', `/api/chats/${chatId}/frames`, events)).toMatchObject({ status: 200, body: { answers: [] } });
}

const markRead = (person: Person, chatId: string, id: string) => frames(person, chatId, { type: 'mark_read', message_id: id });

async function messageFor(person: Person, chatId: string, id: string): Promise<Message | undefined> {
  const answer = await person.call('GET', `/api/users/me/chats/${chatId}/messages`);
  return v.parse(messagesAnswer, answer.body).messages.find((message) => message.id === id);
}

/** What `viewer` is told of `person` by a first frame. */
async function cursorFor(viewer: Person, chatId: string, person: Person) {
  const { cursors } = await (await join(viewer, chatId)).waitForType('welcome');
  return cursors.find(({ user_id }) => user_id === person.id);
}

/** Everything a sender can learn of a message from somebody's receipts. */
async function toldTo(sender: Person, chatId: string, message: Message, reader: Person) {
  const { receipts } = v.parse(receiptsAnswer, (await sender.call('GET', `/api/chats/${chatId}/messages/${message.id}/receipts`)).body);
  const counts = (await messageFor(sender, chatId, message.id))?.receipts;
  return {
    state: receipts.find(({ user_id }) => user_id === reader.id)?.state,
    counts: [counts?.delivered, counts?.read],
    readSeq: (await cursorFor(sender, chatId, reader))?.read_seq,
  };
}

test('[RCPT-3] who turned receipts off tells nobody of reading, but of delivery; their own devices and counts go on', async () => {
  const { ada, ben, chatId } = await makeDirectChat(harness.url);
  await setReceipts(ben, chatId, false);
  const sender = await join(ada, chatId);
  const [phone, tablet] = [await join(ben, chatId), await join(await signInAgain(harness.url, ben), chatId)];
  const message = await post(ada, chatId, text('can you see me?'));
  phone.send({ type: 'mark_read', message_id: message.id });
  // Read without having been delivered before: the delivery alone is told.
  const delivered = await sender.waitForType('message_delivered');
  expect(delivered.by).toEqual([{ user_id: ben.id, up_to_seq: message.seq, at: expect.any(Number) }]);
  await tablet.waitForType('message_read', ({ by }) => by[0]?.up_to_seq === message.seq);
  await phone.waitForType('message_read');
  expect(await toldTo(ada, chatId, message, ben)).toEqual({ state: 'delivered', counts: [1, 0], readSeq: 0 });
  expect(await cursorFor(ben, chatId, ben)).toMatchObject({ delivered_seq: message.seq, read_seq: message.seq });
  await until('the own count', async () => {
    const { chats } = v.parse(chatsAnswer, (await ben.call('GET', '/api/users/me/chats')).body);
    return chats[0]?.unread_count === 0 && chats[0].last_read_seq === message.seq;
  });
  await harness.worker.evictDurableObject('Room', { name: chatId, webSockets: 'hibernate' });
  expect(await toldTo(ada, chatId, message, ben)).toEqual({ state: 'delivered', counts: [1, 0], readSeq: 0 });
  // A shared event after it, so nothing can still be on its way.
  await post(ada, chatId, text('well?'));
  await sender.waitForType('new_message', (event) => event.message.content === 'well?');
  expect(sender.eventsOfType('message_read')).toEqual([]);
});

test('[RCPT-3] who turned receipts off is told of no reading either, others still are', async () => {
  const { ada, ben, chatId } = await makeGroup(harness.url, null);
  const cleo = await signUp(harness.url, 'cleo');
  await ada.call('POST', `/api/chats/${chatId}/members`, { user_ids: [cleo.id] });
  const message = await post(ada, chatId, text('who reads?'));
  await setReceipts(ada, chatId, false);
  const [blind, other] = [await join(ada, chatId), await join(cleo, chatId)];
  await markRead(ben, chatId, message.id);
  await other.waitForType('message_read', ({ by }) => by.some(({ user_id }) => user_id === ben.id));
  await blind.ping();
  expect(blind.eventsOfType('message_read')).toEqual([]);
  expect(await toldTo(ada, chatId, message, ben)).toEqual({ state: 'delivered', counts: [1, 0], readSeq: 0 });
  expect(await cursorFor(cleo, chatId, ben)).toMatchObject({ read_seq: message.seq });
  // Turned on again, what the others tell is there.
  await setReceipts(ada, chatId, true);
  expect(await toldTo(ada, chatId, message, ben)).toEqual({ state: 'read', counts: [1, 1], readSeq: message.seq });
});

test('[RCPT-3] what was told stays told, while off nothing new is, and on again the next reading tells all before it', async () => {
  const { ada, ben, chatId } = await makeGroup(harness.url, null);
  const sender = await join(ada, chatId);
  const first = await post(ada, chatId, text('one'));
  await markRead(ben, chatId, first.id);
  await sender.waitForType('message_read');
  await setReceipts(ben, chatId, false);
  const second = await post(ada, chatId, text('two'));
  await markRead(ben, chatId, second.id);
  expect(await toldTo(ada, chatId, first, ben)).toEqual({ state: 'read', counts: [1, 1], readSeq: first.seq });
  expect(await toldTo(ada, chatId, second, ben)).toEqual({ state: 'delivered', counts: [1, 0], readSeq: first.seq });

  await setReceipts(ben, chatId, true);
  expect(await toldTo(ada, chatId, second, ben)).toEqual({ state: 'delivered', counts: [1, 0], readSeq: first.seq });
  // Reading the same again tells nothing: it is not new.
  await markRead(ben, chatId, second.id);
  expect((await toldTo(ada, chatId, second, ben)).state).toBe('delivered');
  const third = await post(ada, chatId, text('three'));
  await harness.worker.evictDurableObject('Room', { name: chatId, webSockets: 'hibernate' });
  await markRead(ben, chatId, third.id);
  await sender.waitForType('message_read', ({ by }) => by.some((move) => move.up_to_seq === third.seq));
  for (const message of [first, second, third])
    expect(await toldTo(ada, chatId, message, ben)).toEqual({ state: 'read', counts: [1, 1], readSeq: third.seq });
  expect(sender.eventsOfType('message_read').map(({ by }) => by[0]?.up_to_seq)).toEqual([first.seq, third.seq]);
  expect(await rows(chatId, 'SELECT told_read FROM members')).toEqual([{ told_read: null }, { told_read: null }]);
});

test('[RCPT-3] [EXP-1] the clock of a reading that is not told starts, is shown to the reader alone, and its ending tells', async () => {
  const { ada, ben, chatId } = await makeDirectChat(harness.url);
  await setReceipts(ben, chatId, false);
  const [sender, reader] = [await join(ada, chatId), await join(ben, chatId)];
  const message = await post(ada, chatId, { ...text('read and gone'), expires_in_seconds: 3, expire_mode: 'after_read' });
  await markRead(ben, chatId, message.id);
  const mine = await messageFor(ben, chatId, message.id);
  expect(mine?.expires_at).toBeLessThan(Date.now() + 4_000);
  expect(await messageFor(ada, chatId, message.id)).toMatchObject({ deleted_at: null, expires_at: message.created_at + unreadLimitMs });
  const fresh = await (await join(ada, chatId)).waitForType('welcome');
  expect(fresh.messages.find(({ id }) => id === message.id)?.expires_at).toBe(message.created_at + unreadLimitMs);
  for (const socket of [sender, reader])
    expect(await socket.waitForType('message_expired')).toMatchObject({ message_id: message.id, deleted_at: mine?.expires_at });
  expect(await messageFor(ada, chatId, message.id)).toMatchObject({ content: null, deleted_reason: 'expired' });
});

test('[RCPT-3] [SEND-6] undoing a message does not tell whether it was read', async () => {
  const { ada, ben, chatId } = await makeGroup(harness.url, null);
  await setReceipts(ben, chatId, false);
  const undone = async (events: (message: Message) => object[]) => {
    const message = await post(ada, chatId, text('oops'));
    const received = events(message);
    if (received.length > 0) await frames(ben, chatId, ...received);
    await frames(ada, chatId, { type: 'delete_message', id: message.id });
    return (await messageFor(ben, chatId, message.id))?.undone;
  };
  expect(await undone(() => [])).toBe(true);
  expect(await undone(({ seq }) => [{ type: 'mark_delivered', up_to_seq: seq }])).toBe(false);
  expect(await undone(({ id }) => [{ type: 'mark_read', message_id: id }])).toBe(false);
});

test('[RCPT-3] a view is told whoever opens it: it is no read receipt', async () => {
  const { ada, ben, chatId } = await makeGroup(harness.url, null);
  await setReceipts(ben, chatId, false);
  const sender = await join(ada, chatId);
  const message = await post(ada, chatId, { ...text('once'), view_once: true });
  const opened = await ben.call('POST', `/api/chats/${chatId}/messages/${message.id}/open`);
  expect(opened).toMatchObject({ status: 200 });
  await sender.waitForType('message_viewed', ({ user_id }) => user_id === ben.id);
  expect((await messageFor(ada, chatId, message.id))?.receipts).toMatchObject({ read: 1, viewed: 1 });
  expect((await toldTo(ada, chatId, message, ben)).state).toBe('viewed');
});

test('[RCPT-3] a room that is joined with receipts off is told nothing from the start, not even of what is read at once', async () => {
  const [ada, ben, cleo] = await Promise.all([signUp(harness.url, 'ada'), signUp(harness.url, 'ben'), signUp(harness.url, 'cleo')]);
  for (const person of [ben, cleo]) await person.call('PATCH', '/api/users/me', { settings: { read_receipts: false } });
  const body = { is_group: true, name: 'Quiet', member_ids: [ben.id] };
  const { id: chatId } = v.parse(chatAnswer, (await ada.call('POST', '/api/chats', body)).body).chat;
  const before = await post(ada, chatId, text('before Cleo'));
  await ada.call('POST', `/api/chats/${chatId}/members`, { user_ids: [cleo.id] });
  const message = await post(ada, chatId, text('hello both'));
  for (const person of [ben, cleo]) await markRead(person, chatId, message.id);
  for (const person of [ben, cleo]) expect((await toldTo(ada, chatId, message, person)).state).toBe('delivered');
  expect((await cursorFor(ada, chatId, cleo))?.read_seq).toBeLessThan(message.seq);
  expect((await cursorFor(ada, chatId, ben))?.read_seq).toBeLessThan(before.seq);
});
