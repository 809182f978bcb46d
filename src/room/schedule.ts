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
  /** A job of the outbox can be tried. */
  readonly nextJobDue: number | null;
  readonly oldestTombstoneAt: number | null;
  /** Whether every inbox has been told of the last commit, and if not, whether somebody is at it. */
  readonly fanOut: 'done' | 'running' | 'waiting';
}

/** What runs needs nobody to be woken for it; should the object die over it, it is taken up again after this. */
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
    schedule.nextJobDue,
    schedule.oldestTombstoneAt === null ? null : purgeDue(schedule.oldestTombstoneAt),
    schedule.fanOut === 'running' ? now + watchdogMs : schedule.fanOut === 'waiting' ? now : null,
  ].filter((due) => due !== null);
  return dues.length === 0 ? null : Math.min(...dues.map((due) => (due > now ? due : Math.max(now + 1, pausedUntil))));
}
