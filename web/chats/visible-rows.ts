/** Rows rendered beyond either edge of what is visible, so that scrolling and tabbing find them there. */
const spareRows = 12;
/** The window moves by as many rows at once: not at every pixel of scrolling. */
const stepRows = 6;

/** The rows of a list that are in the page: from `start` up to but not including `end`. */
export interface VisibleRows {
  readonly start: number;
  readonly end: number;
}

/**
 * Which of `count` rows of one height must be in the page.
 * @param scrolledPx how far the list's top is above the top of what is visible; negative when it is below
 */
export function visibleRows(count: number, rowPx: number, scrolledPx: number, visiblePx: number): VisibleRows {
  if (rowPx <= 0) return { start: 0, end: Math.min(count, 3 * spareRows) };
  const first = Math.floor(scrolledPx / rowPx / stepRows) * stepRows;
  const last = Math.ceil((scrolledPx + visiblePx) / rowPx / stepRows) * stepRows;
  const end = Math.min(count, Math.max(0, last) + spareRows);
  return { start: Math.min(Math.max(0, first - spareRows), Math.max(0, end - 1)), end };
}
