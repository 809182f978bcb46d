import { purgeDue } from './expiry';

/** What the store says is still to come. Every time is in milliseconds since the epoch, null for nothing. */
export interface UpkeepSchedule {
  /** A message ends for everybody. */
  readonly nextEnd: number | null;
  /** A reader's own copy ends. */
  readonly nextCopyEnd: number | null;
  /** A view-once lease, or the time for a second view, ends. */
  readonly nextViewDue: number | null;
  readonly nextMediaDue: number | null;
  readonly oldestTombstoneAt: number | null;
}

/** The same, with what is to be done elsewhere. */
export interface Schedule extends UpkeepSchedule {
  /** A job of the outbox can be tried. */
  readonly nextJobDue: number | null;
  /** Whether the room is at something that nothing else would wake it for again, should it crash. */
  readonly isWatched: boolean;
}

/** What runs needs nobody to be woken for it; should the object die over it, it is taken up again after this. */
export const watchdogMs = 30_000;

/**
 * The room's one alarm: when the object must be awake next, or null for never. Times that have passed give `now + 1`:
 * an alarm set for the past from inside `alarm()` can be lost; or `pausedUntil`, when the work of one of them has just failed.
 */
export function nextAlarmAt(schedule: Schedule, now: number, pausedUntil = 0): number | null {
  const { nextJobDue, isWatched } = schedule;
  const dues = [...upkeepDues(schedule), nextJobDue, isWatched ? now + watchdogMs : null].filter((due) => due !== null);
  return dues.length === 0 ? null : Math.min(...dues.map((due) => (due > now ? due : Math.max(now + 1, pausedUntil))));
}

/** When something inside the room is next to be done, which may have passed; null for never. */
export function nextUpkeepAt(schedule: UpkeepSchedule): number | null {
  const dues = upkeepDues(schedule).filter((due) => due !== null);
  return dues.length === 0 ? null : Math.min(...dues);
}

function upkeepDues({ nextEnd, nextCopyEnd, nextViewDue, nextMediaDue, oldestTombstoneAt }: UpkeepSchedule): (number | null)[] {
  return [nextEnd, nextCopyEnd, nextViewDue, nextMediaDue, oldestTombstoneAt === null ? null : purgeDue(oldestTombstoneAt)];
}
