// `node bench/scale.mjs`: how long it takes until everybody is in a room; see README.md.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { exitWith } from '../scripts/lib/process.mjs';
import { peers, startPeer } from './lib/peers.mjs';
import { bundleRelayhub } from './lib/relayhub.mjs';
import { withScratch } from './lib/scratch.mjs';
import { Connection } from './loadgen/connection.mjs';
import { cpuSecondsOf, cpuSecondsOfAll } from './loadgen/cpu.mjs';

const { values } = parseArgs({
  options: { members: { type: 'string', default: '10,100,1000' }, peer: { type: 'string', default: 'relayhub' } },
});
/** Long enough for the server to have told every inbox of the room, and to have noticed who went. */
const restMs = 8_000;
/** Nobody looks into the frames. */
const reader = { read: () => 0 };

/**
 * @param {import('./lib/workerd.mjs').Server} server
 * @param {string} what
 * @param {readonly import('./loadgen/connection.mjs').Opening[]} openings
 */
async function measureJoins(server, what, openings) {
  const cpuOfServer = () => server.pids.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0);
  const begin = { all: cpuSecondsOfAll(), own: cpuSecondsOf(process.pid), server: cpuOfServer(), at: performance.now() };
  const connections = openings.map((opening) => new Connection(server.port, opening, reader, () => {}));
  const ms = await Promise.all(connections.map((connection) => connection.opened().then(() => performance.now() - begin.at)));
  const seconds = (performance.now() - begin.at) / 1000;
  const cpu = cpuOfServer() - begin.server;
  const others = (cpuSecondsOfAll() - begin.all - (cpuSecondsOf(process.pid) - begin.own)) / seconds;
  const median = ms.sort((a, b) => a - b)[Math.floor(ms.length / 2)] ?? Number.NaN;
  console.log(
    `${openings.length} join, ${what}: all in ${seconds.toFixed(2)} s, half in ${(median / 1000).toFixed(2)} s, ` +
      `${((cpu / openings.length) * 1000).toFixed(2)} ms of CPU each; others took ${Math.round(others * 100)} % of a core`,
  );
  for (const connection of connections) connection.close();
  await sleep(restMs);
}

await exitWith(() =>
  withScratch(async (scratch) => {
    const peer = peers[values.peer];
    if (peer === undefined) throw new Error(`Peers: ${Object.keys(peers)}.`);
    const bundle = join(scratch, 'bundle');
    await bundleRelayhub(bundle);
    const server = await startPeer(peer, bundle, join(scratch, 'server'));
    try {
      for (const members of values.members.split(',').map(Number)) {
        const openings = await peer.openRoom(server.port, members);
        await measureJoins(server, 'strangers to the server', openings);
        await measureJoins(server, 'again', openings);
      }
    } finally {
      await server.end();
    }
    return 0;
  }),
);
