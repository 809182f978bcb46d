// `node bench/expiry.mjs`: how late messages end, and how long their ending holds a room; see README.md.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitWith } from '../scripts/lib/process.mjs';
import { serveWorker, startPeer } from './lib/peers.mjs';
import { bundleRelayhub, layOutRelayhub, openRelayhubRoom } from './lib/relayhub.mjs';
import { withScratch } from './lib/scratch.mjs';
import { cpuSecondsOf, cpuSecondsOfAll } from './loadgen/cpu.mjs';

const sockets = 10;
const messages = 10_000;
const messagesPerFrame = 50;
/** What does not end within this is a failure. */
const deadlineMs = 60_000;

/** Ends by the clock of each sending: at this rate. */
const steadyPerSecond = 1_000;
const steadySeconds = 10;

/** @type {import('./lib/peers.mjs').Peer} */
const peer = {
  dialect: 'relayhub',
  start: (bundle, directory) => serveWorker(layOutRelayhub(bundle, directory, 'relayhub-ends.js'), directory),
  openRoom: openRelayhubRoom,
};

/** @param {readonly number[]} values @param {number} share */
function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** A member's socket that counts what was accepted, and how late it was told of each end. */
class Watcher {
  accepted = 0;
  /** @type {number[]} */
  latenessMs = [];
  /** Round trips of probes. @type {number[]} */
  tripsMs = [];
  #probedAt = 0;
  #socket;

  /** @param {number} port @param {import('./loadgen/connection.mjs').Opening} opening */
  constructor(port, { path, protocols }) {
    this.#socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols);
    this.#socket.addEventListener('message', ({ data }) => this.#take(JSON.parse(data)));
    this.opened = new Promise((resolve, reject) => {
      this.#socket.addEventListener('open', resolve);
      this.#socket.addEventListener('error', () => reject(new Error('No socket')));
    });
  }

  /** @param {object[]} events */
  send(events) {
    this.#socket.send(JSON.stringify(events));
  }

  /** Asks for what the room refuses at once, without a commit; the next when that is answered. Valid beside it, so that it is no bad frame. */
  probe() {
    this.#probedAt = performance.now();
    this.send([{ type: 'no_such_event' }, { type: 'typing_stop' }]);
  }

  close() {
    this.#probedAt = 0;
    this.#socket.close();
  }

  /** @param {any} frame */
  #take(frame) {
    const now = Date.now();
    for (const event of Array.isArray(frame) ? frame : [frame]) {
      if (event.type === 'message_accepted') this.accepted += 1;
      if (event.type === 'message_expired') this.latenessMs.push(now - event.deleted_at);
      if (event.type === 'error' && this.#probedAt > 0) {
        this.tripsMs.push(performance.now() - this.#probedAt);
        setImmediate(() => this.#probedAt > 0 && this.probe());
      }
    }
  }
}

/** @param {string} what @param {() => boolean} isSo */
async function until(what, isSo) {
  const end = performance.now() + deadlineMs;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`Waited too long for ${what}`);
    await sleep(5);
  }
}

/** @param {number} count @param {number} expiresInSeconds */
function lines(count, expiresInSeconds) {
  return Array.from({ length: count }, () => ({
    type: 'send_message',
    id: randomUUID(),
    message_type: 'text',
    content: 'x'.repeat(100),
    expires_in_seconds: expiresInSeconds,
  }));
}

/**
 * @param {import('./lib/workerd.mjs').Server} server
 * @param {string} name
 * @param {(sender: Watcher, chatId: string) => Promise<void>} fill sends what will end, and resolves before it does
 * @param {number} count how many that is
 */
async function measure(server, name, fill, count) {
  const openings = await openRelayhubRoom(server.port, sockets);
  const chatId = openings[0]?.path.split('/')[3] ?? '';
  const watchers = openings.map((opening) => new Watcher(server.port, opening));
  await Promise.all(watchers.map((watcher) => watcher.opened));
  const [sender, prober] = watchers;
  if (sender === undefined || prober === undefined) throw new Error('No sockets');
  await fill(sender, chatId);
  await fetch(`http://127.0.0.1:${server.port}/ends/${chatId}/watch`);
  const begin = { all: cpuSecondsOfAll(), own: cpuSecondsOf(process.pid), at: performance.now() };
  prober.probe();
  await until('all to end', () => watchers.every((watcher) => watcher.latenessMs.length >= count));
  const response = await fetch(`http://127.0.0.1:${server.port}/ends/${chatId}/holds`);
  const holds = /** @type {number[]} */ (await response.json());
  const ownCpu = cpuSecondsOf(process.pid) - begin.own;
  const othersCpu = (cpuSecondsOfAll() - begin.all - ownCpu) / ((performance.now() - begin.at) / 1000);
  await sleep(200);
  const told = watchers.map((watcher) => watcher.latenessMs.length);
  if (told.some((n) => n !== count)) throw new Error(`Told of ${told} ends instead of ${count}`);
  const lateness = watchers.flatMap((watcher) => watcher.latenessMs);
  /** @param {readonly number[]} values */
  const spread = (values) => [0.5, 0.99, 1].map((share) => percentile(values, share).toFixed(1).padStart(8)).join('');
  console.log(`\n${name}: ${count} ends, ${sockets} sockets; ms      p50     p99 longest`);
  console.log(`  told so much later than due            ${spread(lateness)}`);
  console.log(`  the room held at a time                ${spread(holds)}`);
  console.log(`  an event answered meanwhile            ${spread(prober.tripsMs)}`);
  console.log(`  others took ${Math.round(othersCpu * 100)} % of a core`);
  for (const watcher of watchers) watcher.close();
}

/** All at one moment, two seconds after the last was accepted. @param {import('./lib/workerd.mjs').Server} server */
const atOnce = (server) => async (/** @type {Watcher} */ sender, /** @type {string} */ chatId) => {
  for (let sent = 0; sent < messages; sent += messagesPerFrame) sender.send(lines(messagesPerFrame, 3_600));
  await until('all to be accepted', () => sender.accepted === messages);
  await fetch(`http://127.0.0.1:${server.port}/ends/${chatId}/all/${Date.now() + 2_000}`);
};

/** As they were sent. @param {Watcher} sender */
async function steadily(sender) {
  const began = performance.now();
  for (let sent = 0; sent < steadyPerSecond * steadySeconds; ) {
    const due = Math.min(steadyPerSecond * steadySeconds, ((performance.now() - began) * steadyPerSecond) / 1000) - sent;
    if (due >= 1) {
      sender.send(lines(Math.min(messagesPerFrame, Math.floor(due)), steadySeconds + 2));
      sent += Math.min(messagesPerFrame, Math.floor(due));
    } else await sleep(1);
  }
  await until('all to be accepted', () => sender.accepted === steadyPerSecond * steadySeconds);
}

await exitWith(() =>
  withScratch(async (scratch) => {
    const bundle = join(scratch, 'bundle');
    await bundleRelayhub(bundle);
    const server = await startPeer(peer, bundle, join(scratch, 'server'));
    try {
      await measure(server, 'at one moment', atOnce(server), messages);
      await measure(server, `${steadyPerSecond} a second`, steadily, steadyPerSecond * steadySeconds);
    } finally {
      await server.end();
    }
    return 0;
  }),
);
