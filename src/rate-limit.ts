/** A rule of [LIMIT-1]: this many at once, then one per `refillMs`. */
export interface RateRule {
  readonly burst: number;
  readonly refillMs: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** Token buckets by key, in memory: an object that went to sleep has been quiet long enough to forget. */
export class RateLimiter {
  readonly #buckets = new Map<string, Bucket>();
  readonly #rule: RateRule;

  /** `factor` multiplies burst and rate. */
  constructor(rule: RateRule, factor: number) {
    this.#rule = { burst: rule.burst * factor, refillMs: rule.refillMs / factor };
  }

  /** Takes a token. Returns 0, or the milliseconds until there is one. */
  take(key: string, now: number): number {
    const { burst, refillMs } = this.#rule;
    const last = this.#buckets.get(key) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, last.tokens + Math.max(0, now - last.at) / refillMs);
    if (tokens < 1) return Math.ceil((1 - tokens) * refillMs);
    this.#buckets.set(key, { tokens: tokens - 1, at: now });
    return 0;
  }
}
