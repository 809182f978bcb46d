import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Env } from '../../src/config';
import { directChatId } from '../../src/direct-chat-id';
import { closeCodes } from '../../src/protocol/close-codes';
import type { Message } from '../../src/protocol/models';
import {
  blocksAnswer,
  chatAnswer,
  chatsAnswer,
  framesAnswer,
  membersAnswer,
  messageAnswer,
  messagesAnswer,
  receiptsAnswer,
  usersAnswer,
} from '../../src/protocol/rest';
import type { ServerRoomEvent } from '../../src/protocol/room-frames';
import { type ChatOfTwo, makeDirectChat, text } from '../support/chats';
import { type Harness, startHarness } from '../support/harness';
import { connectInbox } from '../support/inbox-socket';
import { uploadImage } from '../support/media';
import { type Person, signInAgain, signUp } from '../support/people';
import { until } from '../support/poll';
import { connectRoom, enterRoom, type RoomPosition, type RoomSocket } from '../support/room-socket';

let harness: Harness;
let env: Env;
beforeAll(async () => {
  harness = await startHarness();
  env = await harness.server.getWorker<Env>().getEnv();
});
afterAll(() => harness.close());

const block = async (who: Person, whom: Person) => expect((await who.call('POST', `/api/users/${whom.id}/block`)).status).toBe(204);
const unblock = async (who: Person, whom: Person) => expect((await who.call('DELETE', `/api/users/${whom.id}/block`)).status).toBe(204);
const roomOf = (chatId: string) => env.ROOM.get(env.ROOM.idFromName(chatId));
const evict = (chatId: string) => harness.worker.evictDurableObject('Room', { name: chatId });
const rows = async (chatId: string, sql: string, ...bindings: (string | number)[]) =>
  (await harness.worker.getDurableObjectStorage('Room', { name: chatId })).exec(sql, ...bindings);

const join = (person: Person, chatId: string, position?: RoomPosition) => enterRoom(harness.url, person.accessToken, chatId, position);

/** What a reader who comes, or comes back from where they were, is told. */
async function welcomeOf(person: Person, chatId: string, position?: RoomPosition) {
  const socket = await join(person, chatId, position);
  const welcome = await socket.waitForType('welcome');
  await socket.close();
  return welcome;
}

async function post(person: Person, chatId: string, event: object): Promise<Message> {
  const answer = await person.call('POST', `/api/chats/${chatId}/messages`, event);
  expect(answer.status).toBe(201);
  return v.parse(messageAnswer, answer.body).message;
}

const say = (person: Person, chatId: string, content: string, more: object = {}) => post(person, chatId, { ...text(content), ...more });

async function historyOf(person: Person, chatId: string, query = ''): Promise<Message[]> {
  const answer = await person.call('GET', `/api/users/me/chats/${chatId}/messages${query}`);
  expect(answer.status).toBe(200);
  return v.parse(messagesAnswer, answer.body).messages;
}

const wordsOf = async (person: Person, chatId: string) =>
  (await historyOf(person, chatId)).map((message) => message.content ?? message.system?.kind);
const listOf = async (person: Person) => v.parse(chatsAnswer, (await person.call('GET', '/api/users/me/chats')).body).chats;
const frame = async (person: Person, chatId: string, event: object) =>
  v.parse(framesAnswer, (await person.call('POST', `/api/chats/${chatId}/frames`, [event])).body).answers;
const createDirect = (person: Person, other: Person) => person.call('POST', '/api/chats', { is_group: false, member_ids: [other.id] });
const receiptOf = async (sender: Person, chatId: string, id: string) =>
  v.parse(receiptsAnswer, (await sender.call('GET', `/api/chats/${chatId}/messages/${id}/receipts`)).body).receipts[0]?.state;

/** Their direct chat, in which Ben blocks Ada; each has said one thing before. */
async function makeBlockedChat(): Promise<ChatOfTwo & { hers: Message; his: Message }> {
  const chat = await makeDirectChat(harness.url);
  const { ada, ben, chatId } = chat;
  const hers = await say(ada, chatId, 'from ada');
  const his = await say(ben, chatId, 'from ben');
  await block(ben, ada);
  return { ...chat, hers, his };
}

/** Everything the socket has been told once what this very person says now has come back to it. */
async function eventsUpToNow(person: Person, chatId: string, socket: RoomSocket) {
  const fence = await say(person, chatId, 'fence');
  await socket.waitForType('new_message', (event) => event.message.id === fence.id);
  return socket.events.filter((event) => event.type !== 'new_message' || event.message.id !== fence.id);
}

describe('blocking somebody', () => {
  test('[BLOCK-1] is repeatable, listed newest first, undone, and told to all of one’s devices and nobody else’s', async () => {
    const [ada, ben, cleo] = await Promise.all([signUp(harness.url, 'ada'), signUp(harness.url, 'ben'), signUp(harness.url, 'cleo')]);
    const [mine, theirs] = [connectInbox(harness.url, ada.accessToken), connectInbox(harness.url, ben.accessToken)];
    await Promise.all([mine.waitForType('inbox'), theirs.waitForType('inbox')]);
    const blocks = async (query = '') => v.parse(blocksAnswer, (await ada.call('GET', `/api/users/me/blocks${query}`)).body);
    expect(await blocks()).toEqual({ blocks: [], next_cursor: null });
    await block(ada, ben);
    await block(ada, cleo);
    const first = await blocks();
    await block(ada, ben);
    expect(await blocks()).toEqual(first);
    expect(first.blocks.map(({ user }) => user.id)).toEqual([cleo.id, ben.id]);
    expect(first.blocks[1]?.user).toMatchObject({ username: ben.username, display_name: 'ben' });
    const page = await blocks('?limit=1');
    expect(page.blocks).toEqual(first.blocks.slice(0, 1));
    expect(await blocks(`?limit=1&cursor=${page.next_cursor}`)).toEqual({ blocks: first.blocks.slice(1), next_cursor: null });
    await unblock(ada, cleo);
    await unblock(ada, cleo);
    expect((await blocks()).blocks.map(({ user }) => user.id)).toEqual([ben.id]);
    await mine.waitForType('block_changed', (event) => !event.blocked);
    expect(mine.eventsOfType('block_changed').map(({ user_id, blocked }) => [user_id, blocked])).toEqual([
      [ben.id, true],
      [cleo.id, true],
      [cleo.id, false],
    ]);
    theirs.send({ type: 'want_previews', chat_room_ids: [] });
    await theirs.waitForType('previews');
    expect(theirs.events.map((event) => event.type)).toEqual(['inbox', 'previews']);
    expect((await ben.call('GET', '/api/users/me/blocks')).body).toEqual({ blocks: [], next_cursor: null });
    await Promise.all([mine.close(), theirs.close()]);
  });

  test('[BLOCK-1] oneself, nobody or nonsense is refused and changes nothing', async () => {
    const ada = await signUp(harness.url, 'ada');
    expect(await ada.call('POST', `/api/users/${ada.id}/block`)).toMatchObject({ status: 422, body: { code: 'invalid' } });
    for (const id of [randomUUID(), 'me', 'x', ada.id.toUpperCase()])
      expect(await ada.call('POST', `/api/users/${id}/block`)).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect((await ada.call('DELETE', `/api/users/${randomUUID()}/block`)).status).toBe(204);
    expect((await ada.call('DELETE', '/api/users/x/block')).status).toBe(404);
    expect((await ada.call('GET', '/api/users/me/blocks?limit=0')).status).toBe(422);
    expect((await ada.call('GET', '/api/users/me/blocks')).body).toEqual({ blocks: [], next_cursor: null });
  });

  test('[BLOCK-1] hides the blocker from the blocked one’s search, and from nothing that would tell of it', async () => {
    const [ada, ben, cleo] = await Promise.all([signUp(harness.url, 'ada'), signUp(harness.url, 'ben'), signUp(harness.url, 'cleo')]);
    const found = async (who: Person, whom: Person) =>
      v.parse(usersAnswer, (await who.call('GET', `/api/users?username=${whom.username}`)).body).users.map((user) => user.id);
    await block(ben, ada);
    expect([await found(ada, ben), await found(ben, ada), await found(cleo, ben)]).toEqual([[], [ada.id], [ben.id]]);
    expect(await ada.call('GET', `/api/users/${ben.id}`)).toMatchObject({ status: 200, body: { id: ben.id } });
    await unblock(ben, ada);
    expect(await found(ada, ben)).toEqual([ben.id]);
  });

  test('[BLOCK-1] nobody brings who blocks them into a group, and nobody tells them', async () => {
    const [ada, ben, cleo] = await Promise.all([signUp(harness.url, 'ada'), signUp(harness.url, 'ben'), signUp(harness.url, 'cleo')]);
    await block(ben, ada);
    const made = await ada.call('POST', '/api/chats', { is_group: true, name: 'Rowing', member_ids: [ben.id, cleo.id] });
    expect(made.status).toBe(201);
    const { chat } = v.parse(chatAnswer, made.body);
    const members = async (person: Person, chatId: string) =>
      v.parse(membersAnswer, (await person.call('GET', `/api/chats/${chatId}/members`)).body).members.map(({ user }) => user.id);
    expect(await members(ada, chat.id)).toEqual([ada.id, cleo.id]);
    expect((await ada.call('POST', `/api/chats/${chat.id}/members`, { user_ids: [ben.id] })).status).toBe(204);
    expect(await members(ada, chat.id)).toEqual([ada.id, cleo.id]);
    expect((await historyOf(ada, chat.id)).map((message) => message.system?.user_ids)).toEqual([[cleo.id]]);
    expect(await ben.call('GET', `/api/chats/${chat.id}`)).toMatchObject({ status: 404 });
    // The blocker may, and others may: it is theirs to bear with each other there.
    await ada.call('PATCH', `/api/chats/${chat.id}/members/${cleo.id}`, { role: 'admin' });
    expect((await cleo.call('POST', `/api/chats/${chat.id}/members`, { user_ids: [ben.id] })).status).toBe(204);
    expect(await members(ada, chat.id)).toEqual([ada.id, cleo.id, ben.id]);
    await say(ada, chat.id, 'in a group nothing is hidden');
    expect(await wordsOf(ben, chat.id)).toContain('in a group nothing is hidden');
    const his = await ben.call('POST', '/api/chats', { is_group: true, name: 'His', member_ids: [ada.id] });
    expect(await members(ben, v.parse(chatAnswer, his.body).chat.id)).toEqual([ben.id, ada.id]);
  });
});

describe('what the blocked one sends to the direct chat', () => {
  test('[BLOCK-1] [SEND-3] [SEND-4] is accepted as ever and told to their own devices only, with its rev; after an eviction too', async () => {
    const { ada, ben, chatId } = await makeBlockedChat();
    const [mine, other, theirs] = [
      await join(ada, chatId),
      await join(await signInAgain(harness.url, ada), chatId),
      await join(ben, chatId),
    ];
    const event = text('can you hear me?');
    mine.send(event);
    const accepted = await mine.waitForType('message_accepted');
    const { message, rev } = await other.waitForType('new_message');
    expect(message).toMatchObject({ id: event.id, seq: accepted.seq, content: 'can you hear me?' });
    expect(rev).toBeGreaterThan(0);
    const heard = (await eventsUpToNow(ben, chatId, theirs)).slice(1);
    expect(heard.filter((told) => told.type !== 'here_changed' || (told.here ?? []).includes(ada.id))).toEqual([]);
    await evict(chatId);
    mine.send(text('and now?'));
    await other.waitForType('new_message', (told) => told.message.content === 'and now?');
    expect(
      (await eventsUpToNow(ben, chatId, theirs)).filter((told) => told.type === 'new_message' && told.message.sender_id === ada.id),
    ).toEqual([]);
    // The same again gives the first result.
    mine.send(event);
    await mine.waitFor(() => mine.eventsOfType('message_accepted').filter(({ id }) => id === event.id).length === 2);
    expect(await wordsOf(ada, chatId)).toContain('can you hear me?');
    await Promise.all([mine, other, theirs].map((socket) => socket.close()));
  });

  test('[BLOCK-1] [SYNC-2] is in no welcome, resume, page, reply, list, count or preview of the blocker, also once unblocked', async () => {
    const { ada, ben, chatId, his } = await makeBlockedChat();
    const before = await welcomeOf(ben, chatId);
    await until('the list to be up to date', async () => (await listOf(ben))[0]?.last_message?.id === his.id);
    const [listed] = await listOf(ben);
    const secret = 'nobody but me shall read this';
    const hidden = await say(ada, chatId, secret);
    for (let i = 0; i < 3; i++) await say(ada, chatId, `${secret} ${i}`);
    const [resumed, fresh] = [await welcomeOf(ben, chatId, before), await welcomeOf(ben, chatId)];
    expect([resumed.reset, resumed.messages, resumed.chat.last_seq]).toEqual([false, [], his.seq]);
    expect([fresh.messages.map((message) => message.seq), fresh.chat.last_seq]).toEqual([[1, 2, 3], his.seq]);
    await until('every inbox to be told', async () => (await listOf(ada))[0]?.last_message?.preview === `${secret} 2`);
    expect(await listOf(ben)).toEqual([listed]);
    await unblock(ben, ada);
    const after = await say(ada, chatId, 'friends again');
    expect(after.seq).toBe(hidden.seq + 4);
    expect(await wordsOf(ben, chatId)).toEqual(['friends again', 'from ben', 'from ada', 'created']);
    expect((await welcomeOf(ben, chatId, before)).messages.map((message) => message.seq)).toEqual([after.seq]);
    expect(await ben.call('GET', `/api/users/me/chats/${chatId}/messages?before=${hidden.id}`)).toMatchObject({ status: 404 });
    expect((await historyOf(ben, chatId, `?around=${hidden.seq}&limit=2`)).map((message) => message.seq)).toEqual([after.seq, his.seq]);
    expect(await ben.call('POST', `/api/chats/${chatId}/messages`, { ...text('what?'), reply_to: hidden.id })).toMatchObject({
      status: 422,
    });
    for (const event of [
      { type: 'mark_read', message_id: hidden.id },
      { type: 'react', id: hidden.id, emoji: '👍' },
      { type: 'delete_message', id: hidden.id },
      { type: 'edit_message', id: hidden.id, content: 'mine' },
      { type: 'open_message', id: hidden.id },
      { type: 'mark_viewed', message_id: hidden.id },
    ])
      expect(await frame(ben, chatId, event)).toMatchObject([{ type: 'error', code: 'not_found' }]);
    expect(await ben.call('GET', `/api/chats/${chatId}/messages/${hidden.id}/receipts`)).toMatchObject({ status: 404 });
    await until('the list', async () => (await listOf(ben))[0]?.last_message?.preview === 'friends again');
    expect((await listOf(ben))[0]).toMatchObject({ last_seq: after.seq, unread_count: 2 });
    expect(await wordsOf(ada, chatId)).toHaveLength(8);
  });

  test('[BLOCK-1] [INBOX-1] leaves the blocker’s inbox silent', async () => {
    const { ada, ben, chatId } = await makeBlockedChat();
    const inbox = connectInbox(harness.url, ben.accessToken);
    await inbox.waitForType('inbox');
    const storage = await harness.worker.getDurableObjectStorage('Room', { name: chatId });
    const told = async () => Number((await storage.exec('SELECT fanned_rev FROM cursors'))[0]?.fanned_rev);
    await until('the inbox to know of what went before', async () => (await told()) === (await welcomeOf(ada, chatId)).rev);
    const heard = inbox.events.length;
    await say(ada, chatId, 'psst');
    const { rev } = await welcomeOf(ada, chatId);
    await until('the inbox to have been told of the commit', async () => (await told()) === rev);
    inbox.send({ type: 'want_previews', chat_room_ids: [chatId] });
    expect((await inbox.waitForType('previews')).items).toMatchObject([{ preview: 'from ben' }]);
    expect(inbox.events.slice(heard).map((event) => event.type)).toEqual(['previews']);
    await inbox.close();
  });

  test('[BLOCK-1] brings back no chat that the blocker has put away or cleared', async () => {
    for (const [method, body] of [
      ['PATCH', { archived: true }],
      ['DELETE', undefined],
    ] as const) {
      const { ada, ben, chatId, his } = await makeBlockedChat();
      await until('the list to be up to date', async () => (await listOf(ben))[0]?.last_message?.id === his.id);
      expect((await ben.call(method, `/api/users/me/chats/${chatId}`, body)).status).toBeLessThan(300);
      const before = await listOf(ben);
      await say(ada, chatId, 'psst');
      const { rev } = await welcomeOf(ada, chatId);
      const storage = await harness.worker.getDurableObjectStorage('Room', { name: chatId });
      const told = async () => Number((await storage.exec('SELECT fanned_rev FROM cursors'))[0]?.fanned_rev);
      await until('the inbox to have been told of the commit', async () => (await told()) === rev);
      expect(await listOf(ben)).toEqual(before);
      await unblock(ben, ada);
      await say(ada, chatId, 'friends again');
      await until('the chat to be back', async () => {
        const [chat] = await listOf(ben);
        return chat?.last_message?.preview === 'friends again' && !chat.archived;
      });
    }
  });

  test('[BLOCK-1] [RCPT-1] stays “sent”, although cursors pass over it later, and the sender’s client is told where they mean nothing', async () => {
    const { ada, ben, chatId, hers } = await makeBlockedChat();
    const hidden = await say(ada, chatId, 'unheard');
    await unblock(ben, ada);
    const mine = await join(ada, chatId);
    const after = await say(ada, chatId, 'heard');
    await frame(ben, chatId, { type: 'mark_delivered', up_to_seq: 1_000_000 });
    await frame(ben, chatId, { type: 'mark_read', message_id: after.id });
    const missed = [{ from_seq: hidden.seq, to_seq: hidden.seq }];
    expect((await mine.waitForType('message_read')).by).toEqual([
      { user_id: ben.id, up_to_seq: after.seq, at: expect.any(Number), missed },
    ]);
    expect([
      await receiptOf(ada, chatId, hers.id),
      await receiptOf(ada, chatId, hidden.id),
      await receiptOf(ada, chatId, after.id),
    ]).toEqual(['read', 'sent', 'read']);
    await evict(chatId);
    const again = await welcomeOf(ada, chatId);
    expect(again.cursors.find(({ user_id }) => user_id === ben.id)).toMatchObject({ read_seq: after.seq, missed });
    expect(again.messages.find(({ id }) => id === hidden.id)?.receipts).toMatchObject({ of: 1, delivered: 0, read: 0 });
    // The blocker is told of no hole.
    expect(JSON.stringify(await welcomeOf(ben, chatId))).not.toContain('missed');
    // Deleted within ten seconds, and read by nobody.
    await frame(ada, chatId, { type: 'delete_message', id: hidden.id });
    expect(await mine.waitForType('message_deleted')).toMatchObject({ message_id: hidden.id, undone: true });
    await mine.close();
  });

  test('[BLOCK-1] [EXP-1] expires as usual: after its time, or after 30 days although a later reading passed over it', async () => {
    const { ada, ben, chatId } = await makeBlockedChat();
    const [mine, theirs] = [await join(ada, chatId), await join(ben, chatId)];
    const short = await say(ada, chatId, 'short', { expires_in_seconds: 1 });
    const unread = await say(ada, chatId, 'after your reading', { expires_in_seconds: 5, expire_mode: 'after_read' });
    await mine.waitForType('message_expired', (event) => event.message_id === short.id);
    await unblock(ben, ada);
    const after = await say(ada, chatId, 'hello');
    await frame(ben, chatId, { type: 'mark_read', message_id: after.id });
    expect(await rows(chatId, 'SELECT ends_at FROM messages WHERE seq = ?', unread.seq)).toEqual([
      { ends_at: unread.created_at + 30 * 86_400_000 },
    ]);
    expect((await eventsUpToNow(ben, chatId, theirs)).filter((event) => event.type === 'message_expired')).toEqual([]);
    expect((await historyOf(ada, chatId)).find(({ id }) => id === short.id)).toMatchObject({ content: null, deleted_reason: 'expired' });
    await Promise.all([mine.close(), theirs.close()]);
  });

  test('[BLOCK-1] [ONCE-2] [MEDIA-3] view-once stays sealed, and pictures have no link for the blocker', async () => {
    const { ada, ben, chatId } = await makeBlockedChat();
    const once = await say(ada, chatId, 'once', { view_once: true });
    const media = await uploadImage(ada, chatId);
    await post(ada, chatId, { type: 'send_message', id: randomUUID(), message_type: 'image', media_id: media.id });
    expect((await ada.call('GET', `/api/media/${media.id}`)).status).toBe(200);
    for (const change of [async () => {}, () => unblock(ben, ada)]) {
      await change();
      expect(await frame(ben, chatId, { type: 'open_message', id: once.id })).toMatchObject([{ type: 'error', code: 'not_found' }]);
      expect((await ben.call('GET', `/api/media/${media.id}`)).status).toBe(404);
      expect((await ben.call('GET', `/api/media?ids=${media.id}`)).body).toEqual({ media: [] });
    }
    expect((await historyOf(ada, chatId)).find(({ id }) => id === once.id)).toMatchObject({
      deleted_at: null,
      receipts: { of: 1, viewed: 0 },
    });
  });
});

describe('while one blocks the other', () => {
  test('[BLOCK-1] [SEND-6] an edit ends the message for the blocker, who reads neither the new words nor the old', async () => {
    const { ada, ben, chatId, hers } = await makeBlockedChat();
    const before = await welcomeOf(ben, chatId);
    const [mine, theirs] = [await join(ada, chatId), await join(ben, chatId)];
    await frame(ada, chatId, { type: 'edit_message', id: hers.id, content: 'NEW WORDS' });
    await frame(ada, chatId, { type: 'edit_message', id: hers.id, content: 'NEWER WORDS' });
    expect(await mine.waitForType('message_edited', (event) => event.content === 'NEWER WORDS')).toMatchObject({ rev: expect.any(Number) });
    const ended = await theirs.waitForType('message_expired');
    expect(ended).toEqual({ type: 'message_expired', message_id: hers.id, reason: 'expired', deleted_at: expect.any(Number) });
    const tombstone = {
      id: hers.id,
      content: null,
      deleted_at: ended.deleted_at,
      deleted_reason: 'expired',
      edited_at: null,
      reactions: [],
    };
    await evict(chatId);
    for (const change of [async () => {}, () => unblock(ben, ada)]) {
      await change();
      expect((await welcomeOf(ben, chatId, before)).messages).toMatchObject([tombstone]);
      expect((await historyOf(ben, chatId)).find(({ id }) => id === hers.id)).toMatchObject(tombstone);
      expect(await frame(ben, chatId, { type: 'react', id: hers.id, emoji: '👍' })).toMatchObject([{ code: 'message_gone' }]);
    }
    await frame(ada, chatId, { type: 'edit_message', id: hers.id, content: 'NEWEST WORDS' });
    await frame(ada, chatId, { type: 'delete_message', id: hers.id });
    await mine.waitForType('message_deleted');
    expect((await historyOf(ben, chatId)).find(({ id }) => id === hers.id)).toMatchObject(tombstone);
    const told = await eventsUpToNow(ben, chatId, theirs);
    expect(JSON.stringify(told)).not.toMatch(/NEW/);
    expect(told.map((event) => event.type)).not.toContain('message_deleted');
    await Promise.all([mine.close(), theirs.close()]);
  });

  test('[BLOCK-1] [SEND-6] what the blocker could see and the other deletes is gone for both', async () => {
    const { ada, ben, chatId, hers } = await makeBlockedChat();
    const theirs = await join(ben, chatId);
    await frame(ada, chatId, { type: 'delete_message', id: hers.id });
    expect(await theirs.waitForType('message_deleted')).toMatchObject({ message_id: hers.id });
    expect(await wordsOf(ben, chatId)).not.toContain('from ada');
    await theirs.close();
  });

  test('[BLOCK-1] [SEND-6] reactions of the blocked one are theirs alone to see, for ever; those of the blocker are told', async () => {
    const { ada, ben, chatId, hers, his } = await makeBlockedChat();
    await unblock(ben, ada);
    await frame(ada, chatId, { type: 'react', id: his.id, emoji: '🐟' });
    await block(ben, ada);
    const [mine, theirs] = [await join(ada, chatId), await join(ben, chatId)];
    await frame(ada, chatId, { type: 'react', id: hers.id, emoji: '🦀' });
    await frame(ada, chatId, { type: 'react', id: his.id, emoji: '🐙' });
    await frame(ben, chatId, { type: 'react', id: his.id, emoji: '👍' });
    const both = [
      { emoji: '🐙', user_ids: [ada.id] },
      { emoji: '👍', user_ids: [ben.id] },
    ];
    await mine.waitForType('reactions_changed', (event) => event.reactions.length === 2);
    expect(mine.eventsOfType('reactions_changed').map((event) => event.reactions)).toEqual([
      [{ emoji: '🦀', user_ids: [ada.id] }],
      [{ emoji: '🐙', user_ids: [ada.id] }],
      both,
    ]);
    await theirs.waitForType('reactions_changed', (event) => event.reactions.length === 1);
    // The one given before is replaced: what it is replaced by they do not see.
    expect(theirs.eventsOfType('reactions_changed').map((event) => [event.message_id, event.reactions])).toEqual([
      [his.id, []],
      [his.id, [{ emoji: '👍', user_ids: [ben.id] }]],
    ]);
    await unblock(ben, ada);
    await evict(chatId);
    const shown = async (person: Person, id: string) => (await historyOf(person, chatId)).find((message) => message.id === id)?.reactions;
    expect([await shown(ada, his.id), await shown(ben, his.id)]).toEqual([both, both.slice(1)]);
    expect([await shown(ada, hers.id), await shown(ben, hers.id)]).toEqual([[{ emoji: '🦀', user_ids: [ada.id] }], []]);
    await Promise.all([mine.close(), theirs.close()]);
  });

  test('[BLOCK-1] [EXP-6] a policy of the blocked one holds for both, but its line is theirs alone', async () => {
    const { ada, ben, chatId, his } = await makeBlockedChat();
    await say(ada, chatId, 'unheard');
    const theirs = await join(ben, chatId);
    const expiry = { expires_in_seconds: 60, expire_mode: 'after_send' };
    expect((await ada.call('PATCH', `/api/chats/${chatId}`, { expiry })).status).toBe(200);
    expect(await theirs.waitForType('chat_changed')).toMatchObject({ chat: { policy: expiry, last_seq: his.seq } });
    expect((await eventsUpToNow(ben, chatId, theirs)).map((event) => event.type)).not.toContain('new_message');
    expect(await wordsOf(ben, chatId)).not.toContain('policy_changed');
    expect(await wordsOf(ada, chatId)).toContain('policy_changed');
    expect((await say(ben, chatId, 'mine ends so, too')).expires_in_seconds).toBe(60);
    await until('the list', async () => (await listOf(ben))[0]?.policy.expires_in_seconds === 60);
    await theirs.close();
  });

  test('[BLOCK-1] [LIVE-1] [LIVE-2] [RCPT-2] neither hears that the other is here, types, gets or reads; then both do again', async () => {
    const chat = await makeDirectChat(harness.url);
    const { ada, ben, chatId } = chat;
    const hers = await say(ada, chatId, 'read before');
    await frame(ben, chatId, { type: 'mark_read', message_id: hers.id });
    const his = await say(ben, chatId, 'not read before');
    const [mine, theirs] = [await join(ada, chatId), await join(ben, chatId)];
    theirs.send({ type: 'typing_start' });
    await mine.waitForType('user_typing');
    await block(ben, ada);
    await mine.waitForType('user_stopped_typing', (event) => event.user_id === ben.id);
    await mine.waitForType('here_changed', (event) => event.away?.includes(ben.id) ?? false);
    await theirs.waitForType('here_changed', (event) => event.away?.includes(ada.id) ?? false);
    const heard = [mine.events.length, theirs.events.length];
    mine.send([{ type: 'typing_start' }, { type: 'mark_read', message_id: his.id }]);
    theirs.send({ type: 'typing_start' });
    const further = await say(ben, chatId, 'told all the same');
    await mine.waitForType('new_message', (event) => event.message.id === further.id);
    // One's own other devices go by one's own cursor.
    await mine.waitForType('message_read', (event) => event.by[0]?.user_id === ada.id);
    await evict(chatId);
    const [hersNow, hisNow] = [await welcomeOf(ada, chatId), await welcomeOf(ben, chatId)];
    expect([hersNow.here, hersNow.typing, hisNow.here, hisNow.typing]).toEqual([[ada.id], [], [ben.id], []]);
    // What was known stays known, and stands still.
    expect(hersNow.cursors.find(({ user_id }) => user_id === ben.id)).toMatchObject({ delivered_seq: hers.seq, read_seq: hers.seq });
    expect(hersNow.cursors.find(({ user_id }) => user_id === ada.id)).toMatchObject({ read_seq: his.seq });
    expect(hisNow.cursors.find(({ user_id }) => user_id === ada.id)).toMatchObject({ delivered_seq: 0, read_seq: 0 });
    expect([await receiptOf(ada, chatId, hers.id), await receiptOf(ben, chatId, his.id)]).toEqual(['read', 'sent']);
    const toldSince = [mine.events.slice(heard[0]), theirs.events.slice(heard[1])];
    const tellsOf = (person: Person) => (event: ServerRoomEvent) =>
      event.type !== 'new_message' && JSON.stringify(event).includes(person.id);
    expect([toldSince[0]?.filter(tellsOf(ben)), toldSince[1]?.filter(tellsOf(ada))]).toEqual([[], []]);
    await unblock(ben, ada);
    await mine.waitForType('here_changed', (event) => event.here?.includes(ben.id) ?? false);
    await theirs.waitForType('here_changed', (event) => event.here?.includes(ada.id) ?? false);
    expect(await receiptOf(ben, chatId, his.id)).toBe('read');
    mine.send({ type: 'mark_read', message_id: further.id });
    await theirs.waitForType('message_read', (event) => event.by[0]?.user_id === ada.id && event.by[0].up_to_seq === further.seq);
    await Promise.all([mine.close(), theirs.close()]);
  });

  test('[BLOCK-1] what the blocker sends is told; where both block, neither’s is, until both have unblocked', async () => {
    const { ada, ben, chatId } = await makeBlockedChat();
    await say(ben, chatId, 'from the blocker');
    expect(await wordsOf(ada, chatId)).toContain('from the blocker');
    await block(ada, ben);
    await say(ben, chatId, 'unheard by ada');
    await say(ada, chatId, 'unheard by ben');
    await unblock(ben, ada);
    await say(ada, chatId, 'heard by ben');
    await say(ben, chatId, 'still unheard by ada');
    expect((await welcomeOf(ada, chatId)).here).toEqual([ada.id]);
    await unblock(ada, ben);
    const mine = await join(ada, chatId);
    expect((await welcomeOf(ben, chatId)).here).toHaveLength(2);
    await mine.close();
    expect((await wordsOf(ada, chatId)).slice(0, 4)).toEqual(['heard by ben', 'unheard by ben', 'from the blocker', 'from ben']);
    expect((await wordsOf(ben, chatId)).slice(0, 4)).toEqual([
      'still unheard by ada',
      'heard by ben',
      'unheard by ada',
      'from the blocker',
    ]);
  });
});

describe('what the blocked one can tell', () => {
  test('[BLOCK-1] no answer and no frame of theirs differs from what one gets whose friend is away', async () => {
    /** All that somebody is told who makes a chat and talks there to nobody, but for ids, times and names. */
    const account = async (isBlocked: boolean) => {
      const [ada, ben] = await Promise.all([signUp(harness.url, 'ada'), signUp(harness.url, 'ben')]);
      if (isBlocked) await block(ben, ada);
      const made = await createDirect(ada, ben);
      const chatId = await directChatId(ada.id, ben.id);
      const socket = await join(ada, chatId);
      const first = text('hello');
      await socket.waitForType('here_changed');
      socket.send({ type: 'typing_start' });
      socket.send([first, { type: 'react', id: first.id, emoji: '👍' }, { type: 'edit_message', id: first.id, content: 'hello!' }]);
      await socket.waitForType('message_edited');
      socket.send([
        { type: 'mark_delivered', up_to_seq: 2 },
        { type: 'mark_read', message_id: first.id },
      ]);
      await socket.waitForType('message_read');
      const { id } = await say(ada, chatId, 'once', { view_once: true });
      socket.send({ type: 'delete_message', id });
      await socket.waitForType('message_deleted');
      const changed = await ada.call('PATCH', `/api/chats/${chatId}`, { expiry: { expires_in_seconds: 60, expire_mode: 'after_send' } });
      await socket.waitForType('chat_changed');
      await until('the list', async () => (await listOf(ada))[0]?.last_message?.system?.kind === 'policy_changed');
      const calls = [
        `/api/chats/${chatId}`,
        `/api/chats/${chatId}/members`,
        `/api/users/me/chats/${chatId}/messages`,
        '/api/users/me/chats',
      ];
      const answers = await Promise.all(calls.map(async (path) => (await ada.call('GET', path)).body));
      const receipts = await ada.call('GET', `/api/chats/${chatId}/messages/${first.id}/receipts`);
      const again = await welcomeOf(ada, chatId);
      await socket.close();
      const told = [
        made.status,
        made.body,
        changed.body,
        answers,
        receipts.body,
        socket.events,
        again,
        (await ada.call('GET', `/api/users/${ben.id}`)).body,
      ];
      const names = new Map<string, string>();
      return JSON.stringify(told)
        .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (found) => {
          names.set(found, names.get(found) ?? `id ${names.size}`);
          return names.get(found) ?? '';
        })
        .replace(/(ada|ben)_[0-9a-f]{16}/g, '$1')
        .replace(/\b\d{13}\b/g, 'time');
    };
    expect(await account(true)).toBe(await account(false));
  });
});

describe('a direct chat that the blocked one makes', () => {
  test('[BLOCK-1] is 201 for them and not there for the blocker, who may make it themselves', async () => {
    const [ada, ben] = await Promise.all([signUp(harness.url, 'ada'), signUp(harness.url, 'ben')]);
    await block(ben, ada);
    const made = await createDirect(ada, ben);
    expect(made.status).toBe(201);
    const chatId = v.parse(chatAnswer, made.body).chat.id;
    const hidden = await say(ada, chatId, 'hello?');
    await until('the sender’s list', async () => (await listOf(ada))[0]?.last_message?.preview === 'hello?');
    await evict(chatId);
    expect(await ben.call('GET', `/api/chats/${chatId}`)).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(await ben.call('GET', `/api/users/me/chats/${chatId}/messages`)).toMatchObject({ status: 404 });
    expect(await ben.call('POST', `/api/chats/${chatId}/messages`, text('let me in'))).toMatchObject({ status: 404 });
    expect(await connectRoom(harness.url, ben.accessToken, chatId).closed).toMatchObject({ code: closeCodes.notFound });
    expect(await listOf(ben)).toEqual([]);

    const mine = await join(ada, chatId);
    const opened = await createDirect(ben, ada);
    expect(opened).toMatchObject({ status: 201, body: { chat: { id: chatId } } });
    expect(await createDirect(ben, ada)).toMatchObject({ status: 200 });
    expect(await createDirect(ada, ben)).toMatchObject({ status: 200 });
    expect(await historyOf(ben, chatId)).toMatchObject([{ system: { kind: 'created', actor_id: ben.id, user_ids: [ada.id] } }]);
    await until('the blocker’s list', async () => (await listOf(ben))[0]?.last_message?.message_type === 'system');
    expect(JSON.stringify((await eventsUpToNow(ada, chatId, mine)).slice(1))).not.toContain(ben.id);
    expect(await wordsOf(ada, chatId)).toEqual(['fence', 'hello?', 'created']);
    await unblock(ben, ada);
    const after = await say(ada, chatId, 'thank you');
    expect(await wordsOf(ben, chatId)).toEqual(['thank you', 'created']);
    expect(after.seq).toBe(hidden.seq + 3);
    await mine.close();
  });

  test('[BLOCK-1] appears once there is something to see, and holds nothing else', async () => {
    const [ada, ben] = await Promise.all([signUp(harness.url, 'ada'), signUp(harness.url, 'ben')]);
    await block(ben, ada);
    const chatId = v.parse(chatAnswer, (await createDirect(ada, ben)).body).chat.id;
    await say(ada, chatId, 'hello?');
    await unblock(ben, ada);
    expect(await ben.call('GET', `/api/chats/${chatId}`)).toMatchObject({ status: 404 });
    await say(ada, chatId, 'are you there?');
    await until('the list', async () => (await listOf(ben))[0]?.last_message?.preview === 'are you there?');
    expect(await wordsOf(ben, chatId)).toEqual(['are you there?']);
    expect((await listOf(ben))[0]).toMatchObject({ unread_count: 1 });
  });

  test('[BLOCK-1] is like any other where the block was over before, or is the maker’s own', async () => {
    const [ada, ben] = await Promise.all([signUp(harness.url, 'ada'), signUp(harness.url, 'ben')]);
    await block(ben, ada);
    await unblock(ben, ada);
    await block(ada, ben);
    const chatId = v.parse(chatAnswer, (await createDirect(ada, ben)).body).chat.id;
    expect(await wordsOf(ben, chatId)).toEqual(['created']);
    await say(ben, chatId, 'hi');
    expect(await wordsOf(ada, chatId)).toEqual(['created']);
  });
});

describe('a block on its way to the room', () => {
  test('[BLOCK-1] comes in any order and any number of times: the latest decision holds', async () => {
    const { ada, ben, chatId } = await makeDirectChat(harness.url);
    const order = (isActive: boolean, version: number) => roomOf(chatId).setBlock({ userId: ben.id, isActive, version });
    const isHidden = async () => {
      const { content } = await say(ada, chatId, randomUUID());
      return !(await wordsOf(ben, chatId)).includes(content ?? '');
    };
    await order(true, 3);
    await order(false, 2);
    await order(true, 3);
    expect(await isHidden()).toBe(true);
    await order(false, 6);
    await order(true, 5);
    expect(await isHidden()).toBe(false);
    await order(false, 8);
    expect(await isHidden()).toBe(false);
  });

  test('[BLOCK-1] a crash between the decision and the room is made up for when the inbox wakes', async () => {
    const { ada, ben, chatId } = await makeDirectChat(harness.url);
    await block(ben, await signUp(harness.url, 'cleo'));
    // What such a crash leaves: the committed decision and its errands, but neither calls nor an alarm.
    const storage = await harness.worker.getDurableObjectStorage('Inbox', { name: ben.id });
    await storage.exec('INSERT INTO blocks(other_id, blocked, version, changed_at) VALUES (?, 1, 1, ?)', ada.id, Date.now());
    for (const kind of ['tell_block', 'project_block'])
      await storage.exec(
        'INSERT INTO jobs(kind, key, due, tries, generation) VALUES (?, ?, ?, 0, 0)',
        kind,
        `${ben.id} ${ada.id}`,
        Date.now(),
      );
    await harness.worker.evictDurableObject('Inbox', { name: ben.id });
    await listOf(ben);
    await until('the errands to be done', async () => (await storage.exec('SELECT * FROM jobs')).length === 0);
    await say(ada, chatId, 'unheard');
    expect(await wordsOf(ben, chatId)).not.toContain('unheard');
    const search = await ada.call('GET', `/api/users?username=${ben.username}`);
    expect(search.body).toEqual({ users: [] });
  });

  test('[BLOCK-1] whichever of block and creation comes first, afterwards both agree on what is hidden', async () => {
    for (let i = 0; i < 8; i++) {
      const [ada, ben] = await Promise.all([signUp(harness.url, 'ada'), signUp(harness.url, 'ben')]);
      const [made] = await Promise.all([createDirect(ada, ben), block(ben, ada)]);
      expect(made.status).toBe(201);
      const chatId = await directChatId(ada.id, ben.id);
      await say(ada, chatId, 'unheard');
      const seen = await ben.call('GET', `/api/users/me/chats/${chatId}/messages`);
      if (seen.status === 404) expect(await createDirect(ben, ada)).toMatchObject({ status: 201 });
      expect(await wordsOf(ben, chatId)).toEqual(['created']);
    }
  });
});
