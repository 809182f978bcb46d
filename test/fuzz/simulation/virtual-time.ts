interface Timer {
  readonly due: number;
  readonly run: () => void;
}

const realImmediate = setImmediate;

/** Resolves when everything that follows from what has just happened without waiting for a timer has happened. */
export function microtasks(): Promise<void> {
  return new Promise((resolve) => realImmediate(resolve));
}

/** Clock, timers and randomness of the globals, moved by hand while installed: whoever runs on them is deterministic. */
export class VirtualTime {
  now: number;
  readonly #random: () => number;
  readonly #timers = new Map<number, Timer>();
  readonly #real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout, now: Date.now, random: Math.random };
  #lastId = 0;

  /**
   * @param now milliseconds since the epoch
   * @param random in [0, 1)
   */
  constructor(now: number, random: () => number) {
    this.now = now;
    this.#random = random;
  }

  install(): void {
    Object.assign(globalThis, {
      setTimeout: (run: () => void, ms = 0) => this.#start(run, ms),
      clearTimeout: (id: number | null) => void (id !== null && this.#timers.delete(id)),
    });
    Date.now = () => this.now;
    Math.random = this.#random;
  }

  uninstall(): void {
    const { now, random, ...timers } = this.#real;
    Object.assign(globalThis, timers);
    Date.now = now;
    Math.random = random;
  }

  /**
   * Time goes by; whatever is due on the way happens in its order.
   * @param nextDue when the next thing is due up to that time, if any is
   * @param settle does what is due
   */
  async advance(ms: number, nextDue: (end: number) => number | null, settle: () => Promise<void>): Promise<void> {
    const end = this.now + ms;
    await settle();
    for (let next = nextDue(end); next !== null; next = nextDue(end)) {
      this.now = Math.max(this.now, next);
      await settle();
    }
    this.now = end;
    await settle();
  }

  /** When the next timer goes off, or null. */
  nextDue(): number | null {
    return this.#next()?.[1].due ?? null;
  }

  /** Runs the next timer if it is due. Returns whether one was. */
  runNext(): boolean {
    const next = this.#next();
    if (next === null || next[1].due > this.now) return false;
    this.#timers.delete(next[0]);
    next[1].run();
    return true;
  }

  /** The process that set them is gone. */
  dropTimers(): void {
    this.#timers.clear();
  }

  #start(run: () => void, ms: number): number {
    this.#lastId += 1;
    this.#timers.set(this.#lastId, { due: this.now + Math.max(0, ms), run });
    return this.#lastId;
  }

  /** The earliest, among those of one moment the one set first. */
  #next(): [number, Timer] | null {
    let next: [number, Timer] | null = null;
    for (const entry of this.#timers) if (next === null || entry[1].due < next[1].due) next = entry;
    return next;
  }
}
