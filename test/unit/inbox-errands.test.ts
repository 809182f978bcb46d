import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Errands } from '../../src/inbox/errands';
import type { ErrandKind } from '../../src/inbox/store';
import type { Job, JobName } from '../../src/job-store';
import { maxTries } from '../../src/outbox';
import { JobRows } from './job-rows';

const errand = (key: string): JobName<ErrandKind> => ({ kind: 'end_session', key });

/** Errands over rows in memory, with an alarm that the test sets off. */
function makeErrands(perform: (errand: Job<ErrandKind>) => Promise<void>) {
  const jobs = new JobRows<ErrandKind>();
  const alarm = {
    at: null as number | null,
    setAlarm: vi.fn(async (time: number | Date) => {
      alarm.at = Number(time);
    }),
    deleteAlarm: vi.fn(async () => {
      alarm.at = null;
    }),
  };
  const errands = new Errands({
    store: { transaction: (work) => work(), jobs },
    perform,
    alarm,
    now: Date.now,
    random: () => 0.999,
  });
  return { errands, alarm, jobs };
}

describe('the errands of an inbox', () => {
  beforeAll(() => void vi.spyOn(console, 'warn').mockImplementation(() => {}));
  afterAll(() => void vi.restoreAllMocks());
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('[AUTH-4] are all done before the caller goes on, and leave neither row nor alarm', async () => {
    const done: string[] = [];
    const { errands, alarm, jobs } = makeErrands(async ({ key }) => void done.push(key));
    const keys = Array.from({ length: 200 }, (_, i) => `${i}`);
    await errands.commit(() => keys.map(errand));
    expect(done.toSorted()).toEqual(keys.toSorted());
    expect(jobs.all.length).toBe(0);
    expect(alarm.at).toBeNull();
  });

  it('may leave others of another kind, which are begun without waiting for the alarm', async () => {
    const done: string[] = [];
    const { errands, alarm, jobs } = makeErrands(async ({ kind, key }) => {
      done.push(kind);
      if (kind === 'learn_profile') jobs.put({ kind: 'spread_profile', key: '' }, Date.now());
      if (kind === 'spread_profile' && key === '') jobs.put({ kind: 'spread_profile', key: 'a' }, Date.now());
      if (kind === 'spread_profile' && key === 'a') jobs.put({ kind: 'tell_profile', key: 'b' }, Date.now());
    });
    await errands.commit(() => [{ kind: 'learn_profile', key: 'ada' }]);
    await vi.waitFor(() => expect(done).toEqual(['learn_profile', 'spread_profile', 'spread_profile', 'tell_profile']));
    await vi.waitFor(() => expect([jobs.all.length, alarm.at]).toEqual([0, null]));
  });

  it('are done at last where the platform loses the alarm and the inbox lives on, with the next that is asked for', async () => {
    const done: string[] = [];
    const { errands, alarm, jobs } = makeErrands(async ({ key }) => void done.push(key));
    errands.scheduleOnce({ kind: 'decide_push', key: 'lost' }, Date.now() + 3_000);
    // It never goes off.
    alarm.at = null;
    await vi.advanceTimersByTimeAsync(20_000);
    const due = Date.now() + 3_000;
    errands.scheduleOnce({ kind: 'decide_push', key: 'next' }, due);
    await vi.waitFor(() => expect([done, alarm.at]).toEqual([['lost'], due]));
    vi.setSystemTime(due);
    errands.alarm();
    await vi.waitFor(() => expect([done, jobs.all.length, alarm.at]).toEqual([['lost', 'next'], 0, null]));
  });

  it('wait for their time where one is set, with the alarm for it, and are done sooner when they are asked for', async () => {
    const done: string[] = [];
    const { errands, alarm, jobs } = makeErrands(async ({ key }) => void done.push(key));
    const learn = { kind: 'learn_profile', key: 'ada' } as const;
    errands.schedule(learn, Date.now() + 15_000);
    expect([jobs.all.length, alarm.at, done]).toEqual([1, Date.now() + 15_000, []]);
    await errands.commit(() => [learn]);
    expect([jobs.all.length, alarm.at, done]).toEqual([0, null, ['ada']]);
  });

  it('have their alarm in the turn that commits them: a crash before any is done is made up for', () => {
    const { errands, alarm, jobs } = makeErrands(() => new Promise(() => {}));
    void errands.commit(() => [errand('a')]);
    expect(jobs.all.length).toBe(1);
    expect(alarm.at).toBeGreaterThan(Date.now());
  });

  it('cost no alarm where there are none', async () => {
    const { errands, alarm } = makeErrands(async () => {});
    await errands.commit(() => []);
    errands.resume(null);
    expect(alarm.setAlarm).not.toHaveBeenCalled();
    expect(alarm.deleteAlarm).not.toHaveBeenCalled();
  });

  it('[AUTH-4] one that hangs holds the caller for a second, and no other errand at all', async () => {
    const done: string[] = [];
    const { errands, alarm, jobs } = makeErrands(async ({ key }) => {
      if (key === 'hung') await new Promise(() => {});
      done.push(key);
    });
    let isBack = false;
    void errands
      .commit(() => ['hung', 'a', 'b'].map(errand))
      .then(() => {
        isBack = true;
      });
    await vi.advanceTimersByTimeAsync(990);
    expect([isBack, done]).toEqual([false, ['a', 'b']]);
    await vi.advanceTimersByTimeAsync(10);
    expect(isBack).toBe(true);
    // Nor one that comes later.
    await errands.commit(() => [errand('c')]);
    expect(done).toEqual(['a', 'b', 'c']);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(jobs.all.map((job) => job.key)).toEqual(['hung']);
    expect(alarm.at).toBe(jobs.all[0]?.due);
  });

  it('that fail are tried again after waits that grow to ten minutes, and within every hour for ever', async () => {
    const { errands, alarm } = makeErrands(async () => {
      throw new Error('down');
    });
    const parked = vi.spyOn(console, 'error').mockImplementation(() => {});
    const waits: number[] = [];
    await errands.commit(() => [errand('a')]);
    for (let tries = 0; tries < 16; tries++) {
      waits.push((alarm.at ?? 0) - Date.now());
      vi.setSystemTime(alarm.at ?? 0);
      errands.alarm();
      await vi.advanceTimersByTimeAsync(0);
    }
    expect(waits.slice(0, 8).every((wait, index) => index === 0 || wait >= (waits[index - 1] ?? 0) * 1.9)).toBe(true);
    expect(Math.max(...waits.slice(0, maxTries - 1))).toBeLessThanOrEqual(600_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(3_600_000);
    expect(parked).toHaveBeenCalledOnce();
  });

  it('asked for anew while under way are done again, and the newer caller waits for that', async () => {
    const calls: PromiseWithResolvers<void>[] = [];
    const { errands, jobs } = makeErrands(() => {
      const call = Promise.withResolvers<void>();
      calls.push(call);
      return call.promise;
    });
    void errands.commit(() => [errand('a')]);
    let isBack = false;
    const second = errands
      .commit(() => [errand('a')])
      .then(() => {
        isBack = true;
      });
    calls[0]?.resolve();
    await vi.advanceTimersByTimeAsync(1);
    expect([calls.length, isBack, jobs.all.length]).toEqual([2, false, 1]);
    calls[1]?.resolve();
    await second;
    expect(jobs.all.length).toBe(0);
  });

  it('after a wake-up a missing or past alarm is set anew, if there is anything to do', () => {
    const { errands, alarm, jobs } = makeErrands(async () => {});
    jobs.set({ kind: 'end_session', key: 'a', due: Date.now() + 5_000, tries: 3, generation: 0 });
    for (const alarmAt of [null, Date.now(), Date.now() - 60_000]) {
      alarm.at = null;
      errands.resume(alarmAt);
      expect(alarm.at).toBe(Date.now() + 5_000);
    }
    jobs.set({ kind: 'end_session', key: 'b', due: Date.now() - 5_000, tries: 3, generation: 0 });
    errands.resume(null);
    expect(alarm.at).toBe(Date.now() + 1);
  });
});
