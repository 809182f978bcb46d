import type { Row } from '../conversation/rows';

type Sized = Pick<Row, 'key' | 'kind'>;

/** A line of one or two rows of text, until lines have been seen: what is guessed too low is rendered for nothing, too high only later. */
const firstGuessPx = 64;

/** How high rows are: measured where they have been on screen, and otherwise as high as their like. In pixels. */
export class RowHeights {
  readonly #measured = new Map<string, number>();
  readonly #byKind = new Map<Row['kind'], { sum: number; count: number }>();

  of({ key, kind }: Sized): number {
    const measured = this.#measured.get(key);
    if (measured !== undefined) return measured;
    const seen = this.#byKind.get(kind);
    return seen === undefined ? firstGuessPx : seen.sum / seen.count;
  }

  /** Rows from `start` up to but not including `end`, together. */
  sum(rows: readonly Sized[], start: number, end: number): number {
    let px = 0;
    for (let index = start; index < end; index++) {
      const row = rows[index];
      if (row !== undefined) px += this.of(row);
    }
    return px;
  }

  learn({ key, kind }: Sized, px: number): void {
    const before = this.#measured.get(key);
    if (before === px) return;
    this.#measured.set(key, px);
    const seen = this.#byKind.get(kind) ?? { sum: 0, count: 0 };
    seen.sum += px - (before ?? 0);
    seen.count += before === undefined ? 1 : 0;
    this.#byKind.set(kind, seen);
  }

  /** In another width everything has another height. */
  forgetAll(): void {
    this.#measured.clear();
    this.#byKind.clear();
  }

  /** Forgets what is no row any more, once there is much of it. */
  retain(rows: readonly Sized[]): void {
    if (this.#measured.size < rows.length + 1_000) return;
    const present = new Set(rows.map(({ key }) => key));
    for (const key of this.#measured.keys()) if (!present.has(key)) this.#measured.delete(key);
  }
}
