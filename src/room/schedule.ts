import { purgeDue } from './expiry';

/** What the store says is still to come. Every time is in milliseconds since the epoch, null for nothing. */
export interface Schedule {
  /** A message ends for everybody. */
  readonly nextEnd: number | null;
  /** A reader's own copy ends. */
  readonly nextCopyEnd: number | null;
  /** A view-once lease, or the time for a second view, ends. */
  readonly nextViewDue: number | null;
  readonly nextMediaDue: number | null;
  readonly nextJobDue: number | null;
  readonly oldestTombstoneAt: number | null;
  /** Some inbox has not been told of the last commit. */
  readonly fanOutPending: boolean;
  /** Jobs are being worked off: until they are done or delayed they stay due, and nobody needs to be woken for them. */
  readonly isDraining: boolean;
}

/** A fan-out or a job that a crash cut short is taken up again after this. */
export const watchdogMs = 30_000;

/**
 * The room's one alarm: when the object must be awake next, or null for never. Times that have passed give `now + 1`:
 * an alarm set for the past from inside `alarm()` can be lost; or `pausedUntil`, when the work of one of them has just failed.
 */
export function nextAlarmAt(schedule: Schedule, now: number, pausedUntil = 0): number | null {
  const dues = [
    schedule.nextEnd,
    schedule.nextCopyEnd,
    schedule.nextViewDue,
    schedule.nextMediaDue,
    schedule.isDraining ? now + watchdogMs : schedule.nextJobDue,
    schedule.oldestTombstoneAt === null ? null : purgeDue(schedule.oldestTombstoneAt),
    schedule.fanOutPending ? now + watchdogMs : null,
  ].filter((due) => due !== null);
  return dues.length === 0 ? null : Math.min(...dues.map((due) => (due > now ? due : Math.max(now + 1, pausedUntil))));
}
