import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Env } from '../../src/config';
import { maxInboxResumeChats } from '../../src/protocol/limits';
import { type ChatSummary, chatSummary } from '../../src/protocol/models';
import { chatsAnswer, messageAnswer, messagesAnswer } from '../../src/protocol/rest';
import { makeDirectChat, makeGroup, text } from '../support/chats';
import { type Harness, startHarness } from '../support/harness';
import { connectInbox, type InboxSocket } from '../support/inbox-socket';
import { picture, uploadImage } from '../support/media';
import { news } from '../support/news';
import { type Person, signInAgain, signUp } from '../support/people';
import { until } from '../support/poll';
import { connectRoom, type RoomPosition, type RoomSocket } from '../support/room-socket';

let harness: Harness;
let env: Env;
beforeAll(async () => {
  harness = await startHarness();
  env = await harness.server.getWorker<Env>().getEnv();
});
afterAll(() => harness.close());

async function open(person: Person, position?: RoomPosition): Promise<InboxSocket> {
  const socket = connectInbox(harness.url, person.accessToken, position);
  await socket.waitForType('inbox');
  onTestFinished(async () => void (await socket.close()));
  return socket;
}

async function join(person: Person, chatId: string, position?: RoomPosition): Promise<RoomSocket> {
  const socket = connectRoom(harness.url, person.accessToken, chatId, position);
  await socket.waitForType('welcome');
  onTestFinished(async () => void (await socket.close()));
  return socket;
}

async function say(person: Person, chatId: string, content: string) {
  const { type: _, ...body } = text(content);
  return v.parse(messageAnswer, (await person.call('POST', `/api/chats/${chatId}/messages`, body)).body).message;
}

async function listOf(person: Person): Promise<ChatSummary[]> {
  return v.parse(chatsAnswer, (await person.call('GET', '/api/users/me/chats')).body).chats;
}

async function change(person: Person, chatId: string, body: unknown): Promise<ChatSummary> {
  const answer = await person.call('PATCH', `/api/users/me/chats/${chatId}`, body);
  expect(answer.status).toBe(200);
  return v.parse(chatSummary, answer.body);
}

async function read(person: Person, chatId: string, message_id: string): Promise<void> {
  expect((await person.call('POST', `/api/chats/${chatId}/frames`, [{ type: 'mark_read', message_id }])).status).toBe(200);
}

const inboxOf = (person: Person) => env.INBOX.get(env.INBOX.idFromName(person.id));
const evict = (person: Person) => harness.worker.evictDurableObject('Inbox', { name: person.id });

/** The socket's last word on what is unread. */
function totalsOf(socket: InboxSocket) {
  const last = socket.events.findLast((event) => 'unread_total' in event);
  return last !== undefined && 'unread_total' in last ? [last.unread_total, last.unread_chats] : null;
}

describe('[INBOX-1] a socket that comes back', () => {
  test('is told what changed and what went, and nothing else', async () => {
    const ada = await signUp(harness.url);
    const [same, changed, left] = [news(), news(), news()];
    for (const chat of [same, changed, left]) await inboxOf(ada).noteChat(1, chat);
    const { epoch, rev, chats, reset } = await (await open(ada)).waitForType('inbox');
    expect([reset, chats.map(({ id }) => id).sort()]).toEqual([true, [same.id, changed.id, left.id].sort()]);
    const added = news();
    await inboxOf(ada).noteChat(2, { ...changed, last_seq: 2 });
    await inboxOf(ada).noteChat(1, added);
    await inboxOf(ada).removeChat(2, left.id);
    const back = await (await open(ada, { epoch, rev })).waitForType('inbox');
    expect(back).toMatchObject({ reset: false, epoch, rev: rev + 3, removed: [left.id], next_cursor: null });
    expect(back.chats.map(({ id, last_seq }) => [id, last_seq]).sort()).toEqual(
      [
        [changed.id, 2],
        [added.id, 1],
      ].sort(),
    );
    const again = await (await open(ada, { epoch, rev: back.rev })).waitForType('inbox');
    expect(again).toMatchObject({ reset: false, chats: [], removed: [], rev: back.rev });
  });

  test('starts over where the epoch is another, the rev is beyond ours, or too much has changed', async () => {
    const ada = await signUp(harness.url);
    await inboxOf(ada).noteChat(1, news());
    const { epoch, rev } = await (await open(ada)).waitForType('inbox');
    for (const position of [
      { epoch: randomUUID(), rev },
      { epoch, rev: rev + 1 },
    ])
      expect(await (await open(ada, position)).waitForType('inbox')).toMatchObject({ reset: true, epoch, rev, removed: [] });
    for (let i = 0; i < maxInboxResumeChats; i++) await inboxOf(ada).noteChat(1, news());
    expect(await (await open(ada, { epoch, rev })).waitForType('inbox')).toMatchObject({ reset: false });
    await inboxOf(ada).noteChat(1, news());
    const over = await (await open(ada, { epoch, rev })).waitForType('inbox');
    expect([over.reset, over.chats.length, over.next_cursor]).toEqual([true, 50, expect.any(String)]);
  });
});

describe('[INBOX-1] the order of the list', () => {
  test('pinned ones come first, then the newest activity, and pages show each chat once', async () => {
    const ada = await signUp(harness.url);
    const chats = Array.from({ length: 130 }, (_, i) => news({ updated_at: 1_000 + Math.floor(i / 3) }));
    for (const chat of chats) await inboxOf(ada).noteChat(1, chat);
    const pinned = [chats[4], chats[77]].flatMap((chat) => (chat === undefined ? [] : [chat.id]));
    for (const id of pinned) await change(ada, id, { pinned: true });
    const { chats: first, next_cursor } = await (await open(ada)).waitForType('inbox');
    const shown = [...first];
    for (let cursor = next_cursor; cursor !== null; ) {
      const page = v.parse(chatsAnswer, (await ada.call('GET', `/api/users/me/chats?limit=30&cursor=${cursor}`)).body);
      shown.push(...page.chats);
      cursor = page.next_cursor;
    }
    expect(shown.slice(0, 2).map((chat) => [chat.id, chat.pinned])).toEqual([
      [pinned[1], true],
      [pinned[0], true],
    ]);
    const rest = shown.slice(2).map((chat) => chat.updated_at);
    expect(rest).toEqual([...rest].sort((a, b) => b - a));
    expect(shown.map(({ id }) => id).sort()).toEqual(chats.map(({ id }) => id).sort());
  });
});

describe('[INBOX-1] what is unread', () => {
  test('[RCPT-4] is counted over the list, on every device, without muted and archived chats, and after an eviction', async () => {
    const { ada, ben, chatId } = await makeDirectChat(harness.url);
    const group = await makeGroup(harness.url, null);
    const benToo = await signInAgain(harness.url, ben);
    expect((await group.ada.call('POST', `/api/chats/${group.chatId}/members`, { user_ids: [ben.id] })).status).toBe(204);
    const [here, there] = [await open(ben), await open(benToo)];
    const bothSay = async (...totals: number[]) => {
      const isSo = (socket: InboxSocket) => JSON.stringify(totalsOf(socket)) === JSON.stringify(totals);
      await until(`both to count ${totals}`, () => isSo(here) && isSo(there)).catch((error: unknown) => {
        throw new Error(`${error instanceof Error ? error.message : ''}: ${totalsOf(here)} and ${totalsOf(there)}`);
      });
      const fresh = await open(ben);
      expect(totalsOf(fresh)).toEqual(totals);
      await fresh.close();
    };
    await say(ada, chatId, 'one');
    const two = await say(ada, chatId, 'two');
    const gone = await say(group.ada, group.chatId, 'three');
    await bothSay(3, 2);
    await change(ben, chatId, { muted_until: Date.now() + 3_600_000 });
    await bothSay(1, 1);
    await evict(ben);
    await bothSay(1, 1);
    await change(benToo, group.chatId, { archived: true });
    await bothSay(0, 0);
    await change(ben, chatId, { muted_until: null });
    await bothSay(2, 1);
    await say(group.ada, group.chatId, 'back from the archive');
    await bothSay(4, 2);
    await read(benToo, chatId, two.id);
    await bothSay(2, 1);
    await group.ada.call('POST', `/api/chats/${group.chatId}/frames`, [{ type: 'delete_message', id: gone.id }]);
    await bothSay(1, 1);
    expect((await ben.call('DELETE', `/api/chats/${group.chatId}/members/me`)).status).toBe(204);
    await bothSay(0, 0);
  });

  test('a mute ends by itself, and devices hear of it', async () => {
    const { ada, ben, chatId } = await makeDirectChat(harness.url);
    const socket = await open(ben);
    await say(ada, chatId, 'psst');
    await until('the message to count', () => totalsOf(socket)?.[0] === 1);
    const until2s = Date.now() + 2_000;
    expect((await change(ben, chatId, { muted_until: until2s })).muted_until).toBe(until2s);
    expect(totalsOf(socket)).toEqual([0, 0]);
    const heard = await socket.waitForType('chat_updated', (event) => event.rev > 0 && event.unread_total === 1 && Date.now() >= until2s);
    expect(heard.chat).toMatchObject({ id: chatId, muted_until: null });
    expect(totalsOf(socket)).toEqual([1, 1]);
  });
});

describe('what the user makes of a chat', () => {
  test('[INBOX-1] other devices hear of it once; again changes nothing', async () => {
    const { ada, ben, chatId } = await makeDirectChat(harness.url);
    await until('the list', async () => (await listOf(ben)).length === 1);
    const socket = await open(await signInAgain(harness.url, ben));
    const changes = { pinned: true, archived: true, muted_until: 253_402_300_799_000 };
    expect(await change(ben, chatId, changes)).toMatchObject({ id: chatId, ...changes });
    const { rev } = await socket.waitForType('chat_updated', ({ chat }) => chat.pinned && chat.archived);
    await change(ben, chatId, changes);
    await change(ben, chatId, {});
    await say(ada, chatId, 'hello');
    const next = await socket.waitForType('chat_updated', ({ chat }) => !chat.archived);
    expect(next).toMatchObject({
      rev: rev + 1,
      chat: { pinned: true, muted_until: changes.muted_until, unread_count: 1 },
      unread_total: 0,
    });
    expect((await listOf(ada))[0]).toMatchObject({ pinned: false, archived: false, muted_until: null });
  });

  test('bad changes, and chats of others, are refused', async () => {
    const { ada, ben, chatId } = await makeDirectChat(harness.url);
    const eve = await signUp(harness.url, 'eve');
    await until('the list', async () => (await listOf(ben)).length === 1);
    for (const body of [{ pinned: 1 }, { archived: 'yes' }, { muted_until: -1 }, { muted_until: 1.5 }, { muted_until: 1e15 }, 'pin', null])
      expect((await ben.call('PATCH', `/api/users/me/chats/${chatId}`, body)).status).toBe(422);
    for (const method of ['PATCH', 'DELETE']) {
      const body = method === 'PATCH' ? { pinned: true } : undefined;
      expect((await eve.call(method, `/api/users/me/chats/${chatId}`, body)).status).toBe(404);
      expect((await ben.call(method, `/api/users/me/chats/${randomUUID()}`, body)).status).toBe(404);
      expect((await ben.call(method, '/api/users/me/chats/nonsense', body)).status).toBe(404);
      expect((await ben.call(method, `/api/users/${ada.id}/chats/${chatId}`, body)).status).toBe(403);
    }
    expect((await listOf(ben))[0]).toMatchObject({ pinned: false, archived: false, muted_until: null });
  });
});

describe('a chat that its user clears', () => {
  test('is gone from history, welcome, counts, list, media and previews on all devices, for nobody else, and after evictions', async () => {
    const { ada, ben, chatId } = await makeDirectChat(harness.url);
    const benToo = await signInAgain(harness.url, ben);
    const media = await uploadImage(ada, chatId);
    const sent = v.parse(messageAnswer, (await ada.call('POST', `/api/chats/${chatId}/messages`, picture(media.id, 600))).body).message;
    const last = await say(ada, chatId, 'to be cleared');
    const [inbox, room, adaRoom] = [await open(benToo), await join(benToo, chatId), await join(ada, chatId)];
    await until('the count', () => totalsOf(inbox)?.[0] === 2);
    const { epoch, rev } = await room.waitForType('welcome');

    expect((await ben.call('DELETE', `/api/users/me/chats/${chatId}`)).status).toBe(204);
    expect(await room.waitForType('chat_cleared')).toMatchObject({ up_to_seq: last.seq });
    expect(await inbox.waitForType('chat_removed')).toMatchObject({ chat_room_id: chatId, unread_total: 0, unread_chats: 0 });
    for (const evicted of [false, true]) {
      if (evicted) await Promise.all([evict(ben), harness.worker.evictDurableObject('Room', { name: chatId })]);
      expect(await listOf(ben)).toEqual([]);
      const welcome = await (await join(ben, chatId)).waitForType('welcome');
      expect([welcome.messages, welcome.reset]).toEqual([[], true]);
      expect(await (await join(ben, chatId, { epoch, rev })).waitForType('welcome')).toMatchObject({ messages: [], reset: true });
      const path = `/api/users/me/chats/${chatId}/messages`;
      expect(v.parse(messagesAnswer, (await ben.call('GET', path)).body)).toEqual({ messages: [], next_before: null, next_after: null });
      for (const query of [`before=${last.id}`, `around=${last.id}`, `after=${sent.id}`])
        expect((await ben.call('GET', `${path}?${query}`)).status).toBe(404);
      expect((await ben.call('GET', `/api/media/${media.id}`)).status).toBe(404);
      const events = [{ type: 'mark_read', message_id: last.id } as const, { type: 'react', id: last.id, emoji: '👍' } as const];
      const answers = JSON.stringify((await ben.call('POST', `/api/chats/${chatId}/frames`, events)).body);
      expect(answers.match(/not_found/g)).toHaveLength(2);
      expect(v.parse(messagesAnswer, (await ada.call('GET', path)).body).messages).toHaveLength(3);
      expect((await ada.call('GET', `/api/media/${media.id}`)).status).toBe(200);
    }

    // Nothing of what was cleared is heard of again, whatever becomes of it.
    adaRoom.send({ type: 'edit_message', id: last.id, content: 'new words' });
    adaRoom.send({ type: 'react', id: last.id, emoji: '👍' });
    await adaRoom.waitForType('reactions_changed');
    const next = await say(ada, chatId, 'a new beginning');
    const back = await inbox.waitForType('chat_updated', ({ chat }) => chat.last_seq === next.seq);
    expect(back).toMatchObject({ unread_total: 1, chat: { unread_count: 1, last_message: { preview: 'a new beginning' } } });
    await room.waitForType('new_message', ({ message }) => message.id === next.id);
    expect(JSON.stringify(room.events)).not.toContain('new words');
    expect(room.eventsOfType('reactions_changed')).toEqual([]);
    expect(v.parse(messagesAnswer, (await ben.call('GET', `/api/users/me/chats/${chatId}/messages`)).body).messages).toMatchObject([
      { id: next.id },
    ]);
    expect((await listOf(ben)).map(({ id }) => id)).toEqual([chatId]);
  });

  test('[INBOX-1] a device that was away is told that it went; nobody else’s inbox is told anything', async () => {
    const { ada, ben, chatId } = await makeDirectChat(harness.url);
    await say(ada, chatId, 'hello');
    await until('both lists', async () => (await listOf(ben))[0]?.unread_count === 1 && (await listOf(ada)).length === 1);
    const [benSocket, adaSocket] = [await open(ben), await open(ada)];
    const { epoch, rev } = await benSocket.waitForType('inbox');
    const before = (await adaSocket.waitForType('inbox')).rev;
    await benSocket.close();
    for (let i = 0; i < 2; i++) expect((await ben.call('DELETE', `/api/users/me/chats/${chatId}`)).status).toBe(204);
    await until('the list', async () => (await listOf(ben)).length === 0);
    await evict(ben);
    const back = await (await open(ben, { epoch, rev })).waitForType('inbox');
    expect(back).toMatchObject({ reset: false, chats: [], removed: [chatId], unread_total: 0 });
    await say(ada, chatId, 'again');
    const heard = await adaSocket.waitForType('chat_updated', ({ chat }) => chat.last_seq === 3);
    expect([heard.rev, adaSocket.eventsOfType('chat_updated').length]).toEqual([before + 1, 1]);
  });

  test('[SEND-8] who joined later is not told of edits to what was there before', async () => {
    const { ada, ben, chatId } = await makeGroup(harness.url, null);
    const before = await say(ada, chatId, 'from before');
    const eve = await signUp(harness.url, 'eve');
    await ada.call('POST', `/api/chats/${chatId}/members`, { user_ids: [eve.id] });
    const [benRoom, eveRoom] = [await join(ben, chatId), await join(eve, chatId)];
    await ada.call('POST', `/api/chats/${chatId}/frames`, [{ type: 'edit_message', id: before.id, content: 'edited' }]);
    await benRoom.waitForType('message_edited');
    const after = await say(ada, chatId, 'from after');
    await eveRoom.waitForType('new_message', ({ message }) => message.id === after.id);
    expect(eveRoom.eventsOfType('message_edited')).toEqual([]);
  });
});
