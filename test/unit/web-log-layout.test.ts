import { describe, expect, it } from 'vitest';
import { lineOfMessage } from '../../web/conversation/line';
import type { Row } from '../../web/conversation/rows';
import { isCovered, type LogLayout, onScreen, viewOf } from '../../web/log/log-layout';
import { RowHeights } from '../../web/log/row-heights';
import { messageOf } from './web-models';

/** A hundred rows of 20 pixels: every tenth a day's heading, the others lines. */
const rows: Row[] = Array.from({ length: 100 }, (_, index) =>
  index % 10 === 0
    ? { kind: 'day', key: `row-${index}`, at: index }
    : { kind: 'line', key: `row-${index}`, line: lineOfMessage(messageOf(index)), isOwn: false, isFirst: true, isLast: true },
);
const heights = new RowHeights();
for (const row of rows) heights.learn(row, 20);

/** Rows 40 … 59 are in the page, and the first of them begins at `windowTop` on a screen of 100 pixels. */
const layout = (windowTop: number, window = { start: 40, end: 60 }): LogLayout => ({ rows, heights, window, windowTop, screenPx: 100 });

describe('where the rows of a log stand', () => {
  it('those are on the screen of which a pixel is', () => {
    expect(onScreen(layout(0))).toMatchObject({ first: 40, last: 44 });
    expect(onScreen(layout(-19))).toMatchObject({ first: 40, last: 45 });
    expect(onScreen(layout(-20))).toMatchObject({ first: 41, last: 45 });
    expect(onScreen(layout(99))).toMatchObject({ first: 40, last: 40 });
  });

  it('they are held by lines of which most is to be seen, and by others only where there is no such line', () => {
    const { anchors } = onScreen(layout(-31));
    // The line cut off at the top comes last.
    expect(anchors.map(({ row, top }) => [row.key, top])).toEqual([
      ['row-42', 9],
      ['row-43', 29],
      ['row-44', 49],
      ['row-45', 69],
      ['row-46', 89],
      ['row-41', -11],
    ]);
    expect(onScreen(layout(-200)).anchors.map(({ row }) => row.key)).toEqual(['row-51', 'row-52', 'row-53', 'row-54', 'row-50']);
    expect(onScreen(layout(-30)).anchors[0]).toMatchObject({ row: { key: 'row-41' }, top: -10 });
  });

  it('where nothing is rendered, they are held by the row that would be there', () => {
    expect(onScreen(layout(500))).toMatchObject({ first: -1, last: -1, anchors: [{ row: { key: 'row-15' }, top: 0 }] });
    expect(onScreen(layout(-1_005)).anchors).toMatchObject([{ row: { key: 'row-90' }, top: -5 }]);
    expect(onScreen({ ...layout(0), rows: [], window: { start: 0, end: 0 } })).toEqual({ first: -1, last: -1, anchors: [] });
  });

  it('what is told of it counts from the top of the screen, also of rows that are not in the page', () => {
    const view = viewOf(layout(-10), onScreen(layout(-10)));
    expect(view).toMatchObject({ first: 40, last: 45, abovePx: 810, screenPx: 100 });
    expect([view.topOf(0), view.topOf(40), view.topOf(99)]).toEqual([-810, -10, 1_170]);
  });

  it('the page has rows enough where they reach beyond the screen, or to where the log ends', () => {
    expect(isCovered(layout(-150), 150)).toBe(true);
    expect(isCovered(layout(-149), 150)).toBe(false);
    expect(isCovered(layout(-151), 150)).toBe(false);
    expect(isCovered(layout(0, { start: 0, end: 20 }), 150)).toBe(true);
    expect(isCovered(layout(-300, { start: 80, end: 100 }), 150)).toBe(true);
  });
});
