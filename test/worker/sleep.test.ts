import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ChatOfTwo, makeGroup, text } from '../support/chats';
import { type Harness, startHarness } from '../support/harness';
import type { Person } from '../support/people';
import { connectRoom, type RoomPosition, type RoomSocket } from '../support/room-socket';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
const sockets: RoomSocket[] = [];
afterAll(async () => {
  await Promise.all(sockets.map((socket) => socket.close()));
  await harness.close();
});

/** The runtime lets an object go when nothing has moved in it for 10 s. */
const idleMs = 12_000;
const frequentMs = 2_500;

async function join(person: Person, chatId: string, position?: RoomPosition): Promise<RoomSocket> {
  const socket = connectRoom(harness.url, person.accessToken, chatId, position);
  await socket.waitForType('welcome');
  // The rooms of this file are idle side by side, so the sockets are closed at its end.
  sockets.push(socket);
  return socket;
}

/**
 * How many rows the room's object has changed since it came into memory: SQLite counts that for its connection, which
 * lives as long as the object. It never falls within one life, so where it fell the object had gone. Asking wakes it.
 */
async function changesInThisLife(chatId: string): Promise<number> {
  const storage = await harness.worker.getDurableObjectStorage('Room', { name: chatId });
  const [row] = await storage.exec<{ changes: number }>('SELECT total_changes() AS changes');
  return row?.changes ?? Number.NaN;
}

interface BusyRoom {
  readonly chat: ChatOfTwo;
  readonly ada: RoomSocket;
  readonly ben: RoomSocket;
  readonly lines: readonly ReturnType<typeof text>[];
}

/** A room in which Ada said twenty lines of which Ben read ten, with a socket of each. */
async function makeBusyRoom(): Promise<BusyRoom> {
  const chat = await makeGroup(harness.url, null);
  const [ada, ben] = [await join(chat.ada, chat.chatId), await join(chat.ben, chat.chatId)];
  const lines = Array.from({ length: 20 }, (_, i) => text(`line ${i}`));
  ada.send(lines);
  await ben.waitForType('new_message', ({ message }) => message.id === lines.at(-1)?.id);
  ben.send({ type: 'mark_read', message_id: lines[9]?.id ?? '' });
  await ada.waitForType('message_read');
  return { chat, ada, ben, lines };
}

/** What a newcomer is told, but for what changes by their coming and with the clock. */
async function stateOf({ ada, chatId }: ChatOfTwo) {
  const socket = connectRoom(harness.url, ada.accessToken, chatId);
  const { server_time: _, ...state } = await socket.waitForType('welcome');
  await socket.close();
  return { ...state, here: Array.isArray(state.here) ? [...state.here].sort() : state.here };
}

/** Whether the room's object was gone between the two: measured before, waited, asked after `wake` woke it. */
async function sleptUntil({ chatId }: ChatOfTwo, wake: () => Promise<void>): Promise<boolean> {
  const before = await changesInThisLife(chatId);
  await delay(idleMs);
  await wake();
  return (await changesInThisLife(chatId)) < before;
}

/** What each kind of event finds, and leaves, in a room that it wakes. */
const wakings: Record<string, (room: BusyRoom) => Promise<void>> = {
  send_message: async ({ chat, ada, ben, lines }) => {
    const { rev } = await ben.waitForType('new_message', ({ message }) => message.id === lines.at(-1)?.id);
    const line = text('good morning');
    ada.send(line);
    const { message, rev: next } = await ben.waitForType('new_message', (event) => event.message.id === line.id);
    expect(message).toMatchObject({ content: 'good morning', seq: lines.length + 2, sender_id: chat.ada.id });
    expect(next).toBe(rev + 1);
  },
  mark_read: async ({ chat, ada, ben, lines }) => {
    const upTo = lines.length + 1;
    ben.send([
      { type: 'mark_read', message_id: lines[3]?.id ?? '' },
      { type: 'mark_read', message_id: lines.at(-1)?.id ?? '' },
    ]);
    const { by } = await ada.waitForType('message_read', (event) => event.by[0]?.up_to_seq === upTo);
    expect(by).toEqual([{ user_id: chat.ben.id, up_to_seq: upTo, at: expect.any(Number) }]);
  },
  typing_start: async ({ chat, ada, ben }) => {
    ben.send({ type: 'typing_start' });
    expect(await ada.waitForType('user_typing')).toMatchObject({ user_id: chat.ben.id });
  },
  'an event that is refused': async ({ ben, lines }) => {
    ben.send({ type: 'delete_message', id: lines[0]?.id ?? '' });
    expect(await ben.waitForType('error')).toMatchObject({ code: 'forbidden', ref: lines[0]?.id });
  },
  'a client that comes back': async ({ chat, ada, lines }) => {
    const { epoch } = await ada.waitForType('welcome');
    const { rev } = await ada.waitForType('new_message', ({ message }) => message.id === lines.at(-1)?.id);
    const back = await join(chat.ada, chat.chatId, { epoch, rev });
    expect(await back.waitForType('welcome')).toMatchObject({ reset: false, epoch, rev, messages: [], typing: [] });
  },
};

describe.concurrent('an idle room', () => {
  test('sleeps after ten seconds of silence with its sockets open, and wakes as it was', async () => {
    const { chat } = await makeBusyRoom();
    const before = await stateOf(chat);
    expect(before.cursors).toContainEqual({ user_id: chat.ben.id, delivered_seq: 11, read_seq: 11 });
    expect(await changesInThisLife(chat.chatId)).toBeGreaterThan(20);
    expect(await sleptUntil(chat, async () => {})).toBe(true);
    expect(await stateOf(chat)).toEqual(before);
  });

  test.each(Object.keys(wakings))('sleeps, and hears %s', async (what) => {
    const room = await makeBusyRoom();
    expect(await sleptUntil(room.chat, async () => wakings[what]?.(room))).toBe(true);
    const { cursors, messages } = await stateOf(room.chat);
    expect(messages.slice(1, 21)).toMatchObject(room.lines.map(({ id, content }) => ({ id, content })));
    expect(cursors.find(({ user_id }) => user_id === room.chat.ben.id)?.read_seq).toBe(what === 'mark_read' ? 21 : 11);
  });

  test('[SOCK-5] is not kept awake by pings, which the runtime answers for it', async () => {
    const { chat, ada, ben } = await makeBusyRoom();
    const pings: Promise<unknown>[] = [];
    const pinging = setInterval(() => pings.push(Promise.all([ada.ping(), ben.ping()])), frequentMs);
    const slept = await sleptUntil(chat, async () => {}).finally(() => clearInterval(pinging));
    await Promise.all(pings);
    expect([slept, pings.length > 3]).toEqual([true, true]);
  });

  test('stays in memory while somebody types as often: the measure tells the two apart', async () => {
    const { chat, ada } = await makeBusyRoom();
    const typing = setInterval(() => ada.send({ type: 'typing_start' }), frequentMs);
    const slept = await sleptUntil(chat, async () => {}).finally(() => clearInterval(typing));
    expect(slept).toBe(false);
  });
});
