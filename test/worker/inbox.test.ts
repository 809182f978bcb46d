import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Env } from '../../src/config';
import { closeCodes } from '../../src/protocol/close-codes';
import { defaultPageSize, maxChatNameCodePoints, maxMembers } from '../../src/protocol/limits';
import type { ChatSummary } from '../../src/protocol/models';
import { chatAnswer, chatsAnswer } from '../../src/protocol/rest';
import { type Harness, startHarness } from '../support/harness';
import { connectInbox } from '../support/inbox-socket';
import { news } from '../support/news';
import { callApi, type Person, signUp } from '../support/people';
import { until } from '../support/poll';
import { connectRoom } from '../support/room-socket';

let harness: Harness;
let env: Env;
beforeAll(async () => {
  harness = await startHarness();
  env = await harness.server.getWorker<Env>().getEnv();
});
afterAll(() => harness.close());

async function directChat(ada: Person, ben: Person): Promise<string> {
  return v.parse(chatAnswer, (await ada.call('POST', '/api/chats', { is_group: false, member_ids: [ben.id] })).body).chat.id;
}

async function signUpTwo(): Promise<{ ada: Person; ben: Person }> {
  const [ada, ben] = await Promise.all([signUp(harness.url, 'ada'), signUp(harness.url, 'ben')]);
  return { ada, ben };
}

async function say(person: Person, chatId: string, content: string): Promise<void> {
  const answer = await person.call('POST', `/api/chats/${chatId}/messages`, { id: randomUUID(), message_type: 'text', content });
  expect(answer.status).toBe(201);
}

async function listOf(person: Person): Promise<ChatSummary[]> {
  const answer = await person.call('GET', '/api/users/me/chats');
  expect(answer.status).toBe(200);
  return v.parse(chatsAnswer, answer.body).chats;
}

function inboxOf(person: Person) {
  return env.INBOX.get(env.INBOX.idFromName(person.id));
}

/** News of a chat whose name and number of members are as long as can be. */
const newsOfMany = (last_message: ChatSummary['last_message']) =>
  news({ name: '😀'.repeat(maxChatNameCodePoints), member_count: maxMembers, last_message });

function lastMessage(changes: Partial<NonNullable<ChatSummary['last_message']>>): NonNullable<ChatSummary['last_message']> {
  return {
    id: randomUUID(),
    sender_id: randomUUID(),
    sender_name: 'Ada',
    message_type: 'text',
    preview: null,
    created_at: Date.now(),
    expires_at: null,
    view_once: false,
    ...changes,
  };
}

describe('[SOCK-4] frames', () => {
  test('[SOCK-4] a frame may be an array; a bad event gets its ref back, and its neighbours work', async () => {
    const { ada, ben } = await signUpTwo();
    const chatId = await directChat(ada, ben);
    await until('the list to show the chat', async () => (await listOf(ben)).length === 1);
    const inbox = connectInbox(harness.url, ben.accessToken);
    await inbox.waitForType('inbox');
    const ask = { type: 'want_previews', chat_room_ids: [chatId] };
    inbox.sendRaw(JSON.stringify([ask, { type: 'no_such_event', ref: 'mine' }, { ...ask, chat_room_ids: ['x'], ref: 'yours' }, 7, ask]));
    await inbox.waitFor(() => inbox.eventsOfType('previews').length === 2);
    expect(inbox.eventsOfType('error').map(({ code, ref }) => [code, ref])).toEqual([
      ['invalid', 'mine'],
      ['invalid', 'yours'],
      ['invalid', undefined],
    ]);
    await inbox.close();
  });

  test('[SOCK-3] ten malformed frames in a row close with 4400, a frame over 64 KiB with 4413', async () => {
    const ada = await signUp(harness.url);
    const inbox = connectInbox(harness.url, ada.accessToken);
    await inbox.waitForType('inbox');
    for (let i = 0; i < 10; i++) inbox.sendRaw('[');
    expect(await inbox.closed).toMatchObject({ code: closeCodes.malformed });
    const other = connectInbox(harness.url, ada.accessToken);
    await other.waitForType('inbox');
    other.sendRaw('é'.repeat(40_000));
    expect(await other.closed).toMatchObject({ code: closeCodes.frameTooLarge });
  });

  test('[SOCK-4] [INBOX-2] fifty large groups with long names, each just made, fit the first frame', async () => {
    const ada = await signUp(harness.url);
    const user_ids = Array.from({ length: maxMembers - 1 }, () => randomUUID());
    const system = { kind: 'created', actor_id: randomUUID(), user_ids, value: null } as const;
    for (let i = 0; i < defaultPageSize; i++) await inboxOf(ada).noteChat(1, newsOfMany(lastMessage({ message_type: 'system', system })));
    const inbox = connectInbox(harness.url, ada.accessToken);
    const { chats } = await inbox.waitForType('inbox');
    expect(chats).toHaveLength(defaultPageSize);
    expect(chats[0]?.last_message?.system?.user_ids).toEqual(user_ids.slice(0, 3));
    await inbox.close();
  });
});

describe('previews', () => {
  test('[INBOX-2] come from the rooms of the own list, each once; no other room is asked', async () => {
    const { ada, ben } = await signUpTwo();
    const eve = await signUp(harness.url, 'eve');
    const [chatId, foreignId] = [await directChat(ada, ben), await directChat(ada, eve)];
    await until('the lists to show the chats', async () => (await listOf(ben)).length === 1 && (await listOf(eve)).length === 1);
    const inbox = connectInbox(harness.url, ben.accessToken);
    await inbox.waitForType('inbox');
    // A room that cannot wake any more: asking it would show in the log.
    const storage = await harness.worker.getDurableObjectStorage('Room', { name: foreignId });
    await storage.exec('DROP TABLE room');
    await harness.worker.evictDurableObject('Room', { name: foreignId });
    harness.server.clearLogs();
    inbox.send({ type: 'want_previews', chat_room_ids: [chatId, foreignId, randomUUID(), chatId] });
    expect((await inbox.waitForType('previews')).items.map((item) => item.chat_room_id)).toEqual([chatId]);
    expect(JSON.stringify(harness.server.getLogs())).not.toContain('gave no preview');
    await inbox.close();
  });

  test('[INBOX-2] one room that fails leaves its preview out and the list as it is', async () => {
    const { ada, ben } = await signUpTwo();
    const eve = await signUp(harness.url, 'eve');
    const [broken, whole] = [await directChat(ada, ben), await directChat(eve, ben)];
    await say(ada, broken, 'lost');
    await say(eve, whole, 'found');
    await until('both chats to be listed', async () => (await listOf(ben)).filter((chat) => chat.last_message?.preview).length === 2);
    const storage = await harness.worker.getDurableObjectStorage('Room', { name: broken });
    // What a room has in memory it could still tell.
    await harness.worker.evictDurableObject('Room', { name: broken });
    await storage.exec('ALTER TABLE messages RENAME TO messages_away');
    try {
      const previews = (await listOf(ben)).map((chat) => [chat.id, chat.last_message?.preview]);
      expect(Object.fromEntries(previews)).toEqual({ [broken]: null, [whole]: 'found' });
    } finally {
      await storage.exec('ALTER TABLE messages_away RENAME TO messages');
    }
  });

  test('[EXP-3] news of a message that has ended meanwhile show neither it nor its words; live ones keep theirs', async () => {
    const ada = await signUp(harness.url);
    const inbox = connectInbox(harness.url, ada.accessToken);
    await inbox.waitForType('inbox');
    const ended = news({ last_message: lastMessage({ preview: 'too late', expires_at: Date.now() - 1 }) });
    const live = news({ last_message: lastMessage({ preview: 'in time', expires_at: Date.now() + 600_000 }) });
    await inboxOf(ada).noteChat(1, ended);
    await inboxOf(ada).noteChat(1, live);
    const heard = await inbox.waitForType('chat_updated', (event) => event.chat.id === live.id);
    expect(heard.chat.last_message?.preview).toBe('in time');
    expect((await inbox.waitForType('chat_updated', (event) => event.chat.id === ended.id)).chat.last_message).toBeNull();
    expect(JSON.stringify(inbox.events)).not.toContain('too late');
    await inbox.close();
  });
});

describe('ended sessions', () => {
  test('[AUTH-4] [SOCK-6] a crash between the end of a session and its rooms is made up for when the inbox wakes', async () => {
    const { ada, ben } = await signUpTwo();
    const chatId = await directChat(ada, ben);
    const login = await callApi(harness.url, 'POST', '/api/login', { username: ada.username, password: ada.password, cookie: false });
    const { access_token } = v.parse(v.object({ access_token: v.string() }), login.body);
    const socket = connectRoom(harness.url, access_token, chatId);
    await socket.waitForType('welcome');
    socket.send({ type: 'typing_stop' });
    await socket.ping();
    // What such a crash leaves: the committed end, and neither a call to the room nor an alarm.
    const claims = v.parse(
      v.object({ sid: v.string() }),
      JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString()),
    );
    const storage = await harness.worker.getDurableObjectStorage('Inbox', { name: ada.id });
    await storage.exec('INSERT INTO ended_sessions(sid, ended_at) VALUES (?, ?)', claims.sid, Date.now());
    await storage.exec('DELETE FROM open_rooms WHERE sid = ?', claims.sid);
    const errand = "INSERT INTO jobs(kind, key, due, tries, generation) VALUES ('end_session', ?, ?, 0, 0)";
    await storage.exec(errand, `${claims.sid} ${chatId}`, Date.now());
    await harness.worker.evictDurableObject('Inbox', { name: ada.id });
    await listOf(ada);
    expect(await socket.closed).toMatchObject({ code: closeCodes.unauthenticated });
    await until('the errand to be done', async () => (await storage.exec('SELECT * FROM jobs')).length === 0);
  });

  test('[AUTH-3] [SOCK-6] one that ended by age is found when another opens a room: its sockets close and its rows go', async () => {
    const { ada, ben } = await signUpTwo();
    const chatId = await directChat(ada, ben);
    const old = connectRoom(harness.url, ada.accessToken, chatId);
    await old.waitForType('welcome');
    old.send({ type: 'typing_stop' });
    await old.ping();
    const storage = await harness.worker.getDurableObjectStorage('Inbox', { name: ada.id });
    await storage.exec('UPDATE open_rooms SET opened_at = opened_at - ?', 90 * 24 * 60 * 60 * 1000 + 1);
    const login = await callApi(harness.url, 'POST', '/api/login', { username: ada.username, password: ada.password, cookie: false });
    const { access_token } = v.parse(v.object({ access_token: v.string() }), login.body);
    const young = connectRoom(harness.url, access_token, chatId);
    await young.waitForType('welcome');
    expect(await old.closed).toMatchObject({ code: closeCodes.unauthenticated });
    await until('the row to go', async () => (await storage.exec('SELECT * FROM open_rooms')).length === 1);
    await young.ping();
    await young.close();
  });
});
