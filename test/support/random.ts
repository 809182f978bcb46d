import { randomInt } from 'node:crypto';
import { onTestFailed } from 'vitest';

/** Numbers that look random and are the same again for the same seed. */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number from 0 to `bound` - 1. */
  below(bound: number): number {
    // mulberry32: short, and good enough to choose moments by.
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  }

  /** A whole number from `from` to `to`. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }
}

/** For use in a test: other numbers in each run, or those of TEST_SEED, which a failure tells. */
export function seededRandom(): SeededRandom {
  const seed = Number(process.env.TEST_SEED ?? randomInt(2 ** 31));
  onTestFailed(() => console.error(`To repeat it: TEST_SEED=${seed}`));
  return new SeededRandom(seed);
}
