const firstRetryMs = 1_000;
/** However long an outage lasts, work is tried again this often: nothing is ever given up. */
const longestRetryMs = 10 * 60 * 1000;

/**
 * Milliseconds to wait after the `tries`-th failure: exponential, with jitter so that the rooms an outage hit
 * together do not come back together. `random` is in [0, 1).
 */
export function computeBackoffMs(tries: number, random: number): number {
  const ceiling = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(tries, 20));
  return Math.round(ceiling * (0.5 + random / 2));
}
