import { signal } from '@preact/signals';
import { isReadable, type Row } from '../conversation/rows';
import { RowHeights } from './row-heights';
import { type Anchor, type RowWindow, rowAt, survivingAnchor, windowAround } from './row-window';

/** This near to the end counts as at the end, in pixels. */
const endTolerancePx = 48;
/** Rows are in the page this many screens beyond what is visible, and put there before fewer than the second are left. */
const overscan = { full: 1.5, least: 0.6 } as const;
/** Until so many are, this many more are added after each frame: on a slow phone a row takes its time, and what is seen goes first. */
const reachStep = 0.25;
/** Rows remembered as fixed points: several, since some of them may end. */
const mostAnchors = 12;
/** Scrolling has come to rest after this long without an event. */
const restMs = 160;
/** Until the first measurement. */
const guessedScreenPx = 900;

/** Where on the screen a row is brought to; as a number, how far below its top, in pixels. */
type Place = 'top' | 'middle' | number;

/** What somebody was reading: the key of a row, and how far below the top of the screen it stood, in pixels. */
export interface ReadingPlace {
  readonly key: string;
  readonly top: number;
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

/** The rows on the screen, -1 where there are none, and those of them by which it can be held in its place. */
interface Visible {
  readonly first: number;
  readonly last: number;
  readonly anchors: readonly Anchor[];
}

export interface LogElements {
  readonly scroller: HTMLElement;
  /** Has `lead`, the rows as elements with `data-key`, and `tail` for children. */
  readonly log: HTMLElement;
  readonly lead: HTMLElement;
  readonly tail: HTMLElement;
}

/**
 * Which rows of a log are in the page, and where they stand. Of many thousand rows a few screens are rendered, between two
 * spacers as high as what is left out. Whatever changes, the row that is read stays where it is on the screen; at the end, the end does.
 *
 * Own code because the libraries that were looked at (virtua, @tanstack/virtual-core 3.19) hold on to one row, or to an index:
 * here rows vanish by the clock, that one too. And they write `scrollTop` for every row above that is higher or lower than guessed,
 * which ends a wheel's or finger's own movement; here the upper spacer takes up the difference until scrolling rests.
 */
export class LogScroll {
  readonly isAtEnd = signal(true);
  readonly isMoving = signal(false);
  /** The key of the lowest line on the screen, as of the last rest. */
  readonly lowestKey = signal<string | null>(null);
  /** Rises when other rows are to be in the page. */
  readonly revision = signal(0);
  readonly #heights = new RowHeights();
  readonly #seen: (view: View) => void;
  #elements: LogElements | null = null;
  #rows: readonly Row[] = [];
  #window: RowWindow = { start: 0, end: 0 };
  #screenPx = guessedScreenPx;
  #widthPx = 0;
  /** The upper spacer's height; beside what the rows left out above would take, it may be off by what scrolling has taught. */
  #leadPx = 0;
  /** From the scroller's origin to the upper spacer. */
  #contentTopPx = 0;
  #anchors: readonly Anchor[] = [];
  /** The scroll position that the anchors belong to. */
  #knownTopPx = 0;
  /** Where the next rendering leads. */
  #target: ReadingPlace | null = null;
  #arrived: ((row: HTMLElement) => void) | null = null;
  #restTimer = 0;
  #renderings = 0;
  /** So many screens beyond what is visible may be in the page by now: none where the reader has just come to. */
  #reach = 0;
  #isReaching = false;
  /** Whether anything was measured. */
  #hasSettled = false;
  readonly #observed = new Set<Element>();
  #rowObserver: ResizeObserver | null = null;

  /** @param seen told after every change of what is visible */
  constructor(seen: (view: View) => void) {
    this.#seen = seen;
  }

  /** Follows these elements until the function returned is called. */
  attach(elements: LogElements): () => void {
    this.#elements = elements;
    const screenObserver = new ResizeObserver(() => {
      if (this.#hasSettled) this.#resize();
      else this.#screenPx = elements.scroller.clientHeight;
    });
    screenObserver.observe(elements.scroller);
    this.#rowObserver = new ResizeObserver((entries) => {
      if (!entries.some(({ target }) => this.#isMismeasured(target))) return;
      this.#catchUp();
      this.settle();
    });
    return () => {
      screenObserver.disconnect();
      this.#rowObserver?.disconnect();
      this.#observed.clear();
      window.clearTimeout(this.#restTimer);
      this.#elements = null;
      this.#hasSettled = false;
    };
  }

  /** The rows to be rendered now; afterwards `settle` must be called before anything is painted. */
  windowOf(rows: readonly Row[]): RowWindow {
    this.#catchUp();
    const isOther = rows !== this.#rows;
    this.#rows = rows;
    this.#heights.retain(rows);
    const next = this.#computeWindow();
    // What is there by a guess too low is not taken out, to be put in again after the next frame.
    const isWithin = next.start >= this.#window.start && next.end <= this.#window.end;
    if (isOther || !isWithin || this.#reach >= overscan.full) this.#window = next;
    return this.#window;
  }

  /** Where the row of this key is rendered, or null. */
  elementOf(key: string): HTMLElement | null {
    return this.#elements?.log.querySelector<HTMLElement>(`:scope > [data-key="${CSS.escape(key)}"]`) ?? null;
  }

  /** What is being read; null at the end, where whoever comes back begins without being told. */
  get readingPlace(): ReadingPlace | null {
    const [anchor] = this.isAtEnd.peek() ? [] : this.#anchors;
    return anchor === undefined ? null : { key: anchor.row.key, top: anchor.top };
  }

  goToEnd(): void {
    // There the end is followed anyway.
    if (this.isAtEnd.peek() && this.#target === null) return;
    this.#target = null;
    this.isAtEnd.value = true;
    if (this.#window.end < this.#rows.length) this.#reach = 0;
    this.#render();
  }

  /** As `goTo`, for the rendering that is under way: nothing is rendered elsewhere before. */
  begin(key: string, place: Place): void {
    this.#target = { key, top: this.#topOf(place) };
    this.#arrived = null;
  }

  /**
   * Brings a row to the screen, if there is such a row.
   * @param arrived called with it once it is there
   */
  goTo(key: string, place: Place, arrived?: (row: HTMLElement) => void): void {
    this.begin(key, place);
    this.#arrived = arrived ?? null;
    this.isAtEnd.value = false;
    if (this.elementOf(key) === null) this.#reach = 0;
    this.#render();
  }

  /** What was rendered is measured, and put where the reader had it. */
  settle(): void {
    if (this.#elements === null) return;
    if (!this.#hasSettled) {
      this.#hasSettled = true;
      return this.#resize();
    }
    this.#measure(this.#elements);
    this.#place(this.#elements);
    this.#remember();
    if (this.#isCovered() || this.#renderings >= 5) {
      this.#renderings = 0;
      this.#reachFurther();
    } else this.#render();
    if (!this.isMoving.peek()) this.#noteLowest();
  }

  /** The reader, or this code, has scrolled. */
  scrolled(): void {
    const scroller = this.#elements?.scroller;
    if (scroller === undefined) return;
    if (scroller.clientHeight !== this.#screenPx) this.#resize();
    // Whoever scrolls must not come to where nothing is yet; but of where they are thrown, they see the screen first.
    if (scroller.scrollTop !== this.#knownTopPx) this.#reach = this.#visible().first === -1 ? 0 : overscan.full;
    // Only who scrolls up leaves the end; where the end has moved away by itself, it will be followed.
    const hasStayed = this.isAtEnd.peek() && scroller.scrollTop >= this.#knownTopPx;
    this.isAtEnd.value = hasStayed || this.#reachesEnd(scroller);
    this.isMoving.value = true;
    window.clearTimeout(this.#restTimer);
    this.#restTimer = window.setTimeout(() => this.#rest(), restMs);
    // Near the top there is no room left for being off.
    if (scroller.scrollTop < this.#screenPx * 2) this.#straighten();
    this.#remember();
    if (!this.#isCovered()) this.#render();
  }

  #render(): void {
    this.#renderings++;
    this.revision.value++;
  }

  /** Once what is there is painted, a little more is rendered beyond it. */
  #reachFurther(): void {
    if (this.#isReaching || this.#reach >= overscan.full || !this.#rows.some(isReadable)) return;
    this.#isReaching = true;
    requestAnimationFrame(() =>
      window.setTimeout(() => {
        this.#isReaching = false;
        this.#reach = Math.min(overscan.full, this.#reach + reachStep);
        this.#render();
      }),
    );
  }

  #rest(): void {
    this.isMoving.value = false;
    this.#straighten();
    this.#remember();
    this.#noteLowest();
  }

  #noteLowest(): void {
    const { first, last } = this.#visible();
    this.lowestKey.value = (first === -1 ? [] : this.#rows.slice(first, last + 1)).findLast(isReadable)?.key ?? null;
  }

  /** Gives the upper spacer the height it should have, and the scroll position what that takes. */
  #straighten(): void {
    const elements = this.#elements;
    const ideal = this.#idealLead();
    if (elements === null || Math.abs(ideal - this.#leadPx) < 1) return;
    const top = elements.scroller.scrollTop + ideal - this.#leadPx;
    this.#scrollTo(elements, ideal, top, Math.ceil(top));
  }

  #topOf(place: Place): number {
    if (typeof place === 'number') return place;
    return this.#screenPx * (place === 'top' ? 0.15 : 0.4);
  }

  #computeWindow(): RowWindow {
    const rows = this.#rows;
    const beyond = this.#screenPx * this.#reach;
    const target = this.#targetAnchor();
    if (target !== null) return this.#windowAt(target.index, target.top, beyond);
    if (!this.isAtEnd.peek()) {
      const anchor = survivingAnchor(rows, this.#anchors);
      if (anchor !== null) return this.#windowAt(anchor.index, anchor.top, beyond);
    }
    return this.#windowAt(Math.max(0, rows.length - 1), this.#screenPx, beyond);
  }

  /** Where the next rendering leads, once there is such a row. */
  #targetAnchor(): (Anchor & { readonly index: number }) | null {
    const index = this.#target === null ? -1 : this.#rows.findIndex(({ key }) => key === this.#target?.key);
    const row = this.#rows[index];
    return row === undefined || this.#target === null ? null : { row, top: this.#target.top, index };
  }

  #windowAt(index: number, top: number, beyond: number): RowWindow {
    return windowAround(this.#rows, this.#heights, index, -top - beyond, this.#screenPx - top + beyond);
  }

  #measure({ log, lead }: LogElements): void {
    const present = new Set<Element>();
    const rowByKey = new Map(this.#rows.slice(this.#window.start, this.#window.end).map((row) => [row.key, row]));
    this.#contentTopPx = lead.offsetTop;
    for (const element of log.children) {
      const row = element instanceof HTMLElement ? rowByKey.get(element.dataset.key ?? '') : undefined;
      if (row === undefined) continue;
      this.#heights.learn(row, element.getBoundingClientRect().height);
      present.add(element);
    }
    for (const element of this.#observed) {
      if (present.has(element)) continue;
      this.#rowObserver?.unobserve(element);
      this.#observed.delete(element);
    }
    for (const element of present) {
      if (this.#observed.has(element)) continue;
      this.#rowObserver?.observe(element);
      this.#observed.add(element);
    }
  }

  #isMismeasured(element: Element): boolean {
    const row = element instanceof HTMLElement ? this.#rows.find(({ key }) => key === element.dataset.key) : undefined;
    return row !== undefined && element.isConnected && this.#heights.of(row) !== element.getBoundingClientRect().height;
  }

  #place(elements: LogElements): void {
    const { scroller, tail } = elements;
    const rows = this.#rows;
    const { start, end } = this.#window;
    // Read before anything is written: each look at the page after a change has the browser lay it out anew.
    const scrollTop = scroller.scrollTop;
    tail.style.height = `${this.#heights.sum(rows, end, rows.length)}px`;
    const target = this.#targetAnchor();
    const anchor = target ?? (this.isAtEnd.peek() ? null : survivingAnchor(rows, this.#anchors));
    if (anchor === null) {
      // The end was read, or nothing that was read is left. To whole pixels, or what is rendered further up moves the last line by fractions.
      const rendered = this.#heights.sum(rows, start, rows.length);
      this.#setLead(elements, Math.ceil(this.#idealLead() + rendered) - rendered);
      scroller.scrollTop = scroller.scrollHeight;
      this.isAtEnd.value = true;
      return;
    }
    // Thrown upwards, one is above what is rendered until the next rendering.
    const offset = this.#heights.sum(rows, start, anchor.index) - this.#heights.sum(rows, anchor.index, start);
    const lead = scrollTop + anchor.top - this.#contentTopPx - offset;
    if (start > 0 && lead >= 0 && target === null) return this.#setLead(elements, lead);
    const ideal = this.#idealLead();
    const top = this.#contentTopPx + ideal + offset - anchor.top;
    // Writing what is there already would end a movement that is under way.
    this.#scrollTo(elements, ideal, top, scrollTop >= top && scrollTop < top + 1 ? scrollTop : Math.ceil(top));
    if (target !== null) this.#arrive(elements, target);
  }

  #arrive({ scroller }: LogElements, { row }: Anchor): void {
    const element = this.elementOf(row.key);
    const arrived = this.#arrived;
    this.#target = null;
    this.#arrived = null;
    this.isAtEnd.value = this.#reachesEnd(scroller);
    if (element !== null) arrived?.(element);
  }

  #reachesEnd({ scrollHeight, scrollTop, clientHeight }: HTMLElement): boolean {
    return this.#window.end === this.#rows.length && scrollHeight - scrollTop - clientHeight < endTolerancePx;
  }

  /** Browsers scroll by whole pixels: what there is between `top` and `to` is made up for by the upper spacer, or the lines would move by it. */
  #scrollTo(elements: LogElements, ideal: number, top: number, to: number): void {
    this.#setLead(elements, ideal + to - top);
    if (elements.scroller.scrollTop !== to) elements.scroller.scrollTop = to;
  }

  #setLead({ lead }: LogElements, px: number): void {
    this.#leadPx = px;
    lead.style.height = `${px}px`;
  }

  #idealLead(): number {
    return this.#heights.sum(this.#rows, 0, this.#window.start);
  }

  /** Below the top of the screen, the top of the first row that is rendered. */
  #windowTop(): number {
    return this.#contentTopPx + this.#leadPx - (this.#elements?.scroller.scrollTop ?? 0);
  }

  #visible(): Visible {
    const { start, end } = this.#window;
    const whole: Anchor[] = [];
    const poor: Anchor[] = [];
    let [first, last] = [-1, -1];
    let top = this.#windowTop();
    for (let index = start; index < end && top < this.#screenPx; index++) {
      const row = this.#rows[index];
      if (row === undefined) break;
      const bottom = top + this.#heights.of(row);
      if (bottom > 0) {
        first = first === -1 ? index : first;
        last = index;
        // What is mostly above the screen can grow there, and what stands for missing lines stays when they come: no holds for the eye.
        const isGoodHold = canBeHeld(row) && top >= (top - bottom) / 2;
        if (whole.length < mostAnchors) (isGoodHold ? whole : poor).push({ row, top });
      }
      top = bottom;
    }
    return { first, last, anchors: [...whole, ...poor] };
  }

  /** Below the top of the screen, the top of the first row of all. */
  #topOfFirst(): number {
    return this.#windowTop() - this.#idealLead();
  }

  /** A scrolling that no event has told of yet: what was read before it must not be brought back by what is placed until then. */
  #catchUp(): void {
    const scroller = this.#hasSettled ? this.#elements?.scroller : undefined;
    if (scroller === undefined || scroller.scrollTop === this.#knownTopPx) return;
    // Where another screen reaches further than the content, it was the browser that moved, and nobody else.
    const isOtherScreen = scroller.clientHeight > this.#screenPx || scroller.clientWidth !== this.#widthPx;
    if (isOtherScreen && scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 1) return;
    this.#anchors = this.#anchorsAt(this.#visible());
    if (this.isAtEnd.peek()) this.isAtEnd.value = this.#reachesEnd(scroller);
    this.#knownTopPx = scroller.scrollTop;
  }

  #anchorsAt({ first, anchors }: Visible): readonly Anchor[] {
    if (first !== -1) return anchors;
    // Thrown far beyond what is rendered: by the scrollbar, say.
    const topOfFirst = this.#topOfFirst();
    const { index, top } = rowAt(this.#rows, this.#heights, -topOfFirst);
    const row = this.#rows[index];
    return row === undefined ? [] : [{ row, top: top + topOfFirst }];
  }

  #remember(): void {
    const visible = this.#visible();
    this.#knownTopPx = this.#elements?.scroller.scrollTop ?? 0;
    this.#anchors = this.#anchorsAt(visible);
    if (visible.first === -1) return;
    const topOfFirst = this.#topOfFirst();
    this.#seen({
      rows: this.#rows,
      first: visible.first,
      last: visible.last,
      abovePx: -topOfFirst,
      screenPx: this.#screenPx,
      topOf: (index) => topOfFirst + this.#heights.sum(this.#rows, 0, index),
    });
  }

  #isCovered(): boolean {
    const { start, end } = this.#window;
    const top = this.#windowTop();
    const bottom = top + this.#heights.sum(this.#rows, start, end);
    const beyond = this.#screenPx * Math.min(overscan.least, this.#reach);
    return (start === 0 || top <= -beyond) && (end === this.#rows.length || bottom >= this.#screenPx + beyond);
  }

  /** The screen is larger or smaller: its bottom is what stays, since a keyboard opens there. */
  #resize(): void {
    const scroller = this.#elements?.scroller;
    if (scroller === undefined) return;
    this.#catchUp();
    const { clientHeight, clientWidth } = scroller;
    if (clientWidth !== this.#widthPx) this.#heights.forgetAll();
    const grownPx = clientHeight - this.#screenPx;
    this.#anchors = this.#anchors.map(({ row, top }) => ({ row, top: top + grownPx }));
    this.#screenPx = clientHeight;
    this.#widthPx = clientWidth;
    this.settle();
  }
}

const canBeHeld = (row: Row) => isReadable(row) || row.kind === 'start' || row.kind === 'unread';
