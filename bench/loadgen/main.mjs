// One load generator: reads a job from standard input, does it, prints `measuring` and the outcome. Bounded in sockets and in time.
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from './connection.mjs';
import { cpuSecondsOf, untilBelow } from './cpu.mjs';
import { clientFrame, dialects } from './dialects.mjs';
import { Meter } from './meter.mjs';
import { CountingReader, TimingReader } from './readers.mjs';

const maxSockets = 1_000;
const maxSeconds = 60;
/** Upgrades on their way at once. */
const openingAtOnce = 50;
/** A server that uses less of a core has done what the members' coming in set off; some never rest. */
const restingCpu = 0.03;
const restDeadlineMs = 20_000;
/** What has not arrived after this is lost. */
const drainMs = 10_000;

/**
 * @typedef {object} Job
 * @property {number} port
 * @property {number[]} pids the server's
 * @property {keyof typeof dialects} dialect
 * @property {import('./connection.mjs').Opening[]} openings one a socket
 * @property {import('../lib/tests.mjs').Test} test
 *
 * @typedef {import('./meter.mjs').Reading & { connectSeconds: number, missing: number, lostSockets: number }} Outcome
 * `missing` messages never arrived; below zero, some arrived twice
 */

/** @type {Job} */
const job = JSON.parse(await text(process.stdin));
const { test } = job;
if (job.openings.length !== test.sockets || test.sockets > maxSockets || test.seconds > maxSeconds) throw new Error('Out of bounds');
const watchdog = setTimeout(
  () => {
    console.error('The load generator took too long');
    process.exit(3);
  },
  (test.seconds + maxSeconds) * 1000,
);

/** @type {number[]} */
const delays = [];
let sent = 0;
let received = 0;
let onArrival = () => {};
const connections = job.openings.map(() => /** @type {Connection | undefined} */ (undefined));

/** @param {number} index */
async function open(index) {
  const opening = job.openings[index];
  if (opening === undefined) return;
  const connection = new Connection(
    job.port,
    opening,
    test.kind === 'saturate' ? new CountingReader() : new TimingReader(delays),
    (count) => {
      received += count;
      onArrival();
    },
  );
  connections[index] = connection;
  await connection.opened();
}

async function openAll() {
  const indices = job.openings.keys();
  const lane = async () => {
    for (const index of indices) await open(index);
  };
  await Promise.all(Array.from({ length: openingAtOnce }, lane));
}

function send() {
  connections[sent % test.senders]?.send(clientFrame(dialects[job.dialect]()));
  sent += 1;
}

/** Keeps `window` messages on their way; one is when some socket has not got it. */
function startLoop() {
  const limit = (test.window - 1) * test.sockets;
  const fill = () => {
    while (sent * test.sockets - received <= limit) send();
  };
  onArrival = fill;
  fill();
}

/** Sends by the clock, whatever arrives. */
function startClock() {
  const start = performance.now();
  const timer = setInterval(() => {
    while (performance.now() - start >= (sent * 1000) / test.rate) send();
  }, 1);
  return () => clearInterval(timer);
}

const opening = performance.now();
await openAll();
const connectSeconds = (performance.now() - opening) / 1000;
// What entering a room sets off, in its inboxes above all, is not part of the measurement.
await untilBelow(() => cpuSecondsOf(...job.pids), restingCpu, restDeadlineMs);

const stopClock = test.kind === 'pace' ? startClock() : startLoop();
await sleep(test.warmUpSeconds * 1000);
delays.length = 0;
const meter = new Meter(job.pids, () => ({ received, bytes: connections.reduce((sum, connection) => sum + (connection?.bytes ?? 0), 0) }));
console.log('measuring');
await sleep(test.seconds * 1000);
const reading = meter.read(test.sockets, delays);
stopClock?.();
onArrival = () => {};
const deadline = performance.now() + drainMs;
while (received < sent * test.sockets && performance.now() < deadline) await sleep(20);
// What arrives twice arrives late.
await sleep(200);

const outcome = {
  ...reading,
  connectSeconds,
  missing: sent * test.sockets - received,
  lostSockets: connections.filter((connection) => connection?.isLost).length,
};
for (const connection of connections) connection?.close();
clearTimeout(watchdog);
console.log(JSON.stringify(outcome));
