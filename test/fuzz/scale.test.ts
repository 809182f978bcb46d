import * as v from 'valibot';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { maxMembers } from '../../src/protocol/limits';
import { SeededRandom } from '../support/random';
import { Machine, type SimulatedObject } from './simulation/machine';
import type { ServerSocket } from './simulation/socket-pair';

/** A group as large as they get, on a clock that is set: what is counted here is the same on every machine. */
const idOf = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const chatId = idOf(900_000);
const memberIds = Array.from({ length: maxMembers }, (_, number) => idOf(number));

const summary = v.object({ last_seq: v.number(), unread_count: v.number() });

let machine: Machine;
let room: SimulatedObject;
/** By user, what their inbox was told of the chat, in this order. */
let told: Map<string, v.InferOutput<typeof summary>[]>;
/** By socket, the frames it got. */
let heard: Map<ServerSocket, string[]>;

beforeEach(async () => {
  told = new Map();
  heard = new Map();
  const random = new SeededRandom(1);
  machine = new Machine(Date.UTC(2027, 0, 1), () => random.below(2 ** 30) / 2 ** 30, {
    heard(socket, what) {
      if (!('frame' in what)) throw new Error(`Closed with ${what.code}`);
      heard.set(socket, [...(heard.get(socket) ?? []), what.frame]);
    },
    called(_kind, name, method, [, news]) {
      if (method === 'noteChat') told.set(name, [...(told.get(name) ?? []), v.parse(summary, news)]);
    },
    faulted(error: unknown) {
      throw error;
    },
  });
  machine.install();
  room = machine.object('room', chatId);
  const [creator, ...members] = memberIds.map((id, number) => {
    const user = { id, username: `user_${number}`, display_name: `User ${number}`, avatar_url: null, deleted: false };
    return { user, version: 1, readReceipts: true };
  });
  const expiry = { expires_in_seconds: null, expire_mode: 'after_send' };
  await machine.callNow(room, 'create', { id: chatId, isGroup: true, name: 'All', creator, members, expiry });
  await machine.advance(60_000);
  told.clear();
}, 60_000);
afterEach(() => machine.uninstall());

async function join(userId: string): Promise<ServerSocket> {
  const sockets: ServerSocket[] = [];
  await machine.connect(room, { userId, sid: userId, resume: null }, (socket) => void sockets.push(socket));
  const [socket] = sockets;
  if (socket === undefined) throw new Error('Nobody was let in');
  return socket;
}

test('[INBOX-3] a burst of 1,000 messages calls each of 1,000 inboxes, of whom 900 are away, at most t / 4 + 2 times', async () => {
  const [messages, perFrame, seconds] = [1_000, 50, 5];
  const [sender] = await Promise.all(memberIds.slice(0, 100).map(join));
  if (sender === undefined) throw new Error('Nobody is there');
  await machine.advance(60_000);
  told.clear();
  for (let sent = 0; sent < messages; sent += perFrame) {
    const lines = Array.from({ length: perFrame }, (_, i) => ({
      type: 'send_message',
      id: idOf(1_000_000 + sent + i),
      message_type: 'text',
      content: 'hello',
    }));
    machine.say(room, sender, JSON.stringify(lines));
    await machine.advance((seconds * 1_000 * perFrame) / messages);
  }
  await machine.advance(60_000);
  const calls = [...told.values()].map((news) => news.length);
  console.log(`[INBOX-3] ${messages} messages: ${calls.reduce((sum, count) => sum + count, 0)} calls of ${calls.length} inboxes`);
  expect(calls.length).toBe(memberIds.length);
  expect(Math.max(...calls)).toBeLessThanOrEqual(Math.floor(seconds / 4 + 2));
  // Fewer calls, and yet all know everything.
  const last = memberIds.map((id) => told.get(id)?.at(-1));
  expect(last.map((news) => news?.last_seq)).toEqual(memberIds.map(() => messages + 1));
  expect(last.slice(1).map((news) => news?.unread_count)).toEqual(memberIds.slice(1).map(() => messages));
});

test('[LIVE-2] while 1,000 members join in 3 seconds each hears of it at most once a second, in welcomes and events of bounded length', async () => {
  for (const id of memberIds) {
    await join(id);
    await machine.advance(3);
  }
  await machine.advance(10_000);
  const frames = [...heard.values()];
  const all = frames.flat();
  console.log(`[LIVE-2] ${frames.length} joins: ${all.length} frames`);
  expect(frames.length).toBe(memberIds.length);
  expect(Math.max(...frames.map((ofSocket) => ofSocket.length))).toBeLessThanOrEqual(1 + 3 + 1);
  // A line says with whom the chat was made; else nothing grows with the members.
  const lengths = all.map((frame) => JSON.stringify({ ...v.parse(v.looseObject({}), JSON.parse(frame)), messages: [] }).length);
  expect(Math.max(...lengths)).toBeLessThan(2_048);
  expect(frames.map((ofSocket) => JSON.parse(ofSocket.at(-1) ?? ''))).toEqual(
    frames.map(() => ({ type: 'here_changed', count: memberIds.length })),
  );
});
