import type { Platform } from '../wire/platform';

/** What is pressed longer than this is held. */
export const holdMs = 300;

export interface PressHooks {
  tapped(): void;
  held(): void;
  /** What was held is let go of. */
  released(): void;
}

/** Tells a tap from a hold, by pointer or key. */
export class TapOrHold {
  readonly #platform: Pick<Platform, 'after'>;
  readonly #hooks: PressHooks;
  #state: 'up' | 'down' | 'held' = 'up';
  #callOff = () => {};

  constructor(platform: Pick<Platform, 'after'>, hooks: PressHooks) {
    this.#platform = platform;
    this.#hooks = hooks;
  }

  down(): void {
    // A key that is held repeats.
    if (this.#state !== 'up') return;
    this.#state = 'down';
    this.#callOff = this.#platform.after(holdMs, () => {
      this.#state = 'held';
      this.#hooks.held();
    });
  }

  up(): void {
    const before = this.#state;
    this.#settle();
    if (before === 'down') this.#hooks.tapped();
    if (before === 'held') this.#hooks.released();
  }

  /** The press was taken away: by scrolling, another window, the end of the view. What was held is let go of. */
  cancel(): void {
    const before = this.#state;
    this.#settle();
    if (before === 'held') this.#hooks.released();
  }

  #settle(): void {
    this.#callOff();
    this.#state = 'up';
  }
}
