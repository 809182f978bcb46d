import type { Platform } from '../wire/platform';

/** The first time after this; then each time after twice as long, up to the longest. */
const firstMs = 5_000;
const longestMs = 5 * 60_000;

/** Asks again for what was left unanswered, ever more seldom, until there is nothing more to ask for. */
export class AskingAgain {
  readonly #platform: Pick<Platform, 'after'>;
  readonly #ask: () => void;
  #nextMs = firstMs;
  #callOff: (() => void) | null = null;

  constructor(platform: Pick<Platform, 'after'>, ask: () => void) {
    this.#platform = platform;
    this.#ask = ask;
  }

  /** An answer has come, perhaps not to everything. */
  answered(isAll: boolean): void {
    if (isAll) return this.stop();
    this.#callOff ??= this.#platform.after(this.#nextMs, () => {
      this.#callOff = null;
      this.#nextMs = Math.min(longestMs, 2 * this.#nextMs);
      this.#ask();
    });
  }

  stop(): void {
    this.#callOff?.();
    this.#callOff = null;
    this.#nextMs = firstMs;
  }
}
