import type { Row } from '../conversation/rows';
import type { RowMeter } from './row-meter';

export interface LogElements {
  readonly scroller: HTMLElement;
  /** Has `lead`, the rows as elements with `data-key`, and `tail` for children. */
  readonly log: HTMLElement;
  readonly lead: HTMLElement;
  readonly tail: HTMLElement;
}

/** A log's elements: the only place where the spacers above and below its rows and its scroll position are written. In pixels. */
export class LogSurface {
  readonly #elements: LogElements;
  readonly #meter: RowMeter;
  #leadPx = 0;
  #contentTopPx = 0;

  constructor(elements: LogElements, meter: RowMeter) {
    this.#elements = elements;
    this.#meter = meter;
  }

  get scrollTop(): number {
    return this.#elements.scroller.scrollTop;
  }

  get screenPx(): number {
    return this.#elements.scroller.clientHeight;
  }

  get widthPx(): number {
    return this.#elements.scroller.clientWidth;
  }

  /** How far it can still be scrolled down. */
  get belowPx(): number {
    const { scrollHeight, scrollTop, clientHeight } = this.#elements.scroller;
    return scrollHeight - scrollTop - clientHeight;
  }

  /** The upper spacer's height; beside what the rows left out above would take, it may be off by what scrolling has taught. */
  get leadPx(): number {
    return this.#leadPx;
  }

  /** From the scroller's origin to the upper spacer, when last measured. */
  get contentTopPx(): number {
    return this.#contentTopPx;
  }

  /** Below the top of the screen, the top of the first row that is rendered. */
  get windowTop(): number {
    return this.#contentTopPx + this.#leadPx - this.scrollTop;
  }

  /** Where the row of this key is rendered, or null. */
  elementOf(key: string): HTMLElement | null {
    return this.#elements.log.querySelector<HTMLElement>(`:scope > [data-key="${CSS.escape(key)}"]`);
  }

  /** @param rows those in the page */
  measure(rows: readonly Row[]): void {
    this.#contentTopPx = this.#elements.lead.offsetTop;
    this.#meter.measure(this.#elements.log, rows);
  }

  setLead(px: number): void {
    this.#leadPx = px;
    this.#elements.lead.style.height = `${px}px`;
  }

  setTail(px: number): void {
    this.#elements.tail.style.height = `${px}px`;
  }

  /**
   * Scrolls to `top`, as it is with an upper spacer of `leadPx`. Browsers scroll by whole pixels: what is between `top` and those
   * is made up for by the spacer, or the lines would move by it.
   * @param from where it was scrolled to before anything was written
   */
  scrollTo(top: number, leadPx: number, from: number): void {
    const { scroller } = this.#elements;
    // Writing what is there already would end a movement that is under way.
    const to = from >= top && from < top + 1 ? from : Math.ceil(top);
    this.setLead(leadPx + to - top);
    if (scroller.scrollTop !== to) scroller.scrollTop = to;
  }

  /** To whole pixels, or what is rendered further up moves the last line by fractions: `rowsPx` is all that follows the upper spacer. */
  scrollToEnd(leadPx: number, rowsPx: number): void {
    const { scroller } = this.#elements;
    this.setLead(Math.ceil(leadPx + rowsPx) - rowsPx);
    scroller.scrollTop = scroller.scrollHeight;
  }
}
