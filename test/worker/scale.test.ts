import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { text } from '../support/chats';
import { fillRoom } from '../support/fill-rows';
import { MeteredDeployment } from '../support/metered/deployment';
import { enterRoom, type RoomPosition, type RoomSocket } from '../support/room-socket';
import { makeStrangers, profileOf, type Stranger } from './large-rooms';

/**
 * What is done in a room reads as many rows of a room of 100,000 messages as of one of 100, as the runtime counts them. A quarter
 * are live and were changed, a later quarter has ended and its tombstones stay for a month: what an index must not be walked past.
 */
const sizes = [100, 100_000] as const;

let deployment: MeteredDeployment;
const rooms: FilledRoom[] = [];
/** They stay open: a room is not at rest before it has said who went. */
const sockets: RoomSocket[] = [];
beforeAll(async () => {
  deployment = await MeteredDeployment.start();
  for (const size of sizes) rooms.push(await makeFilledRoom(size));
});
afterAll(async () => {
  await Promise.all(sockets.map((socket) => socket.close()));
  await deployment.close();
});

interface FilledRoom {
  readonly chatId: string;
  readonly reader: Stranger;
  /** Of somebody else than the reader. */
  readonly sender: RoomSocket;
}

async function makeFilledRoom(size: number): Promise<FilledRoom> {
  const chatId = randomUUID();
  const [owner, reader] = makeStrangers(2);
  if (owner === undefined || reader === undefined) throw new Error('A room needs somebody');
  const [creator, other] = [profileOf(owner, 'owner'), profileOf(reader, 'reader')];
  const expiry = { expires_in_seconds: null, expire_mode: 'after_send' } as const;
  await deployment.makeRoom({ id: chatId, isGroup: true, name: 'Full', creator, members: [other], expiry });
  await say(await join(chatId, owner), text('like all others'));
  await deployment.rest();
  await fillRoom(deployment.harness, chatId, size, {
    id: `printf('%08x-0000-4000-8000-000000000000', n)`,
    changed: `CASE WHEN n % 4 = 1 THEN model.rev0 + ${size} + n WHEN n % 4 = 2 THEN model.rev0 + 2 * ${size} + n END`,
    reactions: `CASE WHEN n % 4 = 1 THEN '[[2,"👍"]]' END`,
    body: 'CASE WHEN n % 4 <> 2 THEN model.body END',
    deleted_at: 'CASE WHEN n % 4 = 2 THEN model.created_at END',
    deleted_reason: `CASE WHEN n % 4 = 2 THEN 'expired' END`,
  });
  const sender = await join(chatId, owner);
  for (const socket of [sender, await join(chatId, reader)]) {
    socket.send({ type: 'mark_read', message_id: `${size.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000` });
    await socket.ping();
  }
  await deployment.rest();
  return { chatId, reader, sender };
}

async function join(chatId: string, member: Stranger, position?: RoomPosition): Promise<RoomSocket> {
  const socket = await enterRoom(deployment.url, await deployment.signIn(member.id), chatId, position);
  sockets.push(socket);
  return socket;
}

async function say(socket: RoomSocket, message: ReturnType<typeof text>): Promise<void> {
  socket.send(message);
  await socket.waitForType('message_accepted', ({ id }) => id === message.id);
}

/** Comes to the room, and is told what they missed. Returns where they stand then. */
async function visit({ chatId, reader }: FilledRoom, position: RoomPosition | undefined, messages: number): Promise<RoomPosition> {
  const socket = await join(chatId, reader, position);
  const welcome = await socket.waitForType('welcome');
  expect([welcome.messages.length, welcome.reset]).toEqual([messages, position === undefined]);
  return { epoch: welcome.epoch, rev: welcome.rev };
}

/** The rows that the room reads for it, by statement, `without` one. */
async function rowsReadFor(work: () => Promise<unknown>, without = 'nothing'): Promise<{ sum: number; by: Record<string, number> }> {
  await deployment.takeAccount();
  await work();
  const { statements } = await deployment.takeAccount();
  const by = Object.fromEntries(
    Object.entries(statements.Room ?? {}).flatMap(([statement, { read }]) => (statement.includes(without) ? [] : [[statement, read]])),
  );
  return { sum: Object.values(by).reduce((sum, read) => sum + read, 0), by };
}

/** Does the same in both rooms; what a statement reads may differ by a few rows, and all together is something. */
async function expectSameRead(
  what: string,
  work: (room: FilledRoom) => Promise<{ sum: number; by: Record<string, number> }>,
  few = 5,
): Promise<void> {
  const read: { sum: number; by: Record<string, number> }[] = [];
  for (const room of rooms) read.push(await work(room));
  const [small, large] = read;
  console.log(`${what}: ${small?.sum} rows read of ${sizes[0]} messages, ${large?.sum} of ${sizes[1]}`);
  const differences = Object.entries(large?.by ?? {}).filter(([statement, rows]) => Math.abs(rows - (small?.by[statement] ?? 0)) > few);
  expect(differences).toEqual([]);
  expect(small?.sum).toBeGreaterThan(5);
}

test('[SYNC-2] a welcome after one missed message reads as much of 100,000 messages as of 100', async () => {
  await expectSameRead('a welcome after one missed message', async (room) => {
    const position = await visit(room, undefined, 50);
    await say(room.sender, text('missed'));
    await deployment.rest();
    return rowsReadFor(() => visit(room, position, 1));
  });
});

/** What finds the first tombstone: past live messages that were changed it is walked once a life, for no index knows which have ended. */
const firstTombstone = 'FROM messages WHERE changed > ? AND deleted_at IS NOT NULL';

test('[SYNC-2] the same of a room that slept', async () => {
  await expectSameRead('a welcome that wakes the room', async (room) => {
    const position = await visit(room, undefined, 50);
    await say(room.sender, text('missed'));
    await deployment.sleep(room.chatId);
    return rowsReadFor(() => visit(room, position, 1), firstTombstone);
  });
});

/** Tombstones that a slice of the alarm looks at, where there are as many. */
const sliceRows = 100;

test('a message, its round to the inboxes and its end read as much among 100,000 messages as among 100', async () => {
  const work = async (room: FilledRoom) => {
    // The first tombstone was found.
    await say(room.sender, text('first'));
    await deployment.rest();
    return rowsReadFor(async () => {
      const at = await deployment.now();
      await say(room.sender, text('second', 60));
      // Nothing but its end comes: the tombstones stay for a month.
      while (await deployment.nextAlarm(room.chatId, at + 120_000));
      expect(await deployment.alarmOf(room.chatId)).toBeGreaterThan(at + 20 * 86_400_000);
    });
  };
  await expectSameRead('a message and its end', work, 2 * sliceRows);
});
