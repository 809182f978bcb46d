import { describe, expect, it } from 'vitest';
import { RowHeights } from '../../web/log/row-heights';
import { rowAt, survivingAnchor, windowAround } from '../../web/log/row-window';

const rows = Array.from({ length: 100 }, (_, index) => ({ key: `row-${index}`, kind: 'line' as const }));
const allOf = (px: number) => {
  const heights = new RowHeights();
  for (const row of rows) heights.learn(row, px);
  return heights;
};

describe('heights of rows', () => {
  it('a row that was never seen is as high as those of its kind were', () => {
    const heights = new RowHeights();
    heights.learn({ key: 'a', kind: 'line' }, 40);
    heights.learn({ key: 'b', kind: 'line' }, 60);
    heights.learn({ key: 'b', kind: 'line' }, 80);
    heights.learn({ key: 'c', kind: 'day' }, 30);
    expect(heights.of({ key: 'new', kind: 'line' })).toBe(60);
    expect(heights.of({ key: 'other', kind: 'day' })).toBe(30);
    expect(heights.of({ key: 'b', kind: 'line' })).toBe(80);
  });

  it('in another width nothing is known any more', () => {
    const heights = new RowHeights();
    const guess = heights.of({ key: 'a', kind: 'line' });
    heights.learn({ key: 'a', kind: 'line' }, 400);
    heights.forgetAll();
    expect(heights.of({ key: 'a', kind: 'line' })).toBe(guess);
  });

  it('heights of rows that are no more are forgotten when there are many', () => {
    const heights = new RowHeights();
    for (let index = 0; index < 2_000; index++) heights.learn({ key: `gone-${index}`, kind: 'line' }, 10);
    heights.learn({ key: 'day', kind: 'day' }, 30);
    heights.retain([{ key: 'day', kind: 'day' }]);
    heights.learn({ key: 'seen-since', kind: 'line' }, 90);
    expect(heights.of({ key: 'day', kind: 'day' })).toBe(30);
    expect(heights.of({ key: 'gone-1', kind: 'line' })).not.toBe(10);
  });
});

describe('which rows are in the page', () => {
  it('those that reach from one height to the other, and no more', () => {
    expect(windowAround(rows, allOf(20), 50, -60, 100)).toEqual({ start: 47, end: 55 });
    expect(windowAround(rows, allOf(20), 50, -61, 101)).toEqual({ start: 46, end: 56 });
  });

  it('no further than the rows go, and never none', () => {
    expect(windowAround(rows, allOf(20), 1, -500, 60)).toEqual({ start: 0, end: 4 });
    expect(windowAround(rows, allOf(20), 98, -20, 500)).toEqual({ start: 97, end: 100 });
    expect(windowAround(rows, allOf(20), 50, 30, -30)).toEqual({ start: 50, end: 51 });
    expect(windowAround([], allOf(20), 0, -100, 100)).toEqual({ start: 0, end: 0 });
  });

  it('the row at a height is found, the last one below all', () => {
    expect(rowAt(rows, allOf(20), 0)).toEqual({ index: 0, top: 0 });
    expect(rowAt(rows, allOf(20), 39)).toEqual({ index: 1, top: 20 });
    expect(rowAt(rows, allOf(20), 40)).toEqual({ index: 2, top: 40 });
    expect(rowAt(rows, allOf(20), 99_999)).toEqual({ index: 99, top: 1_980 });
    expect(rowAt([], allOf(20), 5)).toEqual({ index: 0, top: 0 });
  });

  it('what is held on to is the first of the rows read that is still there', () => {
    const [seventh, eighth] = [rows[7], rows[8]];
    if (seventh === undefined || eighth === undefined) throw new Error('There are no rows');
    const anchors = [
      { row: { key: 'gone', kind: 'line' as const }, top: 5 },
      { row: seventh, top: 25 },
      { row: eighth, top: 45 },
    ];
    expect(survivingAnchor(rows, anchors)).toEqual({ row: seventh, top: 25, index: 7 });
    expect(survivingAnchor(rows.slice(20), anchors)).toBeNull();
    expect(survivingAnchor(rows, [])).toBeNull();
    const changed = rows.with(7, { ...seventh });
    expect(survivingAnchor(changed, anchors)).toMatchObject({ index: 8 });
    expect(survivingAnchor(changed.slice(0, 8), anchors)).toMatchObject({ index: 7 });
  });
});
