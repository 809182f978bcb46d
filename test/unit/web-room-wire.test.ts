import { beforeEach, describe, expect, it } from 'vitest';
import { pingHiddenMs, pingVisibleMs, pongTimeoutMs } from '../../src/protocol/limits';
import type { ServerRoomEvent } from '../../src/protocol/room-frames';
import type { LinkPhase } from '../../web/wire/live-socket';
import { type OutgoingMessage, RoomWire } from '../../web/wire/room-wire';
import { ServerClock } from '../../web/wire/server-clock';
import { TokenKeeper } from '../../web/wire/token-keeper';
import { chatId, messageOf, welcomeOf } from './web-models';
import { FakePlatform, settle, testId } from './web-platform';

const textOf = (number: number): OutgoingMessage => ({
  type: 'send_message',
  id: testId(number),
  message_type: 'text',
  content: `Own line ${number}`,
});

describe('a room over its socket', () => {
  let platform: FakePlatform;
  let room: RoomWire;
  let events: ServerRoomEvent[];
  let phases: LinkPhase[];
  let refused: [id: string, code: string][];
  let refreshes: number;
  let tooOld: Set<string>;

  beforeEach(() => {
    platform = new FakePlatform();
    refreshes = 0;
    platform.answer = () => Response.json({ access_token: `renewed.${++refreshes}`, expires_in: 900 });
    const tokens = new TokenKeeper(platform, { lost() {}, userChanged() {} });
    tokens.adopt('first.token', 900);
    events = [];
    phases = [];
    tooOld = new Set();
    refused = [];
    room = new RoomWire(platform, tokens, new ServerClock(platform.now), chatId, {
      events: (batch) => events.push(...batch),
      refused: (id, code) => refused.push([id, code]),
      mayRepeat: (id) => !tooOld.has(id),
      phaseChanged: (phase) => phases.push(phase),
    });
  });

  const openLive = async (rev = 7) => {
    room.open();
    await settle();
    platform.last.deliver(welcomeOf(rev));
  };
  const phase = () => phases.at(-1);

  it('[SYNC-1] comes without a position first, with the token as a subprotocol and nothing secret in the address', async () => {
    room.open();
    await settle();
    expect(platform.last.url.href).toBe(`wss://relayhub.test/api/chats/${chatId}/socket`);
    expect(platform.last.protocols).toEqual(['relayhub.v1', 'bearer.first.token']);
    expect(phase()).toEqual({ kind: 'connecting' });
    platform.last.deliver(welcomeOf(7));
    expect(phase()).toEqual({ kind: 'live' });
  });

  it('[SYNC-3] comes back with the epoch and the highest rev seen', async () => {
    await openLive(7);
    platform.last.deliver([
      { type: 'new_message', rev: 9, message: messageOf(1) },
      { type: 'message_expired', rev: 8, message_id: testId(1), reason: 'expired', deleted_at: 5 },
      { type: 'message_expired', message_id: testId(2), reason: 'expired', deleted_at: 5 },
    ]);
    platform.last.closeWith(1006);
    await platform.pass(5_000);
    expect(platform.last.url.search).toBe('?epoch=first&rev=9');
  });

  it('[SYNC-2] a reset takes the position back to what the room says', async () => {
    await openLive(50);
    platform.last.closeWith(1012);
    await platform.pass(5_000);
    platform.last.deliver(welcomeOf(3, { epoch: 'second', reset: true }));
    platform.last.closeWith(1012);
    await platform.pass(5_000);
    expect(platform.last.url.search).toBe('?epoch=second&rev=3');
  });

  it('[SEND-2] what was written before the room is live goes out with it, in order', async () => {
    room.open();
    await settle();
    room.send(textOf(1));
    room.send(textOf(2));
    expect(platform.last.sent).toEqual([]);
    platform.last.deliver(welcomeOf(1));
    expect(platform.last.sent.map((frame) => JSON.parse(frame))).toEqual([[textOf(1), textOf(2)]]);
  });

  it('[SEND-2] what is not answered is sent again under the same id after every reconnect; what is answered is not', async () => {
    await openLive();
    for (const number of [1, 2, 3, 4]) room.send(textOf(number));
    platform.last.deliver({
      type: 'message_accepted',
      id: testId(1),
      seq: 8,
      created_at: 1,
      expires_at: null,
      expires_in_seconds: null,
      expire_mode: 'after_send',
    });
    platform.last.deliver({ type: 'new_message', rev: 8, message: messageOf(2) });
    platform.last.closeWith(1006);
    await platform.pass(5_000);
    platform.last.deliver(welcomeOf(9, { messages: [messageOf(3)] }));
    expect(platform.last.sent.map((frame) => JSON.parse(frame))).toEqual([textOf(4)]);
  });

  it('[SYNC-5] what may not be repeated is left to its owner, and goes when that sends it again', async () => {
    await openLive();
    room.send(textOf(1));
    room.send(textOf(2));
    tooOld.add(testId(1));
    platform.last.closeWith(1006);
    await platform.pass(5_000);
    platform.last.deliver(welcomeOf(8));
    expect(platform.last.sent.map((frame) => JSON.parse(frame))).toEqual([textOf(2)]);
    room.send(textOf(1));
    expect(JSON.parse(platform.last.sent.at(-1) ?? '')).toEqual(textOf(1));
  });

  it('[SEND-2] a refusal ends a message, a limit only delays it', async () => {
    await openLive();
    room.send(textOf(1));
    room.send(textOf(2));
    platform.last.deliver(
      { type: 'error', code: 'invalid', detail: 'no', ref: testId(1) },
      { type: 'error', code: 'rate_limited', detail: 'slowly', ref: testId(2), retry_after_ms: 3_000 },
      { type: 'error', code: 'invalid', detail: 'of something else' },
    );
    expect(refused).toEqual([[testId(1), 'invalid']]);
    const before = platform.last.sent.length;
    await platform.pass(2_900);
    expect(platform.last.sent).toHaveLength(before);
    await platform.pass(200);
    expect(JSON.parse(platform.last.sent.at(-1) ?? '')).toEqual(textOf(2));
  });

  it('[SOCK-3] 4401 renews the token and tries once', async () => {
    await openLive();
    platform.last.closeWith(4401);
    await settle();
    expect(platform.last.protocols).toContain('bearer.renewed.1');
    platform.last.closeWith(4401);
    await platform.pass(600_000);
    expect(phase()).toEqual({ kind: 'stopped', code: 4401 });
    expect(platform.connections).toHaveLength(2);
  });

  it.each([4403, 4404, 4409])('[SOCK-3] %i stops until the user asks', async (code) => {
    await openLive();
    platform.last.closeWith(code);
    await platform.pass(600_000);
    platform.wake();
    await settle();
    expect(platform.connections).toHaveLength(1);
    expect(phase()).toEqual({ kind: 'stopped', code });
    room.open();
    await settle();
    expect(platform.connections).toHaveLength(2);
  });

  it('[SOCK-3] the return of the network or the user ends the waiting', async () => {
    platform.randomness = 0.99;
    await openLive();
    platform.last.closeWith(1006);
    expect(phase()).toEqual({ kind: 'waiting' });
    platform.wake();
    await settle();
    expect(platform.connections).toHaveLength(2);
  });

  it('[SOCK-5] pings while visible and hidden, and a pong keeps the connection', async () => {
    await openLive();
    await platform.pass(pingVisibleMs);
    expect(platform.last.sent).toEqual(['ping']);
    platform.last.deliver('pong');
    platform.isPageVisible = false;
    await platform.pass(pingVisibleMs);
    platform.last.deliver('pong');
    expect(platform.last.sent).toHaveLength(2);
    await platform.pass(pingHiddenMs - 1);
    expect(platform.last.sent).toHaveLength(2);
    await platform.pass(1);
    expect(platform.last.sent).toHaveLength(3);
    expect(platform.connections).toHaveLength(1);
  });

  it('[SOCK-5] without a pong in 10 s it reconnects', async () => {
    await openLive();
    await platform.pass(pingVisibleMs + pongTimeoutMs - 1);
    expect(platform.connections).toHaveLength(1);
    await platform.pass(1);
    expect(platform.connections[0]?.isClosed).toBe(true);
    expect(platform.connections).toHaveLength(2);
  });

  it('a server that accepts and then says nothing is given up', async () => {
    room.open();
    await settle();
    await platform.pass(25_000);
    expect(platform.connections.length).toBeGreaterThan(1);
    expect(platform.connections[0]?.isClosed).toBe(true);
  });

  it('closing stops everything, and what an old connection still says is not heard', async () => {
    await openLive();
    room.close();
    const heard = events.length;
    platform.last.deliver({ type: 'new_message', rev: 9, message: messageOf(1) });
    await platform.pass(600_000);
    expect(events).toHaveLength(heard);
    expect(platform.connections).toHaveLength(1);
  });
});
