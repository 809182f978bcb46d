import type { WireProblem } from './wire-problem';

/** The store was reached in vain, or the bytes were lost on their way. */
export const uploadLost = 'upload_lost';

/** Cut off this often, it is not the network that is at fault. */
const mostCuts = 5;
const firstWaitMs = 1_000;
const longestWaitMs = 30_000;

/**
 * What an upload does after a failure: milliseconds until the next try, or null to give up.
 * While RelayHub itself cannot be reached it waits as messages do, for as long as it takes.
 *
 * @param failures how many there were in a row, this one included
 * @param cuts how often bytes were lost on their way, this time included
 * @param random from 0 up to 1
 */
export function retryUploadAfter(
  { code, retryAfterMs }: Pick<WireProblem, 'code' | 'retryAfterMs'>,
  failures: number,
  cuts: number,
  random: number,
): number | null {
  const backoff = Math.min(longestWaitMs, firstWaitMs * 2 ** (failures - 1)) * (0.5 + random / 2);
  switch (code) {
    case 'offline':
    case 'unavailable':
    case 'rate_limited':
      return Math.max(backoff, retryAfterMs ?? 0);
    case uploadLost:
    case 'media_not_ready':
      return cuts >= mostCuts ? null : backoff;
    default:
      return null;
  }
}
