import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The kernel's unit of CPU time, the same on every Linux that Node runs on. */
const ticksPerSecond = 100;

/**
 * Seconds of CPU that these processes and their children have used, with all their threads. A child that ends before its
 * parent takes its time along.
 * @param {number[]} pids
 * @returns {number}
 */
export function cpuSecondsOf(...pids) {
  return pids.reduce((sum, pid) => sum + ownCpuSeconds(pid) + cpuSecondsOf(...childrenOf(pid)), 0);
}

/** @param {number} pid */
function childrenOf(pid) {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

/** @param {number} pid */
function ownCpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Seconds of CPU that everything on the machine together has used. */
export function cpuSecondsOfAll() {
  const [, user, nice, system, , , irq, softIrq] = readFileSync('/proc/stat', 'utf8').split(/\s+/, 9).map(Number);
  return [user, nice, system, irq, softIrq].reduce((/** @type {number} */ sum, ticks) => sum + (ticks ?? 0), 0) / ticksPerSecond;
}

/**
 * Resolves when something used less than `share` of a core for half a second; after `deadlineMs` in any case.
 * @param {() => number} cpuSeconds
 * @param {number} share
 * @param {number} deadlineMs
 */
export async function untilBelow(cpuSeconds, share, deadlineMs) {
  const sliceSeconds = 0.5;
  const deadline = performance.now() + deadlineMs;
  for (let before = cpuSeconds(); performance.now() < deadline; ) {
    await sleep(sliceSeconds * 1000);
    const after = cpuSeconds();
    if (after - before < share * sliceSeconds) return;
    before = after;
  }
}
