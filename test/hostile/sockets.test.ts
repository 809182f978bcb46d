import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { issueAccessToken } from '../../src/auth/access-tokens';
import { type Env, readConfig } from '../../src/config';
import { bearerSubprotocolPrefix, closeCodes, subprotocol } from '../../src/protocol/close-codes';
import type { ClientInboxEvent } from '../../src/protocol/inbox-frames';
import { maxEventsPerFrame, maxLimitedFramesInARow } from '../../src/protocol/limits';
import { type ChatOfTwo, makeGroup, text } from '../support/chats';
import { type Harness, startHarness } from '../support/harness';
import { attackUpgrade, expectProblem, expectQuietLogs, roomRows } from '../support/hostility';
import { connectInbox } from '../support/inbox-socket';
import { type Person, signUp } from '../support/people';
import { until } from '../support/poll';
import { connectRoom } from '../support/room-socket';

/** In every text that is sent: shows wherever something leaks. */
const mark = 'the-heron-flies-at-nine';

let harness: Harness;
let chat: ChatOfTwo;
let eve: Person;
beforeAll(async () => {
  harness = await startHarness({});
  [chat, eve] = await Promise.all([makeGroup(harness.url, null), signUp(harness.url, 'eve')]);
});
afterAll(async () => {
  expectQuietLogs(harness, mark, chat.ada.accessToken);
  await harness.close();
});

const roomPath = () => `/api/chats/${chat.chatId}/socket`;
const inboxPath = '/api/users/me/socket';
const bytesOf = (content: string) => new Uint8Array(Buffer.from(content));
const bearer = (token: string) => bearerSubprotocolPrefix + token;

interface Handshake {
  readonly protocols: string[];
  readonly headers?: Record<string, string>;
}

/** Node's WebSocket takes the headers that a browser would not let a page set; the types only know the browser's. */
const HeaderedWebSocket: new (url: string, options: Handshake) => WebSocket = WebSocket as never;

function open(path: string, options: Handshake): WebSocket {
  return new HeaderedWebSocket(harness.url.replace('http', 'ws') + path, options);
}

/** How the server closes a socket asked for in this way, and every frame before that. */
function closingOf(path: string, options: Handshake): Promise<{ code: number; frames: string[]; protocol: string | null }> {
  const socket = open(path, options);
  const frames: string[] = [];
  socket.addEventListener('error', () => {});
  socket.addEventListener('message', ({ data }) => frames.push(String(data)));
  return new Promise((resolve) => {
    socket.addEventListener('close', ({ code }) => resolve({ code, frames, protocol: socket.protocol }));
  });
}

/** The first frame of a socket asked for in this way. */
function firstFrameOf(path: string, options: Handshake): Promise<string> {
  const socket = open(path, options);
  onTestFinished(() => socket.close());
  return new Promise((resolve, reject) => {
    socket.addEventListener('error', () => reject(new Error('No connection')));
    socket.addEventListener('message', ({ data }) => resolve(String(data)));
  });
}

describe('upgrades', () => {
  it('[SOCK-1] [SOCK-3] without a valid token they close with 4401, with a foreign chat 4404, and nothing is said before', async () => {
    const { ada, chatId } = chat;
    const config = readConfig(await harness.server.getWorker<Env>().getEnv());
    const expired = await issueAccessToken(config, { userId: ada.id, sessionId: randomUUID() }, Date.now() - 16 * 60_000);
    for (const path of [roomPath(), inboxPath, `/api/chats/${randomUUID()}/socket`]) {
      for (const protocols of [
        [subprotocol],
        [subprotocol, bearer('x')],
        [subprotocol, bearer(`${ada.accessToken}x`)],
        [subprotocol, bearer(expired)],
      ])
        expect(await closingOf(path, { protocols })).toEqual({ code: closeCodes.unauthenticated, frames: [], protocol: subprotocol });
    }
    for (const id of [chatId, randomUUID(), 'x', '%00', '__proto__'])
      expect(await closingOf(`/api/chats/${id}/socket`, { protocols: [subprotocol, bearer(eve.accessToken)] })).toMatchObject({
        code: closeCodes.notFound,
        frames: [],
      });
  });

  it('[SOCK-2] a foreign Origin closes with 4403, though the token is right', async () => {
    const protocols = [subprotocol, bearer(chat.ada.accessToken)];
    const { host, port } = new URL(harness.url);
    for (const origin of [
      'https://evil.example',
      'null',
      'http://127.0.0.1:1',
      `http://${host}.evil.example`,
      `http://evil.example:${port}`,
      `${harness.url}/`,
    ]) {
      for (const path of [roomPath(), inboxPath])
        expect(await closingOf(path, { protocols, headers: { origin } }), origin).toEqual({
          code: closeCodes.forbidden,
          frames: [],
          protocol: subprotocol,
        });
    }
    expect(await firstFrameOf(roomPath(), { protocols, headers: { origin: harness.url } })).toContain('"welcome"');
  });

  it('[SOCK-3] another protocol alone closes with 4426', async () => {
    for (const protocols of [['relayhub.v2'], ['RELAYHUB.V1'], ['chat', bearer(chat.ada.accessToken)]]) {
      for (const path of [roomPath(), inboxPath])
        expect(await closingOf(path, { protocols })).toMatchObject({ code: closeCodes.protocolNotSpoken, frames: [] });
    }
  });

  it('[SOCK-1] who asks for no protocol, or for no upgrade to a WebSocket, gets the problem over HTTP', async () => {
    const authorization = `Bearer ${chat.ada.accessToken}`;
    const handshake = { 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' };
    for (const path of [roomPath(), inboxPath]) {
      expectProblem(await attackUpgrade(harness.url + path, { authorization, upgrade: 'websocket', ...handshake }), [422, 'invalid']);
      expectProblem(await attackUpgrade(harness.url + path, { authorization, connection: 'keep-alive' }), [422, 'invalid']);
    }
  });

  it('a header that names another user does nothing', async () => {
    const { ada, ben, chatId } = chat;
    const smuggled = { 'x-relayhub-upgrade': JSON.stringify({ userId: ada.id, sid: randomUUID(), resume: null }) };
    const asEve = await closingOf(roomPath(), { protocols: [subprotocol, bearer(eve.accessToken)], headers: smuggled });
    expect(asEve).toMatchObject({ code: closeCodes.notFound, frames: [] });
    const asNobody = await closingOf(roomPath(), { protocols: [subprotocol], headers: smuggled });
    expect(asNobody).toMatchObject({ code: closeCodes.unauthenticated, frames: [] });
    const asBen = await firstFrameOf(roomPath(), { protocols: [subprotocol, bearer(ben.accessToken)], headers: smuggled });
    expect(JSON.parse(asBen)).toMatchObject({ type: 'welcome', me: { user_id: ben.id }, chat: { id: chatId } });
  });

  it('[SYNC-2] a position that cannot be is a reset', async () => {
    const protocols = [subprotocol, bearer(chat.ada.accessToken)];
    for (const query of [
      'epoch=&rev=',
      'epoch=x&rev=-1',
      'epoch=%00&rev=1e9',
      `epoch=${'x'.repeat(4_000)}&rev=999999999999999`,
      'rev=1',
      'epoch=__proto__&rev=0',
    ])
      expect(JSON.parse(await firstFrameOf(`${roomPath()}?${query}`, { protocols }))).toMatchObject({ type: 'welcome', reset: true });
  });
});

describe('frames', () => {
  /** Frames that are none, and events that ask for what cannot be. */
  const attacks = (): (string | Uint8Array<ArrayBuffer>)[] => {
    const line = () => text(mark);
    const events = [
      { ...line(), id: mark.repeat(2_000) },
      { ...line(), id: randomUUID().toUpperCase() },
      { ...line(), content: `${mark}\ud800` },
      { ...line(), content: 'x'.repeat(5_001) },
      { ...line(), content: [mark] },
      { ...line(), message_type: 'system' },
      { ...line(), expires_in_seconds: -1 },
      { ...line(), expires_in_seconds: '1' },
      { ...line(), ref: 'x'.repeat(65) },
      { ...line(), type: 'constructor' },
      { ...line(), type: '__proto__' },
      { ...line(), type: ['send_message'] },
      { type: 'new_message', rev: 9, message: { ...line(), seq: 9 } },
      { type: 'message_expired', rev: 9, message_id: randomUUID() },
      [line()],
      mark,
      7,
      null,
      true,
    ].map((event) => JSON.stringify(event === null || typeof event !== 'object' || Array.isArray(event) ? [event] : event));
    return [
      ...events,
      '',
      mark,
      '{"type":"send_message"',
      '[]',
      '\u0000',
      'ping ',
      'NaN',
      '['.repeat(60_000),
      `${'[{"type":'.repeat(6_000)}1`,
      JSON.stringify(Array.from({ length: maxEventsPerFrame + 1 }, line)),
      bytesOf(JSON.stringify(line())),
      new Uint8Array(0),
      `{"__proto__":${JSON.stringify(line())}}`,
    ];
  };

  it('[SOCK-3] [SOCK-4] what is no event gets a coded error, changes nothing and reaches nobody', async () => {
    const { ada, ben, chatId } = chat;
    const [a, b] = [ada, ben].map((person) => connectRoom(harness.url, person.accessToken, chatId));
    if (a === undefined || b === undefined) throw new Error('No sockets');
    await Promise.all([a.waitForType('welcome'), b.waitForType('welcome')]);
    const before = await roomRows(harness, chat);
    let errors = 0;
    for (const frame of attacks()) {
      a.sendRaw(frame);
      // A good one between them: ten bad ones in a row are another rule.
      a.send({ type: 'typing_stop' });
      errors += 1;
      await a
        .waitFor(() => a.eventsOfType('error').length === errors)
        .catch(() => expect.fail(`no error for ${String(frame).slice(0, 80)}`));
    }
    for (const error of a.eventsOfType('error')) {
      expect(error.code).toBe('invalid');
      expect(JSON.stringify(error)).not.toContain(mark);
    }
    expect(await roomRows(harness, chat)).toEqual(before);
    const said = text(`a\u0000b \u202e${mark}`);
    a.sendRaw(JSON.stringify(said).replace('{', '{"__proto__":{"content":"polluted"},"constructor":7,'));
    const { message } = await b.waitForType('new_message');
    expect(message).toMatchObject({ id: said.id, content: said.content, sender_id: ada.id });
    const heard = b.events.map((event) => event.type).filter((type) => type !== 'here_changed');
    expect(heard).toEqual(['welcome', 'new_message']);
    await Promise.all([a.close(), b.close()]);
  });

  it('[SOCK-3] a frame of megabytes closes its own socket alone', async () => {
    const { ada, ben, chatId } = chat;
    const other = connectRoom(harness.url, ben.accessToken, chatId);
    await other.waitForType('welcome');
    for (const frame of ['x'.repeat(2_000_000), new Uint8Array(2_000_000)]) {
      const socket = connectRoom(harness.url, ada.accessToken, chatId);
      await socket.waitForType('welcome');
      socket.sendRaw(frame);
      expect(await socket.closed).toMatchObject({ code: closeCodes.frameTooLarge });
    }
    await other.ping();
    await other.close();
  });

  it('[SOCK-3] [SOCK-4] an inbox takes no more than a room does, and tells nothing of foreign chats', async () => {
    const socket = connectInbox(harness.url, eve.accessToken);
    await socket.waitForType('inbox');
    const foreign: ClientInboxEvent = { type: 'want_previews', chat_room_ids: [chat.chatId, randomUUID()] };
    const broken = ['', mark, '[]', '{"type":"want_previews"', '['.repeat(60_000), bytesOf(JSON.stringify(foreign))];
    const wrong = [
      { ...foreign, chat_room_ids: 'all' },
      { ...foreign, chat_room_ids: [mark] },
      { ...foreign, chat_room_ids: Array.from({ length: 51 }, () => randomUUID()) },
      { ...foreign, type: '__proto__' },
      { ...text(mark) },
    ].map((event) => JSON.stringify(event));
    let errors = 0;
    for (const frame of [...broken, ...wrong]) {
      socket.sendRaw(frame);
      socket.send(foreign);
      errors += 1;
      await socket
        .waitFor(() => socket.eventsOfType('error').length === errors)
        .catch(() => expect.fail(`no error for ${String(frame).slice(0, 80)}`));
    }
    for (const error of socket.eventsOfType('error')) {
      expect(error.code).toBe('invalid');
      expect(JSON.stringify(error)).not.toContain(mark);
    }
    await socket.waitFor(() => socket.eventsOfType('previews').length === errors);
    for (const { items } of socket.eventsOfType('previews')) expect(items).toEqual([]);
    socket.sendRaw('\u00e9'.repeat(40_000));
    expect(await socket.closed).toMatchObject({ code: closeCodes.frameTooLarge });
  });

  it('[SOCK-4] every event of an inbox is refused by its code and its ref where it is bad or of a foreign chat, and changes nothing', async () => {
    const { ada, ben, chatId } = chat;
    const lines = connectRoom(harness.url, ben.accessToken, chatId);
    await lines.waitForType('welcome');
    lines.send(text(mark));
    await lines.waitForType('message_accepted');
    const list = async () => (await ada.call('GET', '/api/users/me/chats')).body;
    await until('the list', async () => JSON.stringify(await list()).includes(mark));
    const before = await list();
    const socket = connectInbox(harness.url, ada.accessToken);
    await socket.waitForType('inbox');
    const many = Array.from({ length: 201 }, () => randomUUID());
    const bad: Record<string, object[]> = {
      want_previews: [{}, { chat_room_ids: null }, { chat_room_ids: [1] }, { chat_room_ids: ['x'] }, { chat_room_ids: many.slice(0, 51) }],
      mark_delivered: [
        {},
        { chat_room_id: chatId },
        { chat_room_id: chatId, up_to_seq: -1 },
        { chat_room_id: chatId, up_to_seq: 1.5 },
        { chat_room_id: chatId, up_to_seq: '1' },
        { chat_room_id: [chatId], up_to_seq: 1 },
        { chat_room_id: mark, up_to_seq: 1 },
      ],
      active: [{}, { visible: 'yes' }, { visible: null }, { visible: 1 }],
      watch_presence: [{}, { user_ids: ben.id }, { user_ids: [mark] }, { user_ids: many }],
      send_message: [{ ...text(mark) }],
      constructor: [{}],
    };
    const events = Object.entries(bad).flatMap(([type, variants]) => variants.map((event) => ({ ...event, type })));
    const named = events.map(({ ...event }, index) => ({ ...event, id: undefined, ref: `bad ${index}` }));
    for (const event of named) {
      socket.sendRaw(JSON.stringify(event));
      // Something good beside it, so that the socket is not closed for its manners.
      socket.send({ type: 'want_previews', chat_room_ids: [] });
    }
    for (const chat_room_id of [randomUUID(), eve.id]) socket.send({ type: 'mark_delivered', chat_room_id, up_to_seq: 1, ref: 'foreign' });
    await socket.waitFor(() => socket.eventsOfType('error').length === named.length + 2);
    const errors = socket.eventsOfType('error').map(({ code, ref }) => [ref, code]);
    const expected = [...named.map(({ ref }) => [ref, 'invalid']), ['foreign', 'not_found'], ['foreign', 'not_found']];
    expect(errors.sort()).toEqual(expected.sort());
    expect(JSON.stringify(socket.eventsOfType('error'))).not.toContain(mark);
    expect([await list(), socket.eventsOfType('presence')]).toEqual([before, []]);
    // Nobody's delivery was told either.
    expect(lines.eventsOfType('message_delivered').flatMap(({ by }) => by.map(({ user_id }) => user_id))).not.toContain(ada.id);
    await Promise.all([socket.close(), lines.close()]);
  });

  it('[SOCK-6] the list of somebody else can be neither read, nor changed, nor cleared', async () => {
    const { ada, ben, chatId } = chat;
    const list = async () => (await ada.call('GET', '/api/users/me/chats')).body;
    const before = await list();
    for (const [method, path, body] of [
      ['GET', `/api/users/${ada.id}/chats`],
      ['PATCH', `/api/users/${ada.id}/chats/${chatId}`, { pinned: true }],
      ['DELETE', `/api/users/${ada.id}/chats/${chatId}`],
    ] as const) {
      for (const other of [ben, eve]) expect((await other.call(method, path, body)).status).toBe(403);
    }
    for (const [method, body] of [['PATCH', { archived: true }], ['DELETE']] as const)
      expect((await eve.call(method, `/api/users/me/chats/${chatId}`, body)).status).toBe(404);
    expect(await list()).toEqual(before);
  });

  it('[LIMIT-1] [SOCK-3] who sends on after being told to wait is closed with 4429, and what was refused is not there', async () => {
    const limited = await startHarness({ RELAYHUB_LIMIT_FACTOR: '1' });
    onTestFinished(() => limited.close());
    const { ada, ben, chatId } = await makeGroup(limited.url, null);
    const socket = connectRoom(limited.url, ada.accessToken, chatId);
    await socket.waitForType('welcome');
    for (let i = 0; i < 400; i++) socket.send(text(`${mark} ${i}`));
    expect(await socket.closed).toMatchObject({ code: closeCodes.tooManyFrames });
    const refused = socket.eventsOfType('error');
    expect(refused.length).toBeGreaterThanOrEqual(maxLimitedFramesInARow);
    expect(refused.every((error) => error.code === 'rate_limited' && (error.retry_after_ms ?? 0) > 0)).toBe(true);
    const reader = connectRoom(limited.url, ben.accessToken, chatId);
    const { messages } = await reader.waitForType('welcome');
    expect(messages).not.toEqual([]);
    expect(messages.filter((message) => refused.some((error) => error.ref === message.id))).toEqual([]);
    await reader.close();

    const inbox = connectInbox(limited.url, ada.accessToken);
    await inbox.waitForType('inbox');
    for (let i = 0; i < 200; i++) inbox.send({ type: 'watch_presence', user_ids: [ben.id] });
    expect(await inbox.closed).toMatchObject({ code: closeCodes.tooManyFrames });
    expect(inbox.eventsOfType('error').length).toBeGreaterThanOrEqual(maxLimitedFramesInARow);
  });
});
