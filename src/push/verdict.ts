/** What a push service made of a push. */
export type PushVerdict =
  | { readonly kind: 'taken' }
  /** There is no such subscription any more. */
  | { readonly kind: 'gone' }
  /** It will not be taken however often it is tried. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'later'; readonly retryAfterMs: number };

/** However long a push service asks us to wait, we ask again after this. */
const longestWaitMs = 60 * 60 * 1000;
const requestTimeout = 408;
const tooManyRequests = 429;

/** [INBOX-5] RFC 8030, section 5. `retryAfter` is the header of that name. */
export function judgeAnswer(status: number, retryAfter: string | null, now: number): PushVerdict {
  if (status >= 200 && status < 300) return { kind: 'taken' };
  if (status === 404 || status === 410) return { kind: 'gone' };
  if (status >= 500 || status === tooManyRequests || status === requestTimeout)
    return { kind: 'later', retryAfterMs: waitOf(retryAfter, now) };
  return { kind: 'refused' };
}

/** Seconds or a date; 0 for neither. */
function waitOf(retryAfter: string | null, now: number): number {
  if (retryAfter === null) return 0;
  const waitMs = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now;
  return Number.isNaN(waitMs) ? 0 : Math.min(Math.max(waitMs, 0), longestWaitMs);
}
