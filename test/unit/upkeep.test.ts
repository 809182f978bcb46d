import { afterAll, describe, expect, it, vi } from 'vitest';
import { maxSlices, Upkeep } from '../../src/room/upkeep';

/** An upkeep whose work is `dues`, of which a slice takes at most ten; `order` says what happened when. */
function makeUpkeep(dues: number[], options: { failing?: string } = {}) {
  const clock = { now: 1_000_000 };
  const order: string[] = [];
  const upkeep = new Upkeep({
    steps: ['broken', 'ends'].map((name) => ({
      name,
      run: () => {
        if (name === options.failing) throw new Error('secret text');
        if (name !== 'ends') return;
        const due = dues.filter((at) => at <= clock.now).slice(0, 10);
        dues.splice(0, due.length);
        order.push(`slice of ${due.length}`);
      },
    })),
    inTurn: (run) => run(undefined as never),
    nextDue: () => dues[0] ?? null,
    settled: async () => void order.push('others'),
    pause: async (ms) => {
      clock.now += ms;
      order.push(`wait ${ms}`);
    },
    now: () => clock.now,
  });
  return { upkeep, clock, order };
}

describe('the upkeep of a room', () => {
  const errors = vi.spyOn(console, 'error').mockImplementation(() => {});
  afterAll(() => void vi.restoreAllMocks());

  it('[EXP-4] works off what is overdue in slices, and between any two of them lets everybody else have their turn', async () => {
    const { upkeep, order } = makeUpkeep(Array(25).fill(1));
    expect(await upkeep.run()).toBe(true);
    expect(order).toEqual(['slice of 10', 'others', 'slice of 10', 'others', 'slice of 5']);
  });

  it('[EXP-4] waits for what is due in a moment, and takes together what comes one a millisecond', async () => {
    const { upkeep, clock, order } = makeUpkeep([1, 1_000_004, 1_000_007, 1_000_024, 1_000_090]);
    expect(await upkeep.run()).toBe(true);
    expect(order).toEqual(['slice of 1', 'others', 'wait 10', 'slice of 2', 'others', 'wait 14', 'slice of 1']);
    expect(clock.now).toBe(1_000_024);
  });

  it('leaves what is left after many slices to the next alarm', async () => {
    const dues = Array(10_000).fill(1);
    const { upkeep, order } = makeUpkeep(dues);
    expect(await upkeep.run()).toBe(true);
    expect(order.filter((what) => what.startsWith('slice'))).toHaveLength(maxSlices);
    expect(dues).toHaveLength(10_000 - 10 * maxSlices);
  });

  it('goes on with the other steps where one fails, stops after that, and says so without a word of what it was about', async () => {
    const { upkeep, order } = makeUpkeep(Array(25).fill(1), { failing: 'broken' });
    expect(await upkeep.run()).toBe(false);
    expect(order).toEqual(['slice of 10']);
    expect(errors.mock.calls).toEqual([['alarm: broken failed (Error)']]);
  });
});
