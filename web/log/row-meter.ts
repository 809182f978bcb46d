import type { Row } from '../conversation/rows';
import type { RowHeights } from './row-heights';

/** Measures the rows that are in the page, and notices when one becomes higher or lower by itself. */
export class RowMeter {
  readonly #heights: RowHeights;
  readonly #observer: ResizeObserver;
  #rowByElement: ReadonlyMap<Element, Row> = new Map();

  /** @param changed called when a row is not as high any more as it was measured */
  constructor(heights: RowHeights, changed: () => void) {
    this.#heights = heights;
    this.#observer = new ResizeObserver((entries) => {
      if (entries.some(({ target }) => this.#isMismeasured(target))) changed();
    });
  }

  /** @param rows those to measure: the children of `log` with their keys for `data-key` */
  measure(log: HTMLElement, rows: readonly Row[]): void {
    const rowByKey = new Map(rows.map((row) => [row.key, row]));
    const present = new Map<Element, Row>();
    for (const element of log.children) {
      const row = element instanceof HTMLElement ? rowByKey.get(element.dataset.key ?? '') : undefined;
      if (row === undefined) continue;
      this.#heights.learn(row, element.getBoundingClientRect().height);
      present.set(element, row);
    }
    for (const element of this.#rowByElement.keys()) if (!present.has(element)) this.#observer.unobserve(element);
    for (const element of present.keys()) if (!this.#rowByElement.has(element)) this.#observer.observe(element);
    this.#rowByElement = present;
  }

  stop(): void {
    this.#observer.disconnect();
    this.#rowByElement = new Map();
  }

  #isMismeasured(element: Element): boolean {
    const row = this.#rowByElement.get(element);
    return row !== undefined && element.isConnected && this.#heights.of(row) !== element.getBoundingClientRect().height;
  }
}
