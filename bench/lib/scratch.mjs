import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/lib/process.mjs';

/**
 * Gives `work` a directory of this process' own on the project's disk, where a sync is a real one, and removes it afterwards.
 * Being told to stop ends the process, and with it what it started.
 * @param {(directory: string) => Promise<number>} work
 */
export async function withScratch(work) {
  const directory = join(root, '.cache/bench', String(process.pid));
  mkdirSync(directory, { recursive: true });
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));
  return work(directory);
}
