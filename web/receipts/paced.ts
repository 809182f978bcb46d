import type { Platform } from '../wire/platform';

/** Does some work when asked, at once but never more often than every `intervalMs`; however often it was asked in between, once. */
export class Paced {
  readonly #platform: Platform;
  readonly #intervalMs: number;
  readonly #work: () => void;
  #notBefore = 0;
  #callOff: (() => void) | null = null;

  constructor(platform: Platform, intervalMs: number, work: () => void) {
    this.#platform = platform;
    this.#intervalMs = intervalMs;
    this.#work = work;
  }

  ask(): void {
    if (this.#callOff !== null) return;
    const waitMs = this.#notBefore - this.#platform.now();
    if (waitMs <= 0) return this.#run();
    // A clock that was set back must not silence this for hours.
    this.#callOff = this.#platform.after(Math.min(waitMs, this.#intervalMs), () => this.#run());
  }

  cancel(): void {
    this.#callOff?.();
    this.#callOff = null;
  }

  #run(): void {
    this.cancel();
    this.#notBefore = this.#platform.now() + this.#intervalMs;
    this.#work();
  }
}
