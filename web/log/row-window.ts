import type { Row } from '../conversation/rows';
import type { RowHeights } from './row-heights';

/** The rows that are in the page: from `start` up to but not including `end`. */
export interface RowWindow {
  readonly start: number;
  readonly end: number;
}

type Sized = Pick<Row, 'key' | 'kind'>;

/** A row and how far its top is below the top of what is visible, in pixels; negative when it has been scrolled past. */
export interface Anchor {
  readonly row: Sized;
  readonly top: number;
}

/** The rows that fill from `fromPx` to `toPx` below the top of row `index`. */
export function windowAround(rows: readonly Sized[], heights: RowHeights, index: number, fromPx: number, toPx: number): RowWindow {
  let start = index;
  for (let y = 0; start > 0 && y > fromPx; y -= heightAt(rows, heights, start)) start--;
  let end = index;
  for (let y = 0; end < rows.length && y < toPx; y += heightAt(rows, heights, end - 1)) end++;
  return { start, end: Math.max(end, Math.min(rows.length, index + 1)) };
}

/** The row at `y` pixels below the top of the first one, and where its own top is; the last one below all. */
export function rowAt(rows: readonly Sized[], heights: RowHeights, y: number): { readonly index: number; readonly top: number } {
  let top = 0;
  for (let index = 0; index < rows.length - 1; index++) {
    const next = top + heightAt(rows, heights, index);
    if (next > y) return { index, top };
    top = next;
  }
  return { index: Math.max(0, rows.length - 1), top };
}

/**
 * The first of several anchors whose row is still there, so that what is read stays where it is although rows beside it vanish.
 * One that says what it said before goes first: another may have become higher or lower, which is to show above what is read.
 * @returns null when none is there
 */
export function survivingAnchor(rows: readonly Sized[], anchors: readonly Anchor[]): (Anchor & { readonly index: number }) | null {
  if (anchors.length === 0) return null;
  const indexes = new Map(rows.map(({ key }, index) => [key, index]));
  const surviving = anchors.flatMap((anchor) => {
    const index = indexes.get(anchor.row.key);
    return index === undefined ? [] : [{ ...anchor, index }];
  });
  return surviving.find(({ row, index }) => rows[index] === row) ?? surviving[0] ?? null;
}

function heightAt(rows: readonly Sized[], heights: RowHeights, index: number): number {
  const row = rows[index];
  return row === undefined ? 0 : heights.of(row);
}
