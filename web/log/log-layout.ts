import { isReadable, type Row } from '../conversation/rows';
import type { RowHeights } from './row-heights';
import { type Anchor, type RowWindow, rowAt } from './row-window';

/** Rows remembered as fixed points: several, since some of them may end. */
const mostAnchors = 12;

/** Where the rows of a log stand at one moment. */
export interface LogLayout {
  readonly rows: readonly Row[];
  readonly heights: RowHeights;
  /** Those in the page. */
  readonly window: RowWindow;
  /** Below the top of the screen, the top of the first row that is in the page, in pixels. */
  readonly windowTop: number;
  readonly screenPx: number;
}

/** The rows on the screen, -1 where there are none, and those of them by which it can be held in its place. */
interface OnScreen {
  readonly first: number;
  readonly last: number;
  /** The best first; the row that would stand there where none is. */
  readonly anchors: readonly Anchor[];
}

/** What is visible now, for whoever loads what is missing. */
export interface View {
  readonly rows: readonly Row[];
  /** The rows visible, from the first up to and including the last. */
  readonly first: number;
  readonly last: number;
  /** From the top of the screen up to the first row's top, in pixels. */
  readonly abovePx: number;
  readonly screenPx: number;
  /** How far below the top of the screen the top of a row is, in pixels. */
  topOf(index: number): number;
}

export function onScreen(layout: LogLayout): OnScreen {
  const { rows, heights, window, screenPx } = layout;
  const whole: Anchor[] = [];
  const poor: Anchor[] = [];
  let [first, last] = [-1, -1];
  let top = layout.windowTop;
  for (let index = window.start; index < window.end && top < screenPx; index++) {
    const row = rows[index];
    if (row === undefined) break;
    const bottom = top + heights.of(row);
    if (bottom > 0) {
      first = first === -1 ? index : first;
      last = index;
      // What is mostly above the screen can grow there, and what stands for missing lines stays when they come: no holds for the eye.
      const isGoodHold = canBeHeld(row) && top >= (top - bottom) / 2;
      if (whole.length < mostAnchors) (isGoodHold ? whole : poor).push({ row, top });
    }
    top = bottom;
  }
  return { first, last, anchors: first === -1 ? anchorsByHeight(layout) : [...whole, ...poor] };
}

/** Thrown far beyond what is in the page, by the scrollbar, say: the row that is there if the heights are right. */
function anchorsByHeight(layout: LogLayout): readonly Anchor[] {
  const topOfFirst = topOfFirstRow(layout);
  const { index, top } = rowAt(layout.rows, layout.heights, -topOfFirst);
  const row = layout.rows[index];
  return row === undefined ? [] : [{ row, top: top + topOfFirst }];
}

/** What is told of a screen on which there are rows. */
export function viewOf(layout: LogLayout, { first, last }: OnScreen): View {
  const { rows, heights, screenPx } = layout;
  const topOfFirst = topOfFirstRow(layout);
  return { rows, first, last, abovePx: -topOfFirst, screenPx, topOf: (index) => topOfFirst + heights.sum(rows, 0, index) };
}

/** Whether the page has rows for the whole screen and for `beyondPx` above and below it, as far as there are any. */
export function isCovered({ rows, heights, window, windowTop, screenPx }: LogLayout, beyondPx: number): boolean {
  const { start, end } = window;
  const bottom = windowTop + heights.sum(rows, start, end);
  return (start === 0 || windowTop <= -beyondPx) && (end === rows.length || bottom >= screenPx + beyondPx);
}

/** Below the top of the screen, the top of the first row of all. */
function topOfFirstRow({ rows, heights, window, windowTop }: LogLayout): number {
  return windowTop - heights.sum(rows, 0, window.start);
}

const canBeHeld = (row: Row) => isReadable(row) || row.kind === 'start' || row.kind === 'unread';
