import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mediaAnswer } from '../../src/protocol/rest';
import type { ClientRoomEventInput } from '../../src/protocol/room-frames';
import { text } from '../support/chats';
import { readImage, typeOf } from '../support/images';
import { MeteredDeployment } from '../support/metered/deployment';
import type { Account } from '../support/metered/ledger';
import { callApi } from '../support/people';
import { connectRoom, type RoomSocket } from '../support/room-socket';
import { makeStrangers, profileOf, type Stranger } from './large-rooms';

/**
 * What a message costs from its sending to the purge of its tombstone, counted and not timed: docs/cost.md has the table.
 * Everybody has the chat open and reads along as the page does; the room sleeps in between.
 */

let deployment: MeteredDeployment;
const rooms = new Map<number, OpenRoom>();
beforeAll(async () => {
  deployment = await MeteredDeployment.start();
  for (const size of [2, 100]) rooms.set(size, await openRoom(size));
});
afterAll(async () => {
  for (const { sockets } of rooms.values()) await Promise.all(sockets.map((socket) => socket.close()));
  await deployment.close();
});

interface OpenRoom {
  readonly chatId: string;
  readonly members: readonly Stranger[];
  /** One a member; the first sends. */
  readonly sockets: readonly RoomSocket[];
  readonly sender: RoomSocket;
}

/** A room whose messages end only where they say so themselves, with everybody in it. */
async function openRoom(size: number): Promise<OpenRoom> {
  const chatId = randomUUID();
  const members = makeStrangers(size);
  const [creator, ...others] = members.map((member, index) => profileOf(member, `member_${index}`));
  if (creator === undefined) throw new Error('A room needs somebody');
  const isGroup = size > 2;
  const expiry = { expires_in_seconds: null, expire_mode: 'after_send' } as const;
  await deployment.makeRoom({ id: chatId, isGroup, name: isGroup ? 'Many' : null, creator, members: others, expiry });
  const sockets = await Promise.all(members.map(async ({ id }) => connectRoom(deployment.url, await deployment.signIn(id), chatId)));
  await Promise.all(sockets.map((socket) => socket.waitForType('welcome')));
  const [sender] = sockets;
  if (sender === undefined) throw new Error('A room needs somebody');
  return { chatId, members, sockets, sender };
}

const day = 86_400;

type SendMessage = Extract<ClientRoomEventInput, { type: 'send_message' }>;

/** Sends the message and lets everybody read it as the page does: what has come is reported at once, and so is what was seen. */
async function sendAndRead({ sockets, sender }: OpenRoom, message: SendMessage): Promise<void> {
  sender.send(message);
  await Promise.all(
    sockets.slice(1).map(async (socket) => {
      const arrived = await socket.waitForType('new_message', (event) => event.message.id === message.id);
      socket.send({ type: 'mark_delivered', up_to_seq: arrived.message.seq });
      socket.send({ type: 'mark_read', message_id: message.id });
    }),
  );
  await sender.waitForType('message_accepted', ({ id }) => id === message.id);
}

async function openOnce({ sockets }: OpenRoom, id: string): Promise<void> {
  await Promise.all(
    sockets.slice(1).map(async (socket) => {
      socket.send({ type: 'open_message', id });
      await socket.waitForType('message_opened', (event) => event.id === id);
      socket.send({ type: 'mark_viewed', message_id: id });
      await socket.waitForType('view_changed', (event) => event.message_id === id && event.view_state === 'viewed');
    }),
  );
}

async function upload({ chatId, members }: OpenRoom, isOnce: boolean): Promise<string> {
  const body = {
    chat_id: chatId,
    image_data: Buffer.from(readImage('palette.png')).toString('base64'),
    file_type: typeOf('palette.png'),
    view_once: isOnce,
  };
  const answer = await callApi(deployment.url, 'POST', '/api/media/upload', body, await deployment.signIn(members[0]?.id ?? ''));
  return v.parse(mediaAnswer, answer.body).media.id;
}

/** Each sends one message of its kind, and everybody does with it what one does. */
const kinds = {
  'text, after_send': (room: OpenRoom) => sendAndRead(room, text('hello', day)),
  'text, after_read': (room: OpenRoom) => sendAndRead(room, { ...text('hello', day), expire_mode: 'after_read' }),
  'text, edited once': async (room: OpenRoom) => {
    const message = text('hello', day);
    await sendAndRead(room, message);
    await deployment.rest();
    room.sender.send({ type: 'edit_message', id: message.id, content: 'hello there' });
    await room.sockets[1]?.waitForType('message_edited', (event) => event.message_id === message.id);
  },
  'text, with a reaction': async (room: OpenRoom) => {
    const message = text('hello', day);
    await sendAndRead(room, message);
    await deployment.rest();
    room.sockets[1]?.send({ type: 'react', id: message.id, emoji: '👍' });
    await room.sender.waitForType('reactions_changed', (event) => event.message_id === message.id);
  },
  'text, deleted': async (room: OpenRoom) => {
    const message = text('hello', day);
    await sendAndRead(room, message);
    await deployment.rest();
    room.sender.send({ type: 'delete_message', id: message.id });
    await room.sockets[1]?.waitForType('message_deleted', (event) => event.message_id === message.id);
  },
  'text, view-once': async (room: OpenRoom) => {
    const message = { ...text('hello', day), view_once: true };
    await sendAndRead(room, message);
    await openOnce(room, message.id);
  },
  picture: async (room: OpenRoom) => {
    await sendAndRead(room, { ...text('look', day), message_type: 'image', media_id: await upload(room, false) });
  },
  'picture, view-once': async (room: OpenRoom) => {
    const message = { ...text('look', day), message_type: 'image', media_id: await upload(room, true), view_once: true } as const;
    await sendAndRead(room, message);
    await openOnce(room, message.id);
  },
} satisfies Record<string, (room: OpenRoom) => Promise<void>>;
type Kind = keyof typeof kinds;

interface Bill {
  /** Written, alarms included. */
  readonly rows: number;
  readonly frames: number;
  /** Calls of inboxes and alarms that go off, in all. */
  readonly inboxCalls: number;
  readonly alarms: number;
}

/** Of all objects together. */
function billOf({ statements, calls }: Account): Bill {
  const rows = Object.values(statements)
    .flatMap((ofObject) => Object.entries(ofObject))
    // What the local runtime notes for itself.
    .filter(([statement]) => !statement.includes('__miniflare'))
    .reduce((sum, [, { written }]) => sum + written, 0);
  const { Room = {}, Inbox = {} } = calls;
  return { rows, frames: Room.webSocketMessage ?? 0, inboxCalls: Inbox.noteChat ?? 0, alarms: Room.alarm ?? 0 };
}

/** Sends a message of the kind, then another that stays, unless it is the last, and lets time run out. What the other costs is left out. */
async function costOf(kind: Kind, room: OpenRoom, isLast = false): Promise<Bill> {
  await deployment.runOut(room.chatId);
  await deployment.sleep(room.chatId);
  await deployment.takeAccount();
  await kinds[kind](room);
  const sending = billOf(await deployment.takeAccount());
  await deployment.sleep(room.chatId);
  if (!isLast) {
    await sendAndRead(room, text('and so on'));
    await deployment.takeAccount();
    await deployment.sleep(room.chatId);
  }
  // A copy ends to the millisecond when its reader's time is over, and how long a hundred took to read is the machine's matter.
  await deployment.runOut(room.chatId, room.members.length > 2 ? 60_000 : 0);
  const ending = billOf(await deployment.takeAccount());
  const bill = {
    rows: sending.rows + ending.rows,
    frames: sending.frames + ending.frames,
    inboxCalls: sending.inboxCalls + ending.inboxCalls,
    alarms: sending.alarms + ending.alarms,
  };
  console.log(`${room.members.length} members, ${kind}${isLast ? ', the last' : ''}: ${JSON.stringify(bill)}`);
  return bill;
}

function roomOf(size: number): OpenRoom {
  const room = rooms.get(size);
  if (room === undefined) throw new Error(`No room of ${size} was opened`);
  return room;
}

/** Rows, inbox calls and alarms. Where many act at once, some more rows are allowed for: how many become one commit is the machine's matter. */
const bounds: readonly (readonly [size: number, kind: Kind, rows: number, inboxCalls: number, alarms: number])[] = [
  [2, 'text, after_send', 16, 2, 2],
  [2, 'text, after_read', 19, 2, 2],
  [2, 'text, edited once', 23, 4, 2],
  [2, 'text, with a reaction', 18, 2, 2],
  [2, 'text, deleted', 20, 4, 1],
  [2, 'text, view-once', 28, 2, 1],
  [2, 'picture', 29, 2, 2],
  [2, 'picture, view-once', 41, 2, 1],
  [100, 'text, after_send', 125, 100, 2],
  [100, 'text, after_read', 640, 100, 3],
];

test.each(bounds)(
  'among %i, "%s" costs no more than %i rows, %i inbox calls and %i alarms',
  async (size, kind, rows, inboxCalls, alarms) => {
    const bill = await costOf(kind, roomOf(size));
    expect(bill.rows).toBeLessThanOrEqual(rows);
    expect(bill.inboxCalls).toBeLessThanOrEqual(inboxCalls);
    expect(bill.alarms).toBeLessThanOrEqual(alarms);
    // The bill is of the message, and not of nothing.
    expect(bill.rows).toBeGreaterThan(size + 5);
  },
);

test('a room whose last message has ended tells its inboxes of it once, and not at every wake-up again', async () => {
  const room = roomOf(100);
  await costOf('text, after_send', room, true);
  await deployment.sleep(room.chatId);
  room.sender.send({ type: 'typing_start' });
  await room.sockets[1]?.waitForType('user_typing');
  expect(billOf(await deployment.takeAccount()).inboxCalls).toBe(0);
});

test('the end of the last message changes a row in every list, and costs little more', async () => {
  const { rows, inboxCalls } = await costOf('text, after_send', roomOf(2), true);
  expect([rows, inboxCalls]).toEqual([expect.any(Number), 4]);
  expect(rows).toBeLessThanOrEqual(21);
});
