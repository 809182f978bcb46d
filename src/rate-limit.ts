/** A rule of [LIMIT-1]: this many at once, then one per `refillMs`. */
export interface RateRule {
  readonly burst: number;
  readonly refillMs: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * Token buckets by key, in memory alone: a limit costs no row. An object forgets them when it hibernates, which it may after
 * 10 s without an event; so whoever pauses that long may find a bucket full that would otherwise still be filling.
 */
export class RateLimiter {
  readonly #buckets = new Map<string, Bucket>();
  readonly #rule: RateRule;

  /** `factor` multiplies burst and rate; a burst never falls below one, or nothing would ever be let through. */
  constructor(rule: RateRule, factor: number) {
    this.#rule = { burst: Math.max(1, rule.burst * factor), refillMs: rule.refillMs / factor };
  }

  /** Takes a token. Returns 0, or the milliseconds until there is one. */
  take(key: string, now: number): number {
    const { burst, refillMs } = this.#rule;
    const last = this.#buckets.get(key) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, last.tokens + Math.max(0, now - last.at) / refillMs);
    if (tokens < 1) return Math.ceil((1 - tokens) * refillMs);
    this.#buckets.set(key, { tokens: tokens - 1, at: Math.max(now, last.at) });
    return 0;
  }
}
