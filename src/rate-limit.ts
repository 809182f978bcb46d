/** A rule of [LIMIT-1]: this many at once, then one per `refillMs`. */
export interface RateRule {
  readonly burst: number;
  readonly refillMs: number;
}

/** What was left at a time, in milliseconds since the epoch. */
export interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

/** The rule with burst and rate multiplied; a burst never falls below one, or nothing would ever be let through. */
export function scaleRule(rule: RateRule, factor: number): RateRule {
  return { burst: Math.max(1, rule.burst * factor), refillMs: rule.refillMs / factor };
}

/** How a bucket stands at `now`; null is one that nobody has taken from. */
export function refill({ burst, refillMs }: RateRule, bucket: Bucket | null, now: number): Bucket {
  if (bucket === null) return { tokens: burst, at: now };
  return { tokens: Math.min(burst, bucket.tokens + Math.max(0, now - bucket.at) / refillMs), at: Math.max(now, bucket.at) };
}

/** Takes a token: the bucket afterwards, and 0 or the milliseconds until there is one to take. */
export function takeToken(rule: RateRule, bucket: Bucket | null, now: number): { bucket: Bucket; retryAfterMs: number } {
  const filled = refill(rule, bucket, now);
  if (filled.tokens < 1) return { bucket: filled, retryAfterMs: Math.ceil((1 - filled.tokens) * rule.refillMs) };
  return { bucket: { ...filled, tokens: filled.tokens - 1 }, retryAfterMs: 0 };
}

/**
 * Token buckets by key, in memory alone: a limit costs no row. An object forgets them when it hibernates, which it may after
 * 10 s without an event; so whoever pauses that long may find a bucket full that would otherwise still be filling.
 */
export class RateLimiter {
  readonly #buckets = new Map<string, Bucket>();
  readonly #rule: RateRule;

  constructor(rule: RateRule, factor: number) {
    this.#rule = scaleRule(rule, factor);
  }

  /** Takes a token. Returns 0, or the milliseconds until there is one. */
  take(key: string, now: number): number {
    const { bucket, retryAfterMs } = takeToken(this.#rule, this.#buckets.get(key) ?? null, now);
    this.#buckets.set(key, bucket);
    return retryAfterMs;
  }
}
