// `node bench/inbox.mjs`: how soon inboxes hear of messages, and what they cost; see README.md.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitWith } from '../scripts/lib/process.mjs';
import { serveWorker, startPeer } from './lib/peers.mjs';
import { bundleRelayhub, layOutRelayhub, openRelayhubRoom, signIn } from './lib/relayhub.mjs';
import { withScratch } from './lib/scratch.mjs';
import { cpuSecondsOf, cpuSecondsOfAll } from './loadgen/cpu.mjs';

const parts = { alone: measureAlone, burst: measureBurst, idle: measureIdle, long: measureLongList };
/** What does not come within this is a failure. */
const deadlineMs = 60_000;
/** The runtime lets an object go when nothing has moved in it for 10 s. */
const sleepMs = 13_000;

/** @type {import('./lib/peers.mjs').Peer} */
const peer = {
  dialect: 'relayhub',
  start: (bundle, directory) => serveWorker(layOutRelayhub(bundle, directory, 'relayhub-inbox.js'), directory),
  openRoom: openRelayhubRoom,
};

/** @param {readonly number[]} values @param {number} share */
function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** @param {string} what @param {readonly number[]} ms */
function tell(what, ms) {
  const [p50, p99, longest] = [0.5, 0.99, 1].map((share) => percentile(ms, share).toFixed(1));
  console.log(`  ${what}: p50 ${p50} · p99 ${p99} · longest ${longest} ms (${ms.length})`);
}

/** @param {string} what @param {() => boolean} isSo */
async function until(what, isSo) {
  const end = performance.now() + deadlineMs;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`Waited too long for ${what}`);
    await sleep(5);
  }
}

/** @typedef {import('./loadgen/connection.mjs').Opening} Opening */

/** A socket and what it hears, event by event. */
class Ear {
  #socket;

  /** @param {number} port @param {Opening} opening @param {(event: any, frame: string) => void} heard */
  constructor(port, { path, protocols }, heard) {
    this.#socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols);
    this.opened = new Promise((resolve, reject) => {
      this.#socket.addEventListener('error', () => reject(new Error('No socket')));
      this.#socket.addEventListener('message', ({ data }) => {
        resolve(null);
        const frame = JSON.parse(data);
        for (const event of Array.isArray(frame) ? frame : [frame]) heard(event, data);
      });
    });
  }

  /** @param {object | object[]} events */
  send(events) {
    this.#socket.send(JSON.stringify(events));
  }

  close() {
    this.#socket.close();
  }
}

/** @param {Opening} roomOpening @returns {Opening} the inbox of the same session */
const inboxOf = ({ protocols }) => ({ path: '/api/users/me/socket', protocols });

/** @param {Opening} opening */
function userIdOf({ protocols }) {
  const payload = protocols[1]?.split('.')[2] ?? '';
  return /** @type {{ sub: string }} */ (JSON.parse(Buffer.from(payload, 'base64url').toString())).sub;
}

/** @param {import('./lib/workerd.mjs').Server} server @param {string} path */
async function ask(server, path) {
  const response = await fetch(`http://127.0.0.1:${server.port}/inbox/${path}`);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return /** @type {any} */ (await response.json());
}

/** @param {string} content */
const line = (content) => ({ type: 'send_message', id: randomUUID(), message_type: 'text', content });

/** A message now and then in a chat of two: until the other's inbox socket has it. @param {import('./lib/workerd.mjs').Server} server */
async function measureAlone(server) {
  const count = 50;
  const [sender, reader] = await openRelayhubRoom(server.port, 2);
  if (sender === undefined || reader === undefined) throw new Error('No room');
  /** @type {Map<string, number>} */
  const sentAt = new Map();
  /** @type {number[]} */
  const ms = [];
  const room = new Ear(server.port, sender, () => {});
  const inbox = new Ear(server.port, inboxOf(reader), (event) => {
    const at = event.type === 'chat_updated' ? sentAt.get(event.chat.last_message?.id) : undefined;
    if (at !== undefined) ms.push(performance.now() - at);
  });
  await Promise.all([room.opened, inbox.opened]);
  const before = await ask(server, 'all/counts');
  for (let sent = 0; sent < count; sent += 1) {
    // Longer than the pauses after two rounds: each message has one of its own, and its sender's inbox another.
    await sleep(1_500 + Math.random() * 200);
    const message = line('alone');
    sentAt.set(message.id, performance.now());
    room.send(message);
    await until('the inbox', () => ms.length > sent);
  }
  const after = await ask(server, 'all/counts');
  tell('a message alone, until the other’s inbox socket has it', ms);
  console.log(`  calls of inboxes a message, of two members: ${((after.newsCalls - before.newsCalls) / count).toFixed(2)}`);
  room.close();
  inbox.close();
}

/** 1,000 messages into a group of 1,000 of whom 900 are away. @param {import('./lib/workerd.mjs').Server} server */
async function measureBurst(server) {
  const [members, here, messages, perFrame] = [1_000, 100, 1_000, 50];
  const openings = await openRelayhubRoom(server.port, members);
  const [first] = openings;
  if (first === undefined) throw new Error('No room');
  /** @type {number[]} when each was sent, by seq: the first line is the room's own */
  const sentAt = [];
  const acceptedMs = /** @type {number[]} */ ([]);
  let accepted = 0;
  const room = new Ear(server.port, first, (event) => {
    if (event.type !== 'message_accepted') return;
    accepted += 1;
    acceptedMs.push(performance.now() - (sentAt[event.seq] ?? Number.NaN));
  });
  /** @type {number[]} */
  const ms = [];
  const reached = Array.from({ length: here }, () => 0);
  const inboxes = openings.slice(0, here).map(
    (opening, index) =>
      new Ear(server.port, inboxOf(opening), (event) => {
        if (event.type !== 'chat_updated') return;
        const at = sentAt[event.chat.last_seq];
        if (at !== undefined && event.chat.last_seq > (reached[index] ?? 0)) ms.push(performance.now() - at);
        reached[index] = event.chat.last_seq;
      }),
  );
  await Promise.all([room.opened, ...inboxes.map((inbox) => inbox.opened)]);
  // The news of the room itself.
  await sleep(6_000);
  const before = await ask(server, 'all/counts');
  const began = performance.now();
  for (let sent = 0; sent < messages; sent += perFrame) {
    const now = performance.now();
    for (let one = 0; one < perFrame; one += 1) sentAt[2 + sent + one] = now;
    room.send(Array.from({ length: perFrame }, () => line('burst')));
  }
  await until('all to be accepted', () => accepted === messages);
  const acceptedAfter = performance.now() - began;
  await until('all inboxes', () => reached.every((seq) => seq === messages + 1));
  const told = performance.now() - began;
  await sleep(6_000);
  const after = await ask(server, 'all/counts');
  const calls = after.newsCalls - before.newsCalls;
  tell('the burst, until its sender has the acceptance', acceptedMs);
  tell('the burst, from a message to the inbox update that first tells of it or of a later one', ms);
  console.log(`  all accepted after ${acceptedAfter.toFixed(0)} ms, the last of ${here} inbox sockets told after ${told.toFixed(0)} ms`);
  console.log(`  calls of inboxes: ${calls}, ${(calls / messages).toFixed(2)} a message, ${(calls / members).toFixed(2)} rounds`);
  for (const ear of [room, ...inboxes]) ear.close();
}

/** Of its processes, without what they share with others. @param {import('./lib/workerd.mjs').Server} server */
function pssMiB({ pids }) {
  const ofEach = pids.map((pid) => Number(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').match(/^Pss:\s+(\d+)/m)?.[1]) / 1024);
  return ofEach.reduce((sum, pss) => sum + pss, 0);
}

/** Inboxes of which nothing is asked. @param {import('./lib/workerd.mjs').Server} server */
async function measureIdle(server) {
  const count = 1_000;
  const begin = pssMiB(server);
  const openings = await openRelayhubRoom(server.port, count);
  const ears = openings.map((opening) => new Ear(server.port, inboxOf(opening), () => {}));
  await Promise.all(ears.map((ear) => ear.opened));
  await sleep(6_000);
  const [first] = openings;
  if (first === undefined) throw new Error('No room');
  const awake = pssMiB(server);
  const life = await ask(server, `${userIdOf(first)}/life`);
  const before = await ask(server, 'all/counts');
  await sleep(2 * sleepMs);
  const asleep = pssMiB(server);
  const after = await ask(server, 'all/counts');
  const next = await ask(server, `${userIdOf(first)}/life`);
  console.log(
    `  ${count} inboxes with a socket each: ${(((awake - begin) * 1024) / count).toFixed(0)} KiB each awake, ${(((asleep - begin) * 1024) / count).toFixed(0)} KiB asleep`,
  );
  console.log(`  lives begun in ${(2 * sleepMs) / 1000} s of silence: ${after.lives - before.lives}; the object slept: ${life !== next}`);
  for (const ear of ears) ear.close();
}

/** A list of 10,000 chats. @param {import('./lib/workerd.mjs').Server} server */
async function measureLongList(server) {
  const chats = 10_000;
  const userId = randomUUID();
  const token = await signIn(userId);
  const opening = { path: '/api/users/me/socket', protocols: ['relayhub.v1', `bearer.${token}`] };
  for (let made = 0; made < chats; made += chats) await ask(server, `${userId}/fill/${chats}`);
  let rev = 10;
  const news = async () => {
    rev += 1;
    return ask(server, `${userId}/hear/${Math.floor(Math.random() * chats)}/${rev}`);
  };
  await news();
  const warm = await news();
  console.log(`  one room's news, the list in memory: ${warm.rows.read} rows read, ${warm.rows.written} written`);
  await sleep(sleepMs);
  const cold = await news();
  console.log(`  the same where the object slept: ${cold.rows.read} rows read, ${cold.rows.written} written, ${cold.ms.toFixed(1)} ms`);
  const firstMs = [];
  let bytes = 0;
  let listed = 0;
  for (let visit = 0; visit < 20; visit += 1) {
    const began = performance.now();
    const ear = new Ear(server.port, opening, (event, frame) => {
      bytes = frame.length;
      listed = event.chats?.length ?? listed;
    });
    await ear.opened;
    firstMs.push(performance.now() - began);
    ear.close();
  }
  tell(`the first frame, ${listed} chats, ${(bytes / 1024).toFixed(0)} KiB`, firstMs);
  const hears = [];
  for (let told = 0; told < 100; told += 1) hears.push((await news()).ms);
  tell('one room’s news', hears);
}

const chosen = process.argv.slice(2);
await exitWith(() =>
  withScratch(async (scratch) => {
    const bundle = join(scratch, 'bundle');
    await bundleRelayhub(bundle);
    for (const [name, measure] of Object.entries(parts)) {
      if (chosen.length > 0 && !chosen.includes(name)) continue;
      const server = await startPeer(peer, bundle, join(scratch, name));
      const begin = { all: cpuSecondsOfAll(), own: cpuSecondsOf(process.pid), at: performance.now() };
      try {
        console.log(`\n${name}`);
        await measure(server);
        const own = cpuSecondsOf(process.pid) - begin.own;
        const others = (cpuSecondsOfAll() - begin.all - own) / ((performance.now() - begin.at) / 1000);
        console.log(`  others took ${Math.round(others * 100)} % of a core`);
      } finally {
        await server.end();
      }
    }
    return 0;
  }),
);
