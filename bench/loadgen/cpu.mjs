import { readFileSync } from 'node:fs';

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
