import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeCodes } from '../../src/protocol/close-codes';
import { chatAnswer, chatsAnswer, messageAnswer, messagesAnswer } from '../../src/protocol/rest';
import { type Harness, startHarness } from '../support/harness';
import { connectInbox } from '../support/inbox-socket';
import { callApi, type Person, signUp } from '../support/people';
import { until } from '../support/poll';
import { connectRoom } from '../support/room-socket';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

/** Two people and their direct chat. */
async function directChat(): Promise<{ ada: Person; ben: Person; chatId: string }> {
  const [ada, ben] = await Promise.all([signUp(harness.url, 'ada'), signUp(harness.url, 'ben')]);
  const answer = await ada.call('POST', '/api/chats', { is_group: false, member_ids: [ben.id] });
  return { ada, ben, chatId: v.parse(chatAnswer, answer.body).chat.id };
}

const text = (content: string) => ({ type: 'send_message', id: randomUUID(), message_type: 'text', content }) as const;

describe('making chats', () => {
  test('a direct chat of two is found again from both sides', async () => {
    const { ada, ben, chatId } = await directChat();
    const again = await ben.call('POST', '/api/chats', { is_group: false, member_ids: [ada.id] });
    expect(again.status).toBe(200);
    const { chat } = v.parse(chatAnswer, again.body);
    expect(chat).toMatchObject({ id: chatId, is_group: false, member_count: 2, other_user: { id: ada.id } });
  });

  test('a group has its name, its members and its maker as owner, and its creation can be repeated', async () => {
    const [ada, ben, eve] = await Promise.all([signUp(harness.url), signUp(harness.url), signUp(harness.url)]);
    const body = { id: randomUUID(), is_group: true, name: 'Picnic', member_ids: [ben.id, eve.id] };
    const made = await ada.call('POST', '/api/chats', body);
    const repeated = await ada.call('POST', '/api/chats', body);
    expect([made.status, repeated.status]).toEqual([201, 200]);
    expect(v.parse(chatAnswer, repeated.body).chat).toMatchObject({
      id: body.id,
      name: 'Picnic',
      member_count: 3,
      my_role: 'owner',
      last_seq: 1,
    });
    const stranger = await signUp(harness.url);
    expect(await stranger.call('POST', '/api/chats', { ...body, member_ids: [ben.id] })).toMatchObject({
      status: 409,
      body: { code: 'id_reused' },
    });
  });

  test('unknown people, nobody, a group without name: 422 naming the field, and no chat', async () => {
    const ada = await signUp(harness.url);
    const nobody = randomUUID();
    for (const [body, path] of [
      [{ is_group: false, member_ids: [nobody] }, 'member_ids.0'],
      [{ is_group: false, member_ids: [ada.id] }, 'member_ids'],
      [{ is_group: true, member_ids: [nobody] }, 'name'],
      [{ is_group: false, member_ids: [] }, 'member_ids'],
    ] as const) {
      expect(await ada.call('POST', '/api/chats', body)).toMatchObject({
        status: 422,
        body: { code: 'invalid', errors: expect.arrayContaining([expect.objectContaining({ path })]) },
      });
    }
    expect((await ada.call('GET', '/api/users/me/chats')).body).toEqual({ chats: [], next_cursor: null });
  });
});

describe('talking', () => {
  test('[SYNC-1] the first frame is the welcome, with the room, its members and what was said', async () => {
    const { ada, ben, chatId } = await directChat();
    const socket = connectRoom(harness.url, ada.accessToken, chatId);
    const welcome = await socket.waitForType('welcome');
    expect(welcome).toMatchObject({ protocol: 1, reset: true, me: { user_id: ada.id }, here: [ada.id], chat: { id: chatId, last_seq: 1 } });
    expect(welcome.members.map((member) => member.user.id).sort()).toEqual([ada.id, ben.id].sort());
    expect(welcome.messages).toMatchObject([
      { seq: 1, message_type: 'system', content: null, system: { kind: 'created', actor_id: ada.id } },
    ]);
    await socket.close();
  });

  test('[SEND-2] [SEND-4] the sender gets the decision before everybody gets the message', async () => {
    const { ada, ben, chatId } = await directChat();
    const [a, b] = [connectRoom(harness.url, ada.accessToken, chatId), connectRoom(harness.url, ben.accessToken, chatId)];
    await Promise.all([a.waitForType('welcome'), b.waitForType('welcome')]);
    const line = text('Hello, Ben');
    a.send(line);
    const heard = await b.waitForType('new_message');
    expect(heard.message).toMatchObject({ id: line.id, seq: 2, sender_id: ada.id, content: 'Hello, Ben' });
    await a.waitForType('new_message');
    expect(a.events.map((event) => event.type).filter((type) => type !== 'here_changed')).toEqual([
      'welcome',
      'message_accepted',
      'new_message',
    ]);
    expect(b.eventsOfType('message_accepted')).toEqual([]);
    await Promise.all([a.close(), b.close()]);
  });

  test('[SEND-2] the same id again gives the first result and changes nothing; from somebody else it is id_reused', async () => {
    const { ada, ben, chatId } = await directChat();
    const [a, b] = [connectRoom(harness.url, ada.accessToken, chatId), connectRoom(harness.url, ben.accessToken, chatId)];
    await Promise.all([a.waitForType('welcome'), b.waitForType('welcome')]);
    const line = text('once');
    a.send([line, line, { ...line, content: 'changed' }]);
    await b.waitForType('new_message');
    a.send(text('end'));
    await b.waitForType('new_message', (event) => event.message.content === 'end');
    const [first, ...others] = a.eventsOfType('message_accepted').filter((event) => event.id === line.id);
    expect(others).toEqual([first, first]);
    expect(b.eventsOfType('new_message').map((event) => event.message.content)).toEqual(['once', 'end']);
    b.send({ ...line, content: 'mine now' });
    expect(await b.waitForType('error')).toMatchObject({ code: 'id_reused', ref: line.id });
    await Promise.all([a.close(), b.close()]);
  });

  test('[SEND-3] [SYNC-3] a burst from both sides has one order, without gaps, the same for both', async () => {
    const { ada, ben, chatId } = await directChat();
    const [a, b] = [connectRoom(harness.url, ada.accessToken, chatId), connectRoom(harness.url, ben.accessToken, chatId)];
    await Promise.all([a.waitForType('welcome'), b.waitForType('welcome')]);
    for (let i = 0; i < 100; i++) {
      a.send(text(`a${i}`));
      b.send(text(`b${i}`));
    }
    await Promise.all([a, b].map((socket) => socket.waitForType('new_message', (event) => event.message.seq === 201)));
    for (const socket of [a, b]) {
      const heard = socket.eventsOfType('new_message');
      expect(heard.map((event) => event.message.seq)).toEqual(Array.from({ length: 200 }, (_, i) => i + 2));
      expect(heard.every((event, i) => i === 0 || event.rev >= (heard[i - 1]?.rev ?? 0))).toBe(true);
    }
    // Each hears that its own were accepted in the frame that tells everybody of them, and before that.
    for (const events of a.frames) {
      const told = events.filter((event) => event.type === 'new_message' && event.message.content?.startsWith('a'));
      expect(events.filter((event) => event.type === 'message_accepted')).toHaveLength(told.length);
      const [first] = events;
      if (told.length > 0) expect(first?.type).toBe('message_accepted');
    }
    const heardByA = a.eventsOfType('new_message').map((event) => event.message.content);
    expect(heardByA).toEqual(b.eventsOfType('new_message').map((event) => event.message.content));
    expect(heardByA.filter((content) => content?.startsWith('a'))).toEqual(Array.from({ length: 100 }, (_, i) => `a${i}`));
    await Promise.all([a.close(), b.close()]);
  });

  test('[SYNC-2] who comes back is told what was missed and nothing else; [SYNC-3] telling it twice changes nothing', async () => {
    const { ada, ben, chatId } = await directChat();
    const b = connectRoom(harness.url, ben.accessToken, chatId);
    const { epoch, rev } = await b.waitForType('welcome');
    await b.close();
    const a = connectRoom(harness.url, ada.accessToken, chatId);
    await a.waitForType('welcome');
    a.send([text('one'), text('two'), text('three')]);
    await a.waitForType('new_message', (event) => event.message.content === 'three');
    const back = connectRoom(harness.url, ben.accessToken, chatId, { epoch, rev });
    const welcome = await back.waitForType('welcome');
    expect(welcome).toMatchObject({ reset: false, members: [] });
    expect(welcome.messages.map((message) => message.content)).toEqual(['one', 'two', 'three']);
    await back.close();
    const upToDate = connectRoom(harness.url, ben.accessToken, chatId, { epoch, rev: welcome.rev });
    expect(await upToDate.waitForType('welcome')).toMatchObject({ reset: false, messages: [] });
    for (const position of [
      { epoch: randomUUID(), rev },
      { epoch, rev: 1_000_000 },
    ]) {
      const lost = connectRoom(harness.url, ben.accessToken, chatId, position);
      const fresh = await lost.waitForType('welcome');
      expect([fresh.reset, fresh.messages.length]).toEqual([true, 4]);
      await lost.close();
    }
    await Promise.all([a.close(), upToDate.close()]);
  });

  test('[SYNC-2] more than 500 missed messages are a reset with the newest 50; the rest is in the history, page by page', async () => {
    const { ada, ben, chatId } = await directChat();
    const b = connectRoom(harness.url, ben.accessToken, chatId);
    const { epoch, rev } = await b.waitForType('welcome');
    await b.close();
    const a = connectRoom(harness.url, ada.accessToken, chatId);
    await a.waitForType('welcome');
    for (let i = 0; i < 13; i++) a.send(Array.from({ length: 40 }, (_, j) => text(String(i * 40 + j))));
    await a.waitForType('new_message', (event) => event.message.content === '519');
    const back = connectRoom(harness.url, ben.accessToken, chatId, { epoch, rev });
    const welcome = await back.waitForType('welcome');
    expect(welcome.reset).toBe(true);
    expect(welcome.messages.map((message) => message.content)).toEqual(Array.from({ length: 50 }, (_, i) => String(470 + i)));
    const contents: (string | null)[] = [];
    for (let before: string | null = welcome.messages[0]?.id ?? null; before !== null; ) {
      const page = v.parse(
        messagesAnswer,
        (await ben.call('GET', `/api/users/me/chats/${chatId}/messages?limit=100&before=${before}`)).body,
      );
      contents.push(...page.messages.map((message) => message.content));
      before = page.next_before;
    }
    expect(contents).toEqual([...Array.from({ length: 470 }, (_, i) => String(469 - i)), null]);
    await Promise.all([a.close(), back.close()]);
  });

  test('[SEND-2] over HTTP: 201 for a new message, 200 with the first result for a repeated one', async () => {
    const { ada, ben, chatId } = await directChat();
    const b = connectRoom(harness.url, ben.accessToken, chatId);
    await b.waitForType('welcome');
    const { type: _, ...body } = text('by post');
    const answers = [
      await ada.call('POST', `/api/chats/${chatId}/messages`, body),
      await ada.call('POST', `/api/chats/${chatId}/messages`, body),
    ];
    expect(answers.map((answer) => answer.status)).toEqual([201, 200]);
    expect(v.parse(messageAnswer, answers[1]?.body)).toEqual(v.parse(messageAnswer, answers[0]?.body));
    expect((await b.waitForType('new_message')).message.content).toBe('by post');
    await b.close();
  });

  test('[LIVE-1] the others see who types, until a stop, a message or the end of the socket', async () => {
    const { ada, ben, chatId } = await directChat();
    const [a, b] = [connectRoom(harness.url, ada.accessToken, chatId), connectRoom(harness.url, ben.accessToken, chatId)];
    await Promise.all([a.waitForType('welcome'), b.waitForType('welcome')]);
    a.send({ type: 'typing_start' });
    expect(await b.waitForType('user_typing')).toMatchObject({ user_id: ada.id });
    a.send({ type: 'typing_stop' });
    await b.waitForType('user_stopped_typing');
    // At most one event a user and 2 s: a stop is no way around it.
    await until('a second typing event', () => {
      a.send({ type: 'typing_start' });
      return b.eventsOfType('user_typing').length === 2;
    });
    await a.close();
    await b.waitFor(() => b.eventsOfType('user_stopped_typing').length === 2);
    expect(a.eventsOfType('user_typing')).toEqual([]);
    await b.close();
  });
});

describe('the chat list', () => {
  test('[INBOX-1] [INBOX-2] shows new chats and last messages live, and keeps no text', async () => {
    const [ada, ben] = await Promise.all([signUp(harness.url, 'ada'), signUp(harness.url, 'ben')]);
    const inbox = connectInbox(harness.url, ben.accessToken);
    expect(await inbox.waitForType('inbox')).toMatchObject({ chats: [], next_cursor: null });
    const chatId = v.parse(chatAnswer, (await ada.call('POST', '/api/chats', { is_group: false, member_ids: [ben.id] })).body).chat.id;
    await inbox.waitForType('chat_updated', (event) => event.chat.id === chatId);
    await ada.call('POST', `/api/chats/${chatId}/messages`, text('a secret line'));
    const { chat } = await inbox.waitForType('chat_updated', (event) => event.chat.last_message?.preview === 'a secret line');
    expect(chat).toMatchObject({ other_user: { id: ada.id }, last_message: { sender_name: 'ada', message_type: 'text' } });
    inbox.send({ type: 'want_previews', chat_room_ids: [chatId, randomUUID()] });
    expect((await inbox.waitForType('previews')).items).toEqual([
      { chat_room_id: chatId, message_id: chat.last_message?.id, preview: 'a secret line' },
    ]);
    const listed = v.parse(chatsAnswer, (await ben.call('GET', '/api/users/me/chats')).body);
    expect(listed.chats).toMatchObject([{ id: chatId, last_message: { preview: 'a secret line' } }]);
    const storage = await harness.worker.getDurableObjectStorage('Inbox', { name: ben.id });
    expect(JSON.stringify(await storage.exec('SELECT * FROM chats'))).not.toContain('secret');
    await inbox.close();
  });
});

describe('what does not belong', () => {
  test('a stranger finds neither chat nor history nor socket: existence is not revealed', async () => {
    const { ada, chatId } = await directChat();
    const stranger = await signUp(harness.url);
    for (const id of [chatId, randomUUID()]) {
      expect(await stranger.call('GET', `/api/chats/${id}`)).toMatchObject({ status: 404, body: { code: 'not_found' } });
      expect(await stranger.call('GET', `/api/users/me/chats/${id}/messages`)).toMatchObject({ status: 404 });
      expect(await stranger.call('POST', `/api/chats/${id}/messages`, text('let me in'))).toMatchObject({ status: 404 });
      expect(await connectRoom(harness.url, stranger.accessToken, id).closed).toMatchObject({ code: closeCodes.notFound });
    }
    expect(await stranger.call('GET', `/api/users/${ada.id}/chats`)).toMatchObject({ status: 403 });
  });

  test('[SOCK-1] [SOCK-3] a socket without a valid token closes with 4401', async () => {
    const { chatId } = await directChat();
    expect(await connectRoom(harness.url, null, chatId).closed).toMatchObject({ code: closeCodes.unauthenticated });
    expect(await connectRoom(harness.url, 'not.a.token', chatId).closed).toMatchObject({ code: closeCodes.unauthenticated });
    expect(await connectInbox(harness.url, null).closed).toMatchObject({ code: closeCodes.unauthenticated });
  });

  test('[SOCK-4] bad events get a coded error with their ref and change nothing; their neighbours work', async () => {
    const { ada, chatId } = await directChat();
    const socket = connectRoom(harness.url, ada.accessToken, chatId);
    await socket.waitForType('welcome');
    const bad = [
      { type: 'send_message', id: randomUUID(), message_type: 'text' },
      { type: 'send_message', id: randomUUID(), message_type: 'text', content: '   ' },
      { type: 'send_message', id: randomUUID(), message_type: 'text', content: 'x'.repeat(5_001) },
      { type: 'send_message', id: randomUUID(), message_type: 'text', content: 'x', expires_in_seconds: 0 },
      { type: 'send_message', id: randomUUID(), message_type: 'text', content: 'x', reply_to: randomUUID() },
      { type: 'send_message', id: randomUUID(), message_type: 'image', media_id: randomUUID() },
    ];
    for (const event of bad) socket.sendRaw(JSON.stringify([event, { type: 'typing_stop' }]));
    for (const event of bad) expect((await socket.waitForType('error', (error) => error.ref === event.id)).detail).not.toContain('xxxx');
    socket.sendRaw(JSON.stringify([{ type: 'no_such_event', ref: 'my ref' }, 7, null, text('still fine')]));
    await socket.waitForType('error', (error) => error.ref === 'my ref');
    expect((await socket.waitForType('new_message')).message).toMatchObject({ seq: 2, content: 'still fine' });
    await socket.close();
  });

  test('[SOCK-3] ten malformed frames in a row close with 4400, a frame over 64 KiB with 4413', async () => {
    const { ada, chatId } = await directChat();
    const socket = connectRoom(harness.url, ada.accessToken, chatId);
    await socket.waitForType('welcome');
    for (let i = 0; i < 10; i++) socket.sendRaw('{"type":');
    expect(await socket.closed).toMatchObject({ code: closeCodes.malformed });
    const other = connectRoom(harness.url, ada.accessToken, chatId);
    await other.waitForType('welcome');
    other.sendRaw('é'.repeat(40_000));
    expect(await other.closed).toMatchObject({ code: closeCodes.frameTooLarge });
  });

  test('[SOCK-5] ping is answered', async () => {
    const { ada, chatId } = await directChat();
    const socket = connectRoom(harness.url, ada.accessToken, chatId);
    await socket.waitForType('welcome');
    await socket.ping();
    await socket.close();
  });

  test('[SOCK-7] the sixth socket of a user makes the oldest give way with 4409', async () => {
    const { ada, chatId } = await directChat();
    const sockets = [];
    for (let i = 0; i < 6; i++) {
      const socket = connectRoom(harness.url, ada.accessToken, chatId);
      await socket.waitForType('welcome');
      socket.send({ type: 'typing_stop' });
      sockets.push(socket);
    }
    expect(await sockets[0]?.closed).toMatchObject({ code: closeCodes.tooManySockets });
    await Promise.all(sockets.slice(1).map((socket) => socket.ping()));
    await Promise.all(sockets.slice(1).map((socket) => socket.close()));
  });

  test('[SOCK-6] signing out closes the session’s sockets and no other', async () => {
    const { ada, chatId } = await directChat();
    const login = await callApi(harness.url, 'POST', '/api/login', { username: ada.username, password: ada.password, cookie: false });
    const { access_token: second } = v.parse(v.object({ access_token: v.string() }), login.body);
    const [mine, other, inbox] = [
      connectRoom(harness.url, ada.accessToken, chatId),
      connectRoom(harness.url, second, chatId),
      connectInbox(harness.url, ada.accessToken),
    ];
    await Promise.all([mine.waitForType('welcome'), other.waitForType('welcome'), inbox.waitForType('inbox')]);
    // workerd 2026-11-17 keeps the connection of a socket that never received an event open for 10 s after the close frame.
    mine.send({ type: 'typing_stop' });
    inbox.send({ type: 'want_previews', chat_room_ids: [] });
    await inbox.waitForType('previews');
    expect((await ada.call('POST', '/api/logout')).status).toBe(204);
    expect(await mine.closed).toMatchObject({ code: closeCodes.unauthenticated });
    expect(await inbox.closed).toMatchObject({ code: closeCodes.unauthenticated });
    await other.ping();
    expect(await ada.call('GET', '/api/users/me')).toMatchObject({ status: 401, body: { code: 'session_ended' } });
    expect(await connectRoom(harness.url, ada.accessToken, chatId).closed).toMatchObject({ code: closeCodes.unauthenticated });
    await other.close();
  });
});
