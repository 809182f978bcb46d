// `npm run bench`: measures rooms side by side; see README.md.
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { exitWith } from '../scripts/lib/process.mjs';
import { generate } from './lib/generate.mjs';
import { peers, startPeer } from './lib/peers.mjs';
import { bundleRelayhub } from './lib/relayhub.mjs';
import { withScratch } from './lib/scratch.mjs';
import { summarise } from './lib/summary.mjs';
import { tests } from './lib/tests.mjs';

const maxRounds = 20;
/** Lets what a test left behind come to rest. */
const restMs = 400;

const { values } = parseArgs({
  options: {
    peers: { type: 'string', default: 'relayhub,do-Adaptive,do-Sql' },
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

/**
 * All tests of one peer, on a server with empty storage.
 * @param {{ name: string, value: import('./lib/peers.mjs').Peer }} peer
 * @param {{ name: string, value: import('./lib/tests.mjs').Test }[]} chosen
 * @param {number} round
 * @param {string} bundle
 * @param {string} directory
 */
async function measure(peer, chosen, round, bundle, directory) {
  const server = await startPeer(peer.value, bundle, directory);
  /** @type {import('./lib/summary.mjs').Row[]} */
  const rows = [];
  try {
    for (const { name, value: test } of chosen) {
      await sleep(restMs);
      const load = loadavg()[0] ?? 0;
      const openings = await peer.value.openRoom(server.port, test.sockets);
      const outcome = await generate({ port: server.port, pid: server.pid, dialect: peer.value.dialect, openings, test });
      rows.push({ peer: peer.name, test: name, round, load, ...outcome });
      console.log(
        `round ${round}  ${peer.name.padEnd(16)} ${name.padEnd(8)} ${Math.round(outcome.deliveriesPerSecond)}/s, p50 ${outcome.p50Ms ?? '–'} ms`,
      );
    }
  } finally {
    await server.end();
    rmSync(directory, { recursive: true, force: true });
  }
  return rows;
}

await exitWith(async () => {
  const chosenPeers = choose('peer', values.peers, peers);
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
        const measured = await measure(peer, chosenTests, round, bundle, join(scratch, `${peer.name}-${round}`));
        rows.push(...measured);
        appendFileSync(results, measured.map((row) => `${JSON.stringify(row)}\n`).join(''));
      }
    }
    console.log(`\n${summarise(rows)}\n\nRaw results: ${results}`);
    return 0;
  });
});
