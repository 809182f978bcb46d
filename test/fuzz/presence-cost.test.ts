import { afterEach, beforeEach, expect, test } from 'vitest';
import { SeededRandom } from '../support/random';
import { Machine, type SimulatedObject } from './simulation/machine';
import type { ServerSocket } from './simulation/socket-pair';

const chats = 5_000;
const idOf = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const [userId, sid] = [idOf(900_000), idOf(900_001)];

let machine: Machine;
let calls: string[] = [];
let inbox: SimulatedObject;

beforeEach(async () => {
  const random = new SeededRandom(1);
  const observer = {
    heard() {},
    called: (kind: string, name: string, method: string) => void calls.push(`${kind} ${name} ${method}`),
    faulted(error: unknown) {
      throw error;
    },
  };
  machine = new Machine(Date.UTC(2027, 0, 1), () => random.below(2 ** 30) / 2 ** 30, observer);
  machine.install();
  inbox = machine.object('inbox', userId);
  for (let number = 0; number < chats; number += 1) await machine.call(inbox, 'noteChat', 1, directChat(number));
  await machine.settle();
  calls = [];
});
afterEach(() => machine.uninstall());

/** A direct chat with somebody else each. */
function directChat(number: number) {
  const user = { id: idOf(number), username: `user_${number}`, display_name: `User ${number}`, avatar_url: null, deleted: false };
  const policy = { expires_in_seconds: null, expire_mode: 'after_send', version: 1, changed_by: null, changed_at: 0 };
  const counts = { member_count: 2, last_seq: 1, last_read_seq: 0, unread_count: 1, updated_at: number };
  const own = { muted_until: null, pinned: false, archived: false };
  return { id: idOf(100_000 + number), name: null, is_group: false, other_user: user, last_message: null, policy, ...counts, ...own };
}

/** The calls that a socket's coming makes the inbox make, and then its going. */
async function comeAndGo(): Promise<{ readonly come: string[]; readonly go: string[] }> {
  const sockets: ServerSocket[] = [];
  await machine.connect(inbox, { userId, sid, resume: null }, (socket) => void sockets.push(socket));
  await machine.advance(10_000);
  const come = calls;
  calls = [];
  for (const socket of sockets) machine.disconnect(inbox, socket);
  await machine.advance(10_000);
  const go = calls;
  calls = [];
  return { come, go };
}

test('[LIVE-3] a user with 5,000 chats comes online and goes without a single call while nobody looks', async () => {
  expect(await comeAndGo()).toEqual({ come: [], go: [] });
});

test('[LIVE-3] [INBOX-6] where three look, it is three calls, and none any more once they have looked away for five minutes', async () => {
  const watchers = [1, 2, 3].map((number) => idOf(number));
  for (const watcher of watchers) await machine.call(inbox, 'watchPresence', watcher);
  await machine.settle();
  calls = [];
  const told = watchers.map((watcher) => `inbox ${watcher} hearPresence`);
  const { come, go } = await comeAndGo();
  expect([come.sort(), go.sort()]).toEqual([told, told]);
  await machine.advance(5 * 60_000);
  expect(await comeAndGo()).toEqual({ come: [], go: [] });
});
