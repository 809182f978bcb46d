import type { Platform } from '../wire/platform';
import type { ServerClock } from '../wire/server-clock';

/** `setTimeout` counts in 32 bits. */
const longestTimerMs = 2 ** 31 - 1;

/** Rings once at a moment of the server's clock; also at once when the page is returned to after it, since timers sleep. */
export class Alarm {
  readonly #platform: Platform;
  readonly #clock: ServerClock;
  readonly #ring: () => void;
  readonly #endWake: () => void;
  #at: number | null = null;
  #callOff = () => {};

  constructor(platform: Platform, clock: ServerClock, ring: () => void) {
    this.#platform = platform;
    this.#clock = clock;
    this.#ring = ring;
    this.#endWake = platform.onWake(() => this.set(this.#at));
  }

  /** Milliseconds since the epoch, server clock; null for never. Replaces what was set. */
  set(at: number | null): void {
    this.#callOff();
    this.#at = at;
    if (at === null) return;
    const ms = Math.min(longestTimerMs, Math.max(0, at - this.#clock.now()));
    this.#callOff = this.#platform.after(ms, () => (this.#clock.now() < at ? this.set(at) : this.#ring()));
  }

  dispose(): void {
    this.set(null);
    this.#endWake();
  }
}
