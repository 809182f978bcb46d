// `npm run bench`: measures rooms side by side; see README.md.
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { exitWith } from '../scripts/lib/process.mjs';
import { generate } from './lib/generate.mjs';
import { peers, startPeer } from './lib/peers.mjs';
import { bundleRelayhub } from './lib/relayhub.mjs';
import { withScratch } from './lib/scratch.mjs';
import { summarise } from './lib/summary.mjs';
import { tests } from './lib/tests.mjs';
import { cpuSecondsOfAll, untilBelow } from './loadgen/cpu.mjs';

const maxRounds = 20;
/** With more than this of a core taken by others, a measurement is made again; the calmest of them counts. */
const calmOthersCpu = 0.2;
const maxTries = 4;
/** Before each try this long is waited for a quiet machine. */
const calmDeadlineMs = 30_000;

const { values } = parseArgs({
  options: {
    peers: { type: 'string', default: 'relayhub,do-Adaptive,do-Sql,socketio-pg-redis' },
    tests: { type: 'string', default: Object.keys(tests).join(',') },
    rounds: { type: 'string', default: '3' },
  },
});

/**
 * The things that were named.
 * @template T
 * @param {string} what
 * @param {string} names separated by commas
 * @param {Record<string, T>} known
 * @returns {{ name: string, value: T }[]}
 */
function choose(what, names, known) {
  return names.split(',').map((name) => {
    const value = known[name];
    if (value === undefined) throw new Error(`There is no ${what} ${name}; there are ${Object.keys(known).join(', ')}`);
    return { name, value };
  });
}

/** Says of a peer that cannot be measured on this machine why. @param {{ name: string, value: import('./lib/peers.mjs').Peer }} peer */
function isHere({ name, value }) {
  const reason = value.whyNot?.() ?? null;
  if (reason !== null) console.log(`${name} is left out: ${reason}`);
  return reason === null;
}

/**
 * @param {import('./lib/workerd.mjs').Server} server
 * @param {import('./lib/peers.mjs').Peer} peer
 * @param {import('./lib/tests.mjs').Test} test
 */
async function tryOnce(server, peer, test) {
  await untilBelow(cpuSecondsOfAll, calmOthersCpu, calmDeadlineMs);
  const openings = await peer.openRoom(server.port, test.sockets);
  return generate({ port: server.port, pids: server.pids, dialect: peer.dialect, openings, test });
}

/**
 * The least disturbed of several tries; one that fails is only a try.
 * @param {() => Promise<import('./loadgen/main.mjs').Outcome>} attempt
 * @throws the last failure when there is nothing else
 */
async function calmest(attempt) {
  /** @type {import('./loadgen/main.mjs').Outcome | undefined} */
  let best;
  /** @type {unknown} */
  let failure;
  for (let tries = 0; tries < maxTries && (best === undefined || best.othersCpu > calmOthersCpu); tries += 1) {
    try {
      const next = await attempt();
      if (best === undefined || next.othersCpu < best.othersCpu) best = next;
    } catch (error) {
      failure = error;
    }
  }
  if (best === undefined) throw failure;
  return best;
}

/**
 * All tests of one peer, on a server with empty storage.
 * @param {{ name: string, value: import('./lib/peers.mjs').Peer }} peer
 * @param {{ name: string, value: import('./lib/tests.mjs').Test }[]} chosen
 * @param {number} round
 * @param {string} bundle
 * @param {string} directory
 */
async function* measure(peer, chosen, round, bundle, directory) {
  const server = await startPeer(peer.value, bundle, directory);
  try {
    for (const { name, value: test } of chosen) {
      const outcome = await calmest(() => tryOnce(server, peer.value, test));
      yield { peer: peer.name, test: name, round, ...outcome };
      console.log(
        `round ${round}  ${peer.name.padEnd(16)} ${name.padEnd(8)} ${Math.round(outcome.deliveriesPerSecond)}/s, p50 ${outcome.p50Ms ?? '–'} ms, others ${outcome.othersCpu.toFixed(2)}`,
      );
    }
  } finally {
    await server.end();
    rmSync(directory, { recursive: true, force: true });
  }
}

await exitWith(async () => {
  const chosenPeers = choose('peer', values.peers, peers).filter(isHere);
  const chosenTests = choose('test', values.tests, tests);
  const rounds = Math.min(maxRounds, Math.max(1, Math.trunc(Number(values.rounds)) || 1));
  const results = join(import.meta.dirname, 'results', `${new Date().toISOString().replaceAll(':', '-')}.jsonl`);
  mkdirSync(join(import.meta.dirname, 'results'), { recursive: true });
  return withScratch(async (scratch) => {
    const bundle = join(scratch, 'bundle');
    await bundleRelayhub(bundle);
    /** @type {import('./lib/summary.mjs').Row[]} */
    const rows = [];
    for (let round = 0; round < rounds; round += 1) {
      // Every other round backwards: what drifts hits all alike.
      for (const peer of round % 2 === 0 ? chosenPeers : chosenPeers.toReversed()) {
        const directory = join(scratch, `${peer.name}-${round}`);
        for await (const row of measure(peer, chosenTests, round, bundle, directory)) {
          rows.push(row);
          appendFileSync(results, `${JSON.stringify(row)}\n`);
        }
      }
    }
    console.log(`\n${summarise(rows)}\n\nRaw results: ${results}`);
    return 0;
  });
});
