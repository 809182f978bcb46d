import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The kernel's unit of CPU time, the same on every Linux that Node runs on. */
const ticksPerSecond = 100;

/**
 * Seconds of CPU that a process and all its threads have used.
 * @param {number} pid
 */
export function cpuSecondsOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** A server that used less than this of a core for `calmMs` has come to rest. */
const calmShare = 0.03;
const calmMs = 500;
const calmDeadlineMs = 20_000;

/**
 * Resolves when the process has nothing more to do, or does not come to rest in time.
 * @param {number} pid
 */
export async function untilCalm(pid) {
  const deadline = performance.now() + calmDeadlineMs;
  for (let before = cpuSecondsOf(pid); performance.now() < deadline; ) {
    await sleep(calmMs);
    const after = cpuSecondsOf(pid);
    if (after - before < (calmShare * calmMs) / 1000) return;
    before = after;
  }
}
