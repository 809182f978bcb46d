import { describe, expect, it } from 'vitest';
import { visibleRows } from '../../web/chats/visible-rows';

describe('the rows of a long list that are in the page', () => {
  it('are those that are visible and some on either side, wherever the list is scrolled to', () => {
    for (let scrolled = 0; scrolled <= 680_000; scrolled += 1_234) {
      const { start, end } = visibleRows(10_000, 68, scrolled, 800);
      expect(start * 68).toBeLessThanOrEqual(Math.max(0, scrolled - 12 * 68));
      expect(end * 68).toBeGreaterThanOrEqual(Math.min(10_000 * 68, scrolled + 800 + 12 * 68));
      expect(end - start).toBeLessThan(60);
    }
  });

  it('are all of a short one, and a first few while the height of a row is unknown', () => {
    expect(visibleRows(20, 68, 0, 800)).toEqual({ start: 0, end: 20 });
    expect(visibleRows(10_000, 0, 0, 800)).toEqual({ start: 0, end: 36 });
    expect(visibleRows(0, 68, 0, 800)).toEqual({ start: 0, end: 0 });
  });

  it('are in the list although it has become shorter than it is scrolled, and before it is scrolled to', () => {
    expect(visibleRows(5, 68, 100_000, 800)).toEqual({ start: 4, end: 5 });
    expect(visibleRows(500, 68, -2_000, 800)).toEqual({ start: 0, end: 12 });
  });
});
