// `node bench/profile.mjs --test sat100`: where the JavaScript of one peer spends its time under one test; see README.md.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { exitWith } from '../scripts/lib/process.mjs';
import { hotFunctions, recordProfile } from './lib/cpu-profile.mjs';
import { generate } from './lib/generate.mjs';
import { peers, startPeer } from './lib/peers.mjs';
import { bundleRelayhub } from './lib/relayhub.mjs';
import { withScratch } from './lib/scratch.mjs';
import { tests } from './lib/tests.mjs';

const shownFunctions = 30;
/** The end of the recording stays clear of the end of the test. */
const marginMs = 300;

const { values } = parseArgs({
  options: { peer: { type: 'string', default: 'relayhub' }, test: { type: 'string', default: 'sat100' } },
});

/**
 * @param {import('./lib/workerd.mjs').Server} server
 * @param {import('./loadgen/main.mjs').Job} job
 */
async function recordDuring(server, job) {
  /** @type {PromiseWithResolvers<void>} */
  const measuring = Promise.withResolvers();
  const [outcome, profile] = await Promise.all([
    generate(job, measuring.resolve),
    measuring.promise.then(() => recordProfile(server.inspectorPort, job.test.seconds * 1000 - marginMs)),
  ]);
  return { outcome, profile };
}

await exitWith(async () => {
  const peer = peers[values.peer];
  const test = tests[values.test];
  if (peer === undefined || test === undefined) throw new Error(`Peers: ${Object.keys(peers)}. Tests: ${Object.keys(tests)}.`);
  return withScratch(async (scratch) => {
    const bundle = join(scratch, 'bundle');
    await bundleRelayhub(bundle);
    const server = await startPeer(peer, bundle, join(scratch, 'server'), { inspect: true });
    try {
      const openings = await peer.openRoom(server.port, test.sockets);
      const { outcome, profile } = await recordDuring(server, {
        port: server.port,
        pids: server.pids,
        dialect: peer.dialect,
        openings,
        test,
      });
      const path = join(import.meta.dirname, 'results', `${values.peer}-${values.test}.cpuprofile`);
      mkdirSync(join(import.meta.dirname, 'results'), { recursive: true });
      writeFileSync(path, JSON.stringify(profile));
      console.log(`${Math.round(outcome.deliveriesPerSecond)} deliveries/s while recorded\n`);
      for (const { name, own, total } of hotFunctions(profile).slice(0, shownFunctions))
        console.log(`${(own * 100).toFixed(1).padStart(5)} % own  ${(total * 100).toFixed(1).padStart(5)} % total  ${name}`);
      console.log(`\nFor a viewer: ${path}`);
    } finally {
      await server.end();
    }
    return 0;
  });
});
