import type { commitBatch } from '../../../src/room/commit';
import type { UpkeepStep } from '../../../src/room/upkeep-steps';

/** Hears of every turn of the room that changes anything. */
export interface TurnListener {
  /** Some of the works that waited are about to be decided together. */
  begins(): void;
  /** As many of the longest waiting were. */
  ended(works: number): void;
  /** A slice of cleaning was done. */
  cleaned(step: string): void;
}

let listener: TurnListener | null = null;

/** One simulation at a time. */
export function onTurn(next: TurnListener | null): void {
  listener = next;
}

/** The room's own commit, and word of it before anybody hears its frames: only the room knows what it takes together. */
export function watched(commit: typeof commitBatch): typeof commitBatch {
  return (room, batch, now) => {
    listener?.begins();
    const committed = commit(room, batch, now);
    listener?.ended(batch.length - committed.rest.length);
    return committed;
  };
}

/** The same of the alarm's steps: a step that fails says nothing. */
export function watchedSteps(steps: readonly UpkeepStep[]): UpkeepStep[] {
  return steps.map(({ name, run }) => ({
    name,
    run(turn) {
      run(turn);
      listener?.cleaned(name);
    },
  }));
}
