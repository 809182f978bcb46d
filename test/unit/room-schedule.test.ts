import { describe, expect, it } from 'vitest';
import { tombstoneRetentionMs } from '../../src/protocol/limits';
import { nextAlarmAt, type Schedule, watchdogMs } from '../../src/room/schedule';

const now = 1_800_000_000_000;
const idle: Schedule = {
  nextEnd: null,
  nextCopyEnd: null,
  nextViewDue: null,
  nextMediaDue: null,
  nextJobDue: null,
  oldestTombstoneAt: null,
  isWatched: false,
};

describe('the next alarm of a room', () => {
  it('is none when nothing is to come', () => {
    expect(nextAlarmAt(idle, now)).toBeNull();
  });

  it.each<[string, Partial<Schedule>, number]>([
    ['[EXP-4] the next end of a message', { nextEnd: now + 10, nextMediaDue: now + 20 }, now + 10],
    ['[MEDIA-3] the end of an upload nobody sent', { nextMediaDue: now + 20, nextJobDue: now + 30 }, now + 20],
    ['[EXP-5] the next try of a job', { nextJobDue: now + 30, isWatched: true }, now + 30],
    ['a look after a fan-out under way', { isWatched: true }, now + watchdogMs],
    ['[EXP-4] the purge of a tombstone', { oldestTombstoneAt: now }, now + tombstoneRetentionMs],
  ])('is for %s', (_what, coming, at) => {
    expect(nextAlarmAt({ ...idle, ...coming }, now)).toBe(at);
  });

  it('is a moment away, never now, for what is overdue', () => {
    expect(nextAlarmAt({ ...idle, nextEnd: now }, now)).toBe(now + 1);
    expect(nextAlarmAt({ ...idle, nextJobDue: now - 5_000, nextEnd: now + 10 }, now)).toBe(now + 1);
  });

  it('leaves a pause after a failure, but not for what comes due meanwhile', () => {
    expect(nextAlarmAt({ ...idle, nextMediaDue: now - 1 }, now, now + 5_000)).toBe(now + 5_000);
    expect(nextAlarmAt({ ...idle, nextMediaDue: now - 1, nextEnd: now + 10 }, now, now + 5_000)).toBe(now + 10);
    expect(nextAlarmAt({ ...idle, nextMediaDue: now - 1 }, now + 5_000, now + 5_000)).toBe(now + 5_001);
  });
});
