/** Rows are in the page this many screens beyond what is visible, and put there before fewer than the second are left. */
const full = 1.5;
const least = 0.6;
/** Until so many are, this many more are added after each frame: on a slow phone a row takes its time, and what is seen goes first. */
const step = 0.25;

/** How many screens beyond what is visible may be in the page by now: none where the reader has just come to. */
export class Overscan {
  #screens = 0;
  #isGrowing = false;
  readonly #grown: () => void;

  /** @param grown called when more may be rendered */
  constructor(grown: () => void) {
    this.#grown = grown;
  }

  get screens(): number {
    return this.#screens;
  }

  /** Where fewer are left, it is time to render. */
  get leastScreens(): number {
    return Math.min(least, this.#screens);
  }

  get isFull(): boolean {
    return this.#screens >= full;
  }

  /** What is seen goes first. */
  empty(): void {
    this.#screens = 0;
  }

  fill(): void {
    this.#screens = full;
  }

  /** Once what is there is painted, a little more is rendered beyond it. */
  grow(): void {
    if (this.#isGrowing || this.isFull) return;
    this.#isGrowing = true;
    requestAnimationFrame(() =>
      window.setTimeout(() => {
        this.#isGrowing = false;
        this.#screens = Math.min(full, this.#screens + step);
        this.#grown();
      }),
    );
  }
}
