import { closeCodes } from '../../src/protocol/close-codes';

/** What a client does after a socket closed [SOCK-3]. */
export type Comeback =
  | { readonly kind: 'after_refresh' }
  | { readonly kind: 'after'; readonly ms: number }
  | { readonly kind: 'stop'; readonly code: number };

/** The first return is spread over this long, so that a deploy is not followed by a stampede. */
const firstReturnMs = { least: 500, most: 5_000 } as const;
const longestReturnMs = 30_000;
/** For a client that was too much for the server. */
const longestBackoffMs = 60_000;

/**
 * Decides by the close code.
 * @param attempt how many times in a row it failed before, 0 when the socket had been live
 * @param hasRefreshed whether the token was already renewed for this return
 * @param random from 0 up to 1
 */
export function comebackAfter(code: number, attempt: number, hasRefreshed: boolean, random: number): Comeback {
  if (code === closeCodes.unauthenticated) return hasRefreshed ? { kind: 'stop', code } : { kind: 'after_refresh' };
  const { least, most } = firstReturnMs;
  if (code === closeCodes.tooSlow || code === closeCodes.tooManyFrames) {
    const ceiling = Math.min(longestBackoffMs, most * 2 ** (attempt + 1));
    return { kind: 'after', ms: ceiling * (0.5 + random / 2) };
  }
  if (code >= 4400 && code <= 4499) return { kind: 'stop', code };
  if (attempt === 0) return { kind: 'after', ms: least + (most - least) * random };
  const ceiling = Math.min(longestReturnMs, most * 2 ** (attempt - 1));
  return { kind: 'after', ms: ceiling * (0.5 + random / 2) };
}
