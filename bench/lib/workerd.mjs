import { openSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../../scripts/lib/process.mjs';
import { spawnChild } from './children.mjs';

// The runtime that wrangler brings along, by itself.
const { default: workerd } = createRequire(createRequire(import.meta.url).resolve('wrangler/package.json'))('workerd');
const startTimeoutMs = 20_000;

/** What the runtime is told to behave like; the same for everybody. */
export const compatibilityDate = readFileSync(join(root, 'wrangler.toml'), 'utf8').match(/^compatibility_date = "([\d-]+)"/m)?.[1] ?? '';

/**
 * A server of this run: its processes, of which children count as their own. `end` waits until it is gone.
 * @typedef {{ pids: number[], port: number, inspectorPort: number, end: () => Promise<void> }} Server
 */

/**
 * Serves `config.capnp` of `directory` on a free port of the loopback.
 * @param {string} directory also takes the log
 * @param {{ inspect?: boolean }} [options]
 * @returns {Promise<Server>}
 */
export async function serve(directory, { inspect = false } = {}) {
  const log = openSync(join(directory, 'workerd.log'), 'w');
  const args = ['serve', 'config.capnp', '--control-fd=3', ...(inspect ? ['--inspector-addr=127.0.0.1:0'] : [])];
  const { child, pid, end } = spawnChild(workerd, args, { cwd: directory, stdio: ['ignore', log, log, 'pipe'] });
  try {
    const ports = await listeningPorts(child, inspect ? ['listen', 'listen-inspector'] : ['listen']);
    return { pids: [pid], port: ports.get('listen') ?? 0, inspectorPort: ports.get('listen-inspector') ?? 0, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {string[]} awaited
 * @returns {Promise<Map<string, number>>}
 */
function listeningPorts(child, awaited) {
  /** @type {Map<string, number>} */
  const ports = new Map();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('workerd did not listen in time')), startTimeoutMs);
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`workerd ended with ${code} at its start; see workerd.log`)));
    const control = /** @type {import('node:stream').Readable} */ (child.stdio[3]);
    createInterface({ input: control }).on('line', (line) => {
      const { event, port } = JSON.parse(line);
      ports.set(event, port);
      if (!awaited.every((name) => ports.has(name))) return;
      clearTimeout(timer);
      resolve(ports);
    });
  });
}
