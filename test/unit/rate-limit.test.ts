import { describe, expect, it } from 'vitest';
import { RateLimiter } from '../../src/rate-limit';

describe('[LIMIT-1] token buckets', () => {
  it('[LIMIT-1] let a burst through, then one per refill, each key for itself', () => {
    const limiter = new RateLimiter({ burst: 3, refillMs: 1_000 }, 1);
    expect([0, 0, 0, 0].map((now) => limiter.take('ada', now))).toEqual([0, 0, 0, 1_000]);
    expect(limiter.take('ben', 0)).toBe(0);
    expect(limiter.take('ada', 750)).toBe(250);
    expect([1_000, 1_000].map((now) => limiter.take('ada', now))).toEqual([0, 1_000]);
    expect([9_000, 9_000, 9_000, 9_000].map((now) => limiter.take('ada', now))).toEqual([0, 0, 0, 1_000]);
  });

  it('[LIMIT-1] a factor multiplies burst and rate, and never shuts anybody out for good', () => {
    const generous = new RateLimiter({ burst: 2, refillMs: 1_000 }, 2);
    expect([0, 0, 0, 0, 0].map((now) => generous.take('ada', now))).toEqual([0, 0, 0, 0, 500]);
    const strict = new RateLimiter({ burst: 2, refillMs: 1_000 }, 0.1);
    expect([0, 0, 10_000].map((now) => strict.take('ada', now))).toEqual([0, 10_000, 0]);
  });

  it('[LIMIT-1] a clock that goes back takes nothing away', () => {
    const limiter = new RateLimiter({ burst: 2, refillMs: 1_000 }, 1);
    expect([5_000, 1_000, 5_000].map((now) => limiter.take('ada', now))).toEqual([0, 0, 1_000]);
  });
});
