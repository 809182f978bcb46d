import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Job } from '../../src/job-store';
import { maxTries, Outbox } from '../../src/outbox';
import { JobRows } from './job-rows';

const minute = 60_000;
const hour = 60 * minute;

type Kind = 'erase' | 'project' | 'tell';
const lanes = {
  erase: { atOnce: 4, isOnePlace: true },
  project: { atOnce: 1, isOnePlace: true },
  tell: { atOnce: 4, isOnePlace: false },
};

/** An outbox over rows in memory and a clock that the test moves; `run` lets it work until nothing is due or it pauses. */
function makeOutbox(perform: (job: Job<Kind>) => Promise<void>) {
  const rows = new JobRows<Kind>();
  const clock = { now: 1_000_000 };
  const done: string[] = [];
  const drained = vi.fn();
  const outbox = new Outbox({
    jobs: rows,
    lanes,
    perform,
    done: (job) => void done.push(job.key),
    drained,
    now: () => clock.now,
    random: () => 0.999,
  });
  const run = async () => {
    outbox.drain();
    await vi.waitUntil(() => !outbox.isDraining, { interval: 1 });
  };
  /** Moves the clock to when the outbox next wants to work, and lets it. */
  const next = async () => {
    clock.now = outbox.nextDue(30_000) ?? clock.now;
    await run();
  };
  return { rows, clock, done, drained, outbox, run, next };
}

const fail = async () => {
  throw new Error('down');
};

describe('the outbox', () => {
  const warnings = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const errors = vi.spyOn(console, 'error').mockImplementation(() => {});
  beforeEach(() => {
    warnings.mockClear();
    errors.mockClear();
  });
  afterAll(() => void vi.restoreAllMocks());

  it('does what is due, once each, at most four of a kind at a time, and nothing before its time', async () => {
    const counts = { now: 0, most: 0 };
    const { rows, clock, done, drained, outbox, run } = makeOutbox(async () => {
      counts.now += 1;
      counts.most = Math.max(counts.most, counts.now);
      await new Promise((resolve) => setImmediate(resolve));
      counts.now -= 1;
    });
    for (let i = 0; i < 200; i++) rows.put({ kind: 'erase', key: `m${i}` }, i);
    rows.put({ kind: 'erase', key: 'later' }, clock.now + 1);
    await run();
    expect([done.length, new Set(done).size, counts.most]).toEqual([200, 200, 4]);
    expect(rows.all.map((row) => row.key)).toEqual(['later']);
    expect(outbox.nextDue(30_000)).toBe(clock.now + 1);
    expect(drained).toHaveBeenCalled();
  });

  it('waits twice as long after each failure, with jitter, up to ten minutes', async () => {
    const { rows, clock, next } = makeOutbox(fail);
    rows.put({ kind: 'project', key: 'chat' }, clock.now);
    const waits: number[] = [];
    for (let tries = 1; tries < maxTries; tries++) {
      await next();
      waits.push((rows.all[0]?.due ?? 0) - clock.now);
    }
    expect(waits.slice(1, 9).every((wait, i) => wait / (waits[i] ?? 0) > 1.9 && wait / (waits[i] ?? 0) < 2.1)).toBe(true);
    expect(Math.max(...waits)).toBeLessThanOrEqual(10 * minute);
    expect(waits.at(-1)).toBeGreaterThan(9 * minute);
  });

  it('[EXP-5] parks a job after the last try: said once, never lost, tried again within the hour for ever', async () => {
    const { rows, clock, next } = makeOutbox(fail);
    rows.put({ kind: 'erase', key: 'secret-key' }, clock.now);
    for (let tries = 0; tries < maxTries; tries++) await next();
    expect(rows.all).toMatchObject([{ tries: maxTries }]);
    expect(errors.mock.calls).toEqual([[expect.stringContaining('erase')]]);
    for (let i = 0; i < 500; i += 1) {
      const waitMs = (rows.all[0]?.due ?? 0) - clock.now;
      expect(waitMs).toBeLessThanOrEqual(hour);
      expect(waitMs).toBeGreaterThanOrEqual(hour / 2);
      await next();
    }
    expect(rows.all).toHaveLength(1);
    expect(errors).toHaveBeenCalledTimes(1);
    expect(JSON.stringify([...errors.mock.calls, ...warnings.mock.calls])).not.toContain('secret-key');
  });

  it('[EXP-5] an outage of a day ends with the first success: that brings back what was parked, and nothing is left', async () => {
    const s3 = { isDown: true };
    const { rows, clock, done, next, run } = makeOutbox(async () => {
      if (s3.isDown) throw new Error('down');
    });
    for (let i = 0; i < 50; i++) rows.put({ kind: 'erase', key: `m${i}` }, clock.now);
    for (const end = clock.now + 24 * hour; clock.now < end; ) await next();
    expect(rows.all).toHaveLength(50);
    expect(rows.all.filter((row) => row.tries >= maxTries).length).toBeGreaterThan(25);
    s3.isDown = false;
    clock.now += 15_000;
    rows.put({ kind: 'erase', key: 'new' }, clock.now);
    await run();
    expect(rows.all).toEqual([]);
    expect(new Set(done).size).toBe(51);
  });

  it('brings back few at a time, and one that goes on failing is parked again after one try', async () => {
    const tried: string[] = [];
    const { rows, clock, run } = makeOutbox(async (job) => {
      tried.push(job.key);
      if (job.key !== 'good') throw new Error('broken for good');
    });
    for (let i = 0; i < 100; i++) rows.set({ kind: 'erase', key: `bad${i}`, due: clock.now + hour, tries: maxTries, generation: 0 });
    rows.put({ kind: 'erase', key: 'good' }, clock.now);
    await run();
    expect(tried.length).toBeLessThanOrEqual(9);
    expect(rows.all.filter((row) => row.tries >= maxTries && row.due > clock.now).length).toBeGreaterThan(90);
    expect(rows.all).toHaveLength(100);
  });

  it('leaves alone what is down: with thousands of jobs an outage costs four calls, then a pause', async () => {
    const calls = { count: 0 };
    const { rows, clock, outbox, run, next } = makeOutbox(async () => {
      calls.count += 1;
      throw new Error('down');
    });
    for (let i = 0; i < 5_000; i++) rows.put({ kind: 'erase', key: `m${i}` }, clock.now);
    await run();
    expect(calls.count).toBe(4);
    expect(outbox.nextDue(30_000)).toBe(clock.now + 15_000);
    await run();
    expect(calls.count).toBe(4);
    await next();
    expect(calls.count).toBeLessThanOrEqual(8);
    expect(rows.all).toHaveLength(5_000);
  });

  it('goes on with the other kinds while the calls of one hang', async () => {
    const { rows, clock, done, outbox } = makeOutbox((job) => (job.kind === 'erase' ? new Promise(() => {}) : Promise.resolve()));
    for (let i = 0; i < 10; i++) rows.put({ kind: 'erase', key: `m${i}` }, clock.now);
    rows.put({ kind: 'project', key: 'chat' }, clock.now);
    rows.put({ kind: 'tell', key: 'ada' }, clock.now);
    outbox.drain();
    await vi.waitUntil(() => done.length === 2, { interval: 1 });
    expect(done.sort()).toEqual(['ada', 'chat']);
    rows.put({ kind: 'tell', key: 'ben' }, clock.now);
    outbox.drain();
    await vi.waitUntil(() => done.length === 3, { interval: 1 });
    // Somebody must look after the calls that hang, should the object die over them.
    expect(outbox.nextDue(30_000)).toBe(clock.now + 30_000);
  });

  it('a call that takes longer than ten seconds has failed', async () => {
    vi.useFakeTimers();
    try {
      const { rows, clock, outbox } = makeOutbox(() => new Promise(() => {}));
      rows.put({ kind: 'erase', key: 'm' }, clock.now);
      outbox.drain();
      await vi.advanceTimersByTimeAsync(10_000);
      expect(rows.all).toMatchObject([{ tries: 1, due: expect.any(Number) }]);
      expect(outbox.isDraining).toBe(false);
    } finally {
      vi.useRealTimers();
    }
  });

  it('a job that was asked for anew while it was under way is done again', async () => {
    const calls: number[] = [];
    const { rows, clock, run } = makeOutbox(async (job) => {
      calls.push(job.generation);
      if (job.generation === 0) rows.put({ kind: 'project', key: 'chat' }, clock.now);
    });
    rows.put({ kind: 'project', key: 'chat' }, clock.now);
    await run();
    expect(calls).toEqual([0, 1]);
    expect(rows.all).toEqual([]);
  });
});
