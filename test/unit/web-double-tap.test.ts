import { describe, expect, it } from 'vitest';
import { DoubleTap } from '../../web/line-menu/double-tap';

/** Plays touches, each as when it begins, how long it lasts, where it begins and where it ends; says which of them did it. */
function play(touches: readonly (readonly [at: number, ms: number, from?: number, to?: number])[]): boolean[] {
  const taps = new DoubleTap();
  return touches.map(([at, ms, from = 100, to = from]) => {
    taps.down({ x: from, y: 50, at });
    return taps.up({ x: to, y: 50, at: at + ms });
  });
}

describe('two taps of a finger', () => {
  it('do it, and two more do it again', () => {
    const taps = [0, 200, 400, 600].map((at) => [at, 60] as const);
    expect(play(taps)).toEqual([false, true, false, true]);
  });

  it('are none when one of them rests, moves, comes late or elsewhere', () => {
    expect(
      play([
        [0, 400],
        [500, 60],
      ]),
    ).toEqual([false, false]);
    expect(
      play([
        [0, 60],
        [200, 400],
      ]),
    ).toEqual([false, false]);
    expect(
      play([
        [0, 60, 100, 140],
        [200, 60, 140],
      ]),
    ).toEqual([false, false]);
    expect(
      play([
        [0, 60],
        [400, 60],
      ]),
    ).toEqual([false, false]);
    expect(
      play([
        [0, 60],
        [200, 60, 160],
      ]),
    ).toEqual([false, false]);
  });

  it('are none when the browser takes one of them for scrolling', () => {
    const taps = new DoubleTap();
    taps.down({ x: 0, y: 0, at: 0 });
    taps.cancel();
    expect(taps.up({ x: 0, y: 0, at: 50 })).toBe(false);
    taps.down({ x: 0, y: 0, at: 100 });
    expect(taps.up({ x: 0, y: 0, at: 150 })).toBe(false);
  });
});
