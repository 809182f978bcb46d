import { spawn } from 'node:child_process';
import { once } from 'node:events';

const endGraceMs = 5_000;

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * A process that does not outlive this one.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 */
export function spawnChild(command, args, options) {
  const child = spawn(command, args, options);
  running.add(child);
  const gone = once(child, 'close').finally(() => running.delete(child));
  gone.catch(() => {});
  /** Resolves once it is gone, with what it is told to end by. @param {NodeJS.Signals} [signal] */
  const end = async (signal = 'SIGTERM') => {
    if (!running.has(child)) return;
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), endGraceMs);
    await gone;
    clearTimeout(timer);
  };
  return { child, pid: child.pid ?? 0, end };
}
