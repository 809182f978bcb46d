import type { UpkeepStep } from './upkeep-steps';

/** Slices one alarm works off: what is left after them is another alarm's, so that a fault here cannot turn for ever. */
export const maxSlices = 50;
/** What comes due within this is waited for: an alarm each would cost a row and be later. */
const gatherMs = 25;
/** At least so long between two slices while nothing is overdue: ends that come one a millisecond are told together. */
const breathMs = 10;

export interface UpkeepOptions {
  readonly steps: readonly UpkeepStep[];
  /** Runs a step in a transaction of its own and tells what became of it; throws when nothing did. */
  readonly inTurn: (run: UpkeepStep['run']) => void;
  /** When something is next to be done, milliseconds since the epoch, which may have passed; null for never. */
  readonly nextDue: () => number | null;
  /** Resolves when what was written is on disk and the events that came meanwhile have been heard. */
  readonly settled: () => Promise<void>;
  readonly pause: (ms: number) => Promise<void>;
  readonly now: () => number;
}

/**
 * What the alarm does inside the room: slices of a few milliseconds each, and between them the room's sockets get their
 * turn, however much is due at once.
 */
export class Upkeep {
  readonly #options: UpkeepOptions;

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  /** Works off what is due; false when a step failed, and its work is still to be done. */
  async run(): Promise<boolean> {
    const { nextDue, settled, pause, now } = this.#options;
    for (let slices = 1; ; slices += 1) {
      if (!this.#slice()) return false;
      const waitMs = (nextDue() ?? Number.POSITIVE_INFINITY) - now();
      if (waitMs > gatherMs || slices === maxSlices) return true;
      await settled();
      if (waitMs > 0) await pause(Math.max(waitMs, breathMs));
    }
  }

  /** One slice of each step: one that fails does not starve the others. */
  #slice(): boolean {
    return this.#options.steps.map((step) => this.#take(step)).every(Boolean);
  }

  #take({ name, run }: UpkeepStep): boolean {
    try {
      this.#options.inTurn(run);
      return true;
    } catch (fault) {
      console.error(`alarm: ${name} failed (${fault instanceof Error ? fault.name : 'unknown'})`);
      return false;
    }
  }
}
