import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Message } from '../../src/protocol/models';
import { chatAnswer, chatsAnswer, messageAnswer, messagesAnswer } from '../../src/protocol/rest';
import { makeDirectChat, text } from '../support/chats';
import { type Harness, startHarness } from '../support/harness';
import { connectInbox } from '../support/inbox-socket';
import { picture, uploadImage } from '../support/media';
import { type Person, signInAgain, signUp } from '../support/people';
import { until } from '../support/poll';
import { type RoomPosition, visitRoom } from '../support/room-socket';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

const afterRead = (seconds: number) => ({ expires_in_seconds: seconds, expire_mode: 'after_read' }) as const;
const unreadLimitMs = 30 * 24 * 60 * 60 * 1_000;

const join = (person: Person, chatId: string, position?: RoomPosition) => visitRoom(harness.url, person.accessToken, chatId, position);

/** A group of Ada's with Ben and Cleo, in which messages live for an hour from their sending. */
async function makeGroupOfThree(): Promise<{ ada: Person; ben: Person; cleo: Person; chatId: string }> {
  const [ada, ben, cleo] = await Promise.all([signUp(harness.url, 'ada'), signUp(harness.url, 'ben'), signUp(harness.url, 'cleo')]);
  const expiry = { expires_in_seconds: 3_600, expire_mode: 'after_send' };
  const body = { is_group: true, name: 'Three', member_ids: [ben.id, cleo.id], expiry };
  return { ada, ben, cleo, chatId: v.parse(chatAnswer, (await ada.call('POST', '/api/chats', body)).body).chat.id };
}

async function post(person: Person, chatId: string, event: object): Promise<Message> {
  const answer = await person.call('POST', `/api/chats/${chatId}/messages`, event);
  expect(answer).toMatchObject({ status: 201 });
  return v.parse(messageAnswer, answer.body).message;
}

async function markRead(person: Person, chatId: string, messageId: string): Promise<void> {
  const frames = [{ type: 'mark_read', message_id: messageId }];
  expect(await person.call('POST', `/api/chats/${chatId}/frames`, frames)).toMatchObject({ status: 200, body: { answers: [] } });
}

async function messageFor(person: Person, chatId: string, id: string): Promise<Message | undefined> {
  const answer = await person.call('GET', `/api/users/me/chats/${chatId}/messages`);
  return v.parse(messagesAnswer, answer.body).messages.find((message) => message.id === id);
}

async function listedFor(person: Person, chatId: string) {
  const { chats } = v.parse(chatsAnswer, (await person.call('GET', '/api/users/me/chats')).body);
  return chats.find((chat) => chat.id === chatId);
}

async function rows(chatId: string, query: string, ...bindings: (string | number)[]): Promise<Record<string, unknown>[]> {
  return (await harness.worker.getDurableObjectStorage('Room', { name: chatId })).exec(query, ...bindings);
}

const evict = (chatId: string) => harness.worker.evictDurableObject('Room', { name: chatId, webSockets: 'hibernate' });

describe('[EXP-1] after_read', () => {
  test('in a direct chat a message lives until it is read, then for both as long as it says', async () => {
    const { ada, ben, chatId } = await makeDirectChat(harness.url);
    const [sender, reader] = [await join(ada, chatId), await join(ben, chatId)];
    const message = await post(ada, chatId, { ...text('read me'), ...afterRead(1) });
    expect(message).toMatchObject({ ...afterRead(1), expires_at: message.created_at + unreadLimitMs });
    // Who sent it reads nothing of it.
    await markRead(ada, chatId, message.id);
    expect(await messageFor(ben, chatId, message.id)).toMatchObject({ content: 'read me', expires_at: message.expires_at });
    reader.send({ type: 'mark_read', message_id: message.id });
    const read = await sender.waitForType('message_read', ({ by }) => by.some(({ user_id }) => user_id === ben.id));
    const deleted_at = (read.by.find(({ user_id }) => user_id === ben.id)?.at ?? 0) + 1_000;
    for (const person of [ada, ben]) expect(await messageFor(person, chatId, message.id)).toMatchObject({ expires_at: deleted_at });
    const event = { type: 'message_expired', rev: expect.any(Number), message_id: message.id, reason: 'expired', deleted_at };
    for (const socket of [sender, reader]) expect(await socket.waitForType('message_expired')).toEqual(event);
    for (const person of [ada, ben]) expect(await messageFor(person, chatId, message.id)).toMatchObject({ content: null, deleted_at });
    expect(await rows(chatId, 'SELECT body FROM messages WHERE id = ?', message.id)).toEqual([{ body: null }]);
  });

  test('in a group each reader’s copy ends by its own reading, for the sender and the rest with the last reader’s', async () => {
    const { ada, ben, cleo, chatId } = await makeGroupOfThree();
    const bensTablet = await signInAgain(harness.url, ben);
    const [sender, reader, tablet, slow] = [
      await join(ada, chatId),
      await join(ben, chatId),
      await join(bensTablet, chatId),
      await join(cleo, chatId),
    ];
    const message = await post(ada, chatId, { ...text('to each their own'), ...afterRead(1) });
    reader.send({ type: 'mark_read', message_id: message.id });
    const read = await sender.waitForType('message_read');
    const ownEnd = (read.by[0]?.at ?? 0) + 1_000;
    const ended = { type: 'message_expired', message_id: message.id, reason: 'expired', deleted_at: ownEnd };
    for (const socket of [reader, tablet]) expect(await socket.waitForType('message_expired')).toEqual(ended);
    expect(await messageFor(ben, chatId, message.id)).toMatchObject({ content: null, deleted_at: ownEnd, deleted_reason: 'expired' });
    for (const person of [ada, cleo])
      expect(await messageFor(person, chatId, message.id)).toMatchObject({ content: 'to each their own', deleted_at: null });
    await Promise.all([sender.ping(), slow.ping()]);
    for (const socket of [sender, slow]) expect(socket.eventsOfType('message_expired')).toEqual([]);

    slow.send({ type: 'mark_read', message_id: message.id });
    const last = await sender.waitForType('message_read', ({ by }) => by.some(({ user_id }) => user_id === cleo.id));
    const end = (last.by.find(({ user_id }) => user_id === cleo.id)?.at ?? 0) + 1_000;
    for (const socket of [sender, reader, tablet, slow])
      expect(await socket.waitForType('message_expired', ({ rev }) => rev !== undefined)).toMatchObject({ deleted_at: end });
    expect(await rows(chatId, 'SELECT body FROM messages WHERE id = ?', message.id)).toEqual([{ body: null }]);
    await until('the readings to be forgotten', async () => (await rows(chatId, 'SELECT * FROM read_marks')).length === 0);
  });

  test('[SYNC-2] a copy that ended on one device is a tombstone on the next, whether that one had heard of the reading or not', async () => {
    const { ada, ben, chatId } = await makeGroupOfThree();
    const message = await post(ada, chatId, { ...text('seen elsewhere'), ...afterRead(1) });
    const early = await join(ben, chatId);
    const { epoch, rev: before } = await early.waitForType('welcome');
    await early.close();
    await markRead(ben, chatId, message.id);
    const aware = await join(ben, chatId);
    const { rev: since, messages } = await aware.waitForType('welcome');
    expect(messages.at(-1)).toMatchObject({ id: message.id, content: 'seen elsewhere', deleted_at: null });
    await aware.close();
    await until('the copy to end', async () => (await messageFor(ben, chatId, message.id))?.deleted_at !== null);
    for (const isCleaned of [false, true]) {
      if (isCleaned)
        await until('the cleaning', async () => (await rows(chatId, 'SELECT 1 FROM read_marks WHERE next_due IS NULL')).length === 1);
      for (const rev of [before, since]) {
        const back = await join(ben, chatId, { epoch, rev });
        const welcome = await back.waitForType('welcome');
        expect(welcome).toMatchObject({ reset: false, messages: [{ id: message.id, content: null, deleted_reason: 'expired' }] });
        await back.close();
      }
    }
    const other = await join(ada, chatId, { epoch, rev: since });
    expect((await other.waitForType('welcome')).messages).toEqual([]);
  });

  test('[SYNC-4] a reading is a commit of its own: a room that slept after it gives its rev to nothing else', async () => {
    const { ada, ben, cleo, chatId } = await makeGroupOfThree();
    const message = await post(ada, chatId, { ...text('read by one'), ...afterRead(3_600) });
    await markRead(ben, chatId, message.id);
    const there = await join(cleo, chatId);
    const { epoch, rev } = await there.waitForType('welcome');
    await there.close();
    await evict(chatId);
    const next = await post(ada, chatId, text('said meanwhile'));
    const back = await join(cleo, chatId, { epoch, rev });
    expect(await back.waitForType('welcome')).toMatchObject({ reset: false, messages: [{ id: next.id, content: 'said meanwhile' }] });
  });

  test('[GROUP-2] who leaves without having read it is not waited for', async () => {
    const { ada, ben, cleo, chatId } = await makeGroupOfThree();
    const socket = await join(ada, chatId);
    const message = await post(ada, chatId, { ...text('not for Cleo'), ...afterRead(1) });
    await markRead(ben, chatId, message.id);
    const read = await socket.waitForType('message_read');
    expect(await cleo.call('DELETE', `/api/chats/${chatId}/members/me`)).toMatchObject({ status: 204 });
    const ended = await socket.waitForType('message_expired');
    expect(ended).toMatchObject({ message_id: message.id, deleted_at: (read.by[0]?.at ?? 0) + 1_000, rev: expect.any(Number) });
  });

  test('[EXP-2] where room and message differ both clocks run: the copy ends at the earlier', async () => {
    const [direct, group] = [await makeDirectChat(harness.url), await makeGroupOfThree()];
    const unread = await post(direct.ada, direct.chatId, { ...text('either way'), expires_in_seconds: 1 });
    expect(unread).toMatchObject({ expire_mode: 'after_send', expires_in_seconds: 1, expires_at: unread.created_at + 1_000 });
    const read = await post(group.ada, group.chatId, { ...text('either way'), ...afterRead(1) });
    expect(read).toMatchObject({ ...afterRead(1), expires_at: read.created_at + 3_600_000 });
    await markRead(group.ben, group.chatId, read.id);
    await until('Ben’s copy to end', async () => (await messageFor(group.ben, group.chatId, read.id))?.content === null);
    expect(await messageFor(group.cleo, group.chatId, read.id)).toMatchObject({ content: 'either way', expires_at: read.expires_at });
    await until('it to end unread', async () => (await messageFor(direct.ben, direct.chatId, unread.id))?.content === null);
  });
});

test('[EXP-3] a copy that is over is in no answer to its reader, although the cleaning has not run', async () => {
  const { ada, ben, cleo, chatId } = await makeGroupOfThree();
  const first = await join(ben, chatId);
  const position = await first.waitForType('welcome');
  const media = await uploadImage(ada, chatId);
  const secret = 'the swan is under the bridge';
  const sent = [
    await post(ada, chatId, { ...picture(media.id), ...afterRead(3_600), content: secret }),
    await post(ada, chatId, { ...text(secret), ...afterRead(3_600) }),
  ];
  const [shown, line] = sent.map(({ id }) => id);
  await markRead(ben, chatId, line ?? '');
  const inbox = connectInbox(harness.url, ben.accessToken);
  onTestFinished(async () => void (await inbox.close()));
  await until('the list to show it', async () => (await listedFor(ben, chatId))?.last_message?.preview === secret);

  // The reading was two hours ago, and the alarm has not noticed.
  const readAt = Date.now() - 7_200_000;
  await rows(chatId, 'UPDATE read_marks SET at = ?', readAt);

  const gone = [shown, line].map((id) => expect.objectContaining({ id, content: null, media: null, deleted_at: readAt + 3_600_000 }));
  for (const at of [undefined, position]) {
    const socket = await join(ben, chatId, at);
    expect((await socket.waitForType('welcome')).messages.slice(-2)).toEqual(gone);
  }
  expect([await messageFor(ben, chatId, shown ?? ''), await messageFor(ben, chatId, line ?? '')]).toEqual(gone);
  inbox.send({ type: 'want_previews', chat_room_ids: [chatId] });
  expect(JSON.stringify(await inbox.waitForType('previews'))).not.toContain(secret);
  expect(JSON.stringify(await listedFor(ben, chatId))).not.toContain(secret);
  expect(await ben.call('GET', `/api/media/${media.id}`)).toMatchObject({ status: 404 });
  expect(await ben.call('POST', `/api/chats/${chatId}/messages`, { ...text('what swan?'), reply_to: line })).toMatchObject({ status: 422 });
  first.send({ type: 'react', id: line ?? '', emoji: '🦢' });
  expect(await first.waitForType('error')).toMatchObject({ code: 'message_gone', ref: line });

  for (const person of [ada, cleo]) {
    expect(await messageFor(person, chatId, line ?? '')).toMatchObject({ content: secret, deleted_at: null });
    expect(await person.call('GET', `/api/media/${media.id}`)).toMatchObject({ status: 200 });
  }
  expect(await rows(chatId, 'SELECT count(*) AS uncleaned FROM read_marks WHERE next_due > ?', Date.now())).toEqual([{ uncleaned: 1 }]);
});

describe('receipts', () => {
  test('[RCPT-1] cursors only move forward, and never past the last message', async () => {
    const { ada, ben, cleo, chatId } = await makeGroupOfThree();
    const socket = await join(ben, chatId);
    const [first, second] = [await post(ada, chatId, text('one')), await post(ada, chatId, text('two'))];
    const cursorOf = async (person: Person) => {
      const { cursors } = await (await join(cleo, chatId)).waitForType('welcome');
      return cursors.find(({ user_id }) => user_id === person.id);
    };
    socket.send({ type: 'mark_delivered', up_to_seq: first.seq });
    const delivered = await socket.waitForType('message_delivered');
    expect(delivered.by).toEqual([{ user_id: ben.id, up_to_seq: first.seq, at: expect.any(Number) }]);
    expect(await cursorOf(ben)).toMatchObject({ delivered_seq: first.seq, read_seq: 0 });
    socket.send({ type: 'mark_read', message_id: second.id });
    await socket.waitForType('message_read', ({ by }) => by[0]?.up_to_seq === second.seq);
    socket.send([
      { type: 'mark_read', message_id: first.id },
      { type: 'mark_delivered', up_to_seq: 1 },
      { type: 'mark_delivered', up_to_seq: 4_000_000_000 },
      { type: 'mark_read', message_id: second.id },
    ]);
    for (const wrong of [{ up_to_seq: -1 }, { up_to_seq: 1.5 }, { up_to_seq: '2' }, {}])
      socket.sendRaw(JSON.stringify({ type: 'mark_delivered', ...wrong }));
    socket.send({ type: 'mark_read', message_id: crypto.randomUUID() });
    await socket.waitForType('error', ({ code }) => code === 'not_found');
    expect(socket.eventsOfType('error').map(({ code }) => code)).toEqual(['invalid', 'invalid', 'invalid', 'invalid', 'not_found']);
    expect(await cursorOf(ben)).toMatchObject({ delivered_seq: second.seq, read_seq: second.seq });
    await evict(chatId);
    expect(await cursorOf(ben)).toMatchObject({ delivered_seq: second.seq, read_seq: second.seq });
    expect((await messageFor(ada, chatId, first.id))?.receipts).toEqual({ of: 2, delivered: 1, read: 1, viewed: 0, unopened: 0 });
    expect(socket.eventsOfType('message_read')).toHaveLength(1);
  });

  test('[RCPT-2] thirty members who read fifty messages each make at most four receipt events a second', async () => {
    const people = await Promise.all(Array.from({ length: 30 }, (_, i) => signUp(harness.url, `p${i}`)));
    const [owner, ...others] = people;
    if (owner === undefined) throw new Error('A group needs somebody');
    const body = { is_group: true, name: 'Readers', member_ids: others.map(({ id }) => id) };
    const { id: chatId } = v.parse(chatAnswer, (await owner.call('POST', '/api/chats', body)).body).chat;
    const sender = await join(owner, chatId);
    const messages = Array.from({ length: 50 }, (_, i) => text(`line ${i}`));
    sender.send(messages);
    await sender.waitForType('message_accepted', ({ id }) => id === messages.at(-1)?.id);
    const readers = await Promise.all(others.map((person) => join(person, chatId)));

    const beganAt = performance.now();
    for (const { id } of messages) {
      for (const reader of readers) reader.send({ type: 'mark_read', message_id: id });
      // Spread out: a burst that is one commit would be one event in any case.
      await Promise.all(readers.map((reader) => reader.ping()));
    }
    const last = sender.eventsOfType('message_accepted').at(-1)?.seq ?? 0;
    const reachedBy = new Map<string, number>();
    const isDone = () => {
      for (const { by } of sender.eventsOfType('message_read')) for (const { user_id, up_to_seq } of by) reachedBy.set(user_id, up_to_seq);
      return others.every(({ id }) => reachedBy.get(id) === last);
    };
    await until('everybody’s reading to be told', isDone, 30_000);
    const seconds = (performance.now() - beganAt) / 1_000;
    const events = sender.events.filter(({ type }) => type === 'message_read' || type === 'message_delivered');
    console.log(`[RCPT-2] ${events.length} events in ${seconds.toFixed(1)} s for ${others.length * messages.length} readings`);
    expect(events.length).toBeLessThanOrEqual(4 * Math.ceil(seconds));
    const told = new Map<string, number>();
    for (const { by } of sender.eventsOfType('message_read')) {
      for (const { user_id, up_to_seq } of by) {
        expect(up_to_seq).toBeGreaterThan(told.get(user_id) ?? 0);
        told.set(user_id, up_to_seq);
      }
    }
    const { cursors } = await (await join(owner, chatId)).waitForType('welcome');
    expect(
      cursors
        .filter(({ read_seq }) => read_seq === last)
        .map(({ user_id }) => user_id)
        .sort(),
    ).toEqual(others.map(({ id }) => id).sort());
  });

  test('[RCPT-4] the chat list counts what is above the own cursor, on every device, after each reading and deletion', async () => {
    const { ada, ben, chatId } = await makeGroupOfThree();
    const tablet = connectInbox(harness.url, (await signInAgain(harness.url, ben)).accessToken);
    onTestFinished(async () => void (await tablet.close()));
    const sent = [await post(ada, chatId, text('one')), await post(ada, chatId, text('two')), await post(ada, chatId, text('three'))];
    await post(ben, chatId, text('mine'));
    const counts = async (unread_count: number, last_read_seq: number) => {
      const isSo = (chat: { unread_count: number; last_read_seq: number } | undefined) =>
        chat?.unread_count === unread_count && chat.last_read_seq === last_read_seq;
      await until(`${unread_count} unread`, async () => isSo(await listedFor(ben, chatId)));
      await tablet.waitFor((event) => (event.type === 'chat_updated' ? isSo(event.chat) : event.type === 'inbox' && isSo(event.chats[0])));
    };
    await counts(3, 0);
    await markRead(ben, chatId, sent[1]?.id ?? '');
    await counts(1, sent[1]?.seq ?? 0);
    await ada.call('POST', `/api/chats/${chatId}/frames`, [{ type: 'delete_message', id: sent[2]?.id }]);
    await counts(0, sent[1]?.seq ?? 0);
  });
});
