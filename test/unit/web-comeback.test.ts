import { describe, expect, it } from 'vitest';
import { comebackAfter } from '../../web/wire/comeback';

describe('[SOCK-3] what a client does after a close', () => {
  it('[SOCK-3] 4401 is answered by one refresh, then by stopping', () => {
    expect(comebackAfter(4401, 0, false, 0.5)).toEqual({ kind: 'after_refresh' });
    expect(comebackAfter(4401, 1, true, 0.5)).toEqual({ kind: 'stop', code: 4401 });
  });

  it.each([4400, 4403, 4404, 4409, 4413, 4426])('[SOCK-3] %i stops', (code) => {
    expect(comebackAfter(code, 0, false, 0.5)).toEqual({ kind: 'stop', code });
  });

  it.each([4408, 4429])('[SOCK-3] %i backs off, longer each time and never beyond a minute', (code) => {
    const waits = [0, 1, 2, 3, 10, 1000].map((attempt) => comebackAfter(code, attempt, false, 0));
    expect(waits).toEqual([5, 10, 20, 30, 30, 30].map((seconds) => ({ kind: 'after', ms: seconds * 1000 })));
  });

  it.each([1000, 1001, 1006, 1011, 1012, 3000, 4000, 4500])(
    '[SOCK-3] %i reconnects, first after 0.5 to 5 s at random, never later than after 30',
    (code) => {
      expect(comebackAfter(code, 0, false, 0)).toEqual({ kind: 'after', ms: 500 });
      expect(comebackAfter(code, 0, false, 1)).toEqual({ kind: 'after', ms: 5_000 });
      expect(comebackAfter(code, 1, false, 0)).toEqual({ kind: 'after', ms: 2_500 });
      expect(comebackAfter(code, 1000, false, 1)).toEqual({ kind: 'after', ms: 30_000 });
    },
  );
});
