import { signal } from '@preact/signals';
import { isReadable, type Row } from '../conversation/rows';
import { isCovered, type LogLayout, onScreen, type View, viewOf } from './log-layout';
import { type LogElements, LogSurface } from './log-surface';
import { Overscan } from './overscan';
import { RowHeights } from './row-heights';
import { RowMeter } from './row-meter';
import { type Anchor, type RowWindow, survivingAnchor, windowAround } from './row-window';

/** This near to the end counts as at the end, in pixels. */
const endTolerancePx = 48;
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

/** A row that is to stand where it says, whatever becomes of the others. */
interface HeldRow extends Anchor {
  readonly index: number;
  /** Whether the reader is led there, and was not there already. */
  readonly isTarget: boolean;
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
  readonly #overscan = new Overscan(() => this.#render());
  readonly #seen: (view: View) => void;
  #surface: LogSurface | null = null;
  #rows: readonly Row[] = [];
  #window: RowWindow = { start: 0, end: 0 };
  #screenPx = guessedScreenPx;
  #widthPx = 0;
  #anchors: readonly Anchor[] = [];
  /** The scroll position that the anchors belong to. */
  #knownTopPx = 0;
  /** Where the next rendering leads. */
  #target: ReadingPlace | null = null;
  #arrived: ((row: HTMLElement) => void) | null = null;
  #restTimer = 0;
  #renderings = 0;
  /** Whether anything was measured. */
  #hasSettled = false;

  /** @param seen told after every change of what is visible */
  constructor(seen: (view: View) => void) {
    this.#seen = seen;
  }

  /** Follows these elements until the function returned is called. */
  attach(elements: LogElements): () => void {
    const { scroller } = elements;
    const screenObserver = new ResizeObserver(() => {
      if (this.#hasSettled) this.#resize();
      else this.#screenPx = scroller.clientHeight;
    });
    screenObserver.observe(scroller);
    // Made second, told second: in another width all rows have other heights, which the screen's change accounts for.
    const meter = new RowMeter(this.#heights, () => {
      this.#catchUp();
      this.settle();
    });
    this.#surface = new LogSurface(elements, meter);
    return () => {
      screenObserver.disconnect();
      meter.stop();
      window.clearTimeout(this.#restTimer);
      this.#surface = null;
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
    if (isOther || !isWithin || this.#overscan.isFull) this.#window = next;
    return this.#window;
  }

  /** Where the row of this key is rendered, or null. */
  elementOf(key: string): HTMLElement | null {
    return this.#surface?.elementOf(key) ?? null;
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
    if (this.#window.end < this.#rows.length) this.#overscan.empty();
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
    if (this.elementOf(key) === null) this.#overscan.empty();
    this.#render();
  }

  /** What was rendered is measured, and put where the reader had it. */
  settle(): void {
    const surface = this.#surface;
    if (surface === null) return;
    if (!this.#hasSettled) {
      this.#hasSettled = true;
      return this.#resize();
    }
    surface.measure(this.#rows.slice(this.#window.start, this.#window.end));
    this.#place(surface);
    this.#remember(surface);
    if (this.#isCovered(surface) || this.#renderings >= 5) {
      this.#renderings = 0;
      if (this.#rows.some(isReadable)) this.#overscan.grow();
    } else this.#render();
    if (!this.isMoving.peek()) this.#noteLowest(surface);
  }

  /** The reader, or this code, has scrolled. */
  scrolled(): void {
    const surface = this.#surface;
    if (surface === null) return;
    if (surface.screenPx !== this.#screenPx) this.#resize();
    // Whoever scrolls must not come to where nothing is yet; but of where they are thrown, they see the screen first.
    if (surface.scrollTop !== this.#knownTopPx) {
      if (onScreen(this.#layout(surface)).first === -1) this.#overscan.empty();
      else this.#overscan.fill();
    }
    // Only who scrolls up leaves the end; where the end has moved away by itself, it will be followed.
    const hasStayed = this.isAtEnd.peek() && surface.scrollTop >= this.#knownTopPx;
    this.isAtEnd.value = hasStayed || this.#reachesEnd(surface);
    this.isMoving.value = true;
    window.clearTimeout(this.#restTimer);
    this.#restTimer = window.setTimeout(() => this.#rest(surface), restMs);
    // Near the top there is no room left for being off.
    if (surface.scrollTop < this.#screenPx * 2) this.#straighten(surface);
    this.#remember(surface);
    if (!this.#isCovered(surface)) this.#render();
  }

  #render(): void {
    this.#renderings++;
    this.revision.value++;
  }

  #rest(surface: LogSurface): void {
    this.isMoving.value = false;
    this.#straighten(surface);
    this.#remember(surface);
    this.#noteLowest(surface);
  }

  #noteLowest(surface: LogSurface): void {
    const { first, last } = onScreen(this.#layout(surface));
    this.lowestKey.value = (first === -1 ? [] : this.#rows.slice(first, last + 1)).findLast(isReadable)?.key ?? null;
  }

  /** Gives the upper spacer the height it should have, and the scroll position what that takes. */
  #straighten(surface: LogSurface): void {
    const { leadPx, scrollTop } = surface;
    const ideal = this.#idealLead();
    if (Math.abs(ideal - leadPx) >= 1) surface.scrollTo(scrollTop + ideal - leadPx, ideal, scrollTop);
  }

  #topOf(place: Place): number {
    if (typeof place === 'number') return place;
    return this.#screenPx * (place === 'top' ? 0.15 : 0.4);
  }

  #computeWindow(): RowWindow {
    const held = this.#held();
    const [index, top] = held === null ? [Math.max(0, this.#rows.length - 1), this.#screenPx] : [held.index, held.top];
    const beyond = this.#screenPx * this.#overscan.screens;
    return windowAround(this.#rows, this.#heights, index, -top - beyond, this.#screenPx - top + beyond);
  }

  /** The one led to, or one that was read; null where the end is what stays. */
  #held(): HeldRow | null {
    const target = this.#target;
    const index = target === null ? -1 : this.#rows.findIndex(({ key }) => key === target.key);
    const row = this.#rows[index];
    if (target !== null && row !== undefined) return { row, top: target.top, index, isTarget: true };
    const anchor = this.isAtEnd.peek() ? null : survivingAnchor(this.#rows, this.#anchors);
    return anchor === null ? null : { ...anchor, isTarget: false };
  }

  #place(surface: LogSurface): void {
    const rows = this.#rows;
    const { start, end } = this.#window;
    // Read before anything is written: each look at the page after a change has the browser lay it out anew.
    const { scrollTop, contentTopPx } = surface;
    surface.setTail(this.#heights.sum(rows, end, rows.length));
    const held = this.#held();
    if (held === null) {
      // The end was read, or nothing that was read is left.
      surface.scrollToEnd(this.#idealLead(), this.#heights.sum(rows, start, rows.length));
      this.isAtEnd.value = true;
      return;
    }
    // Thrown upwards, one is above what is rendered until the next rendering.
    const offset = this.#heights.sum(rows, start, held.index) - this.#heights.sum(rows, held.index, start);
    const lead = scrollTop + held.top - contentTopPx - offset;
    if (start > 0 && lead >= 0 && !held.isTarget) return surface.setLead(lead);
    const ideal = this.#idealLead();
    surface.scrollTo(contentTopPx + ideal + offset - held.top, ideal, scrollTop);
    if (held.isTarget) this.#arrive(surface, held.row.key);
  }

  #arrive(surface: LogSurface, key: string): void {
    const element = surface.elementOf(key);
    const arrived = this.#arrived;
    this.#target = null;
    this.#arrived = null;
    this.isAtEnd.value = this.#reachesEnd(surface);
    if (element !== null) arrived?.(element);
  }

  #reachesEnd(surface: LogSurface): boolean {
    return this.#window.end === this.#rows.length && surface.belowPx < endTolerancePx;
  }

  #idealLead(): number {
    return this.#heights.sum(this.#rows, 0, this.#window.start);
  }

  #layout({ windowTop }: LogSurface): LogLayout {
    return { rows: this.#rows, heights: this.#heights, window: this.#window, windowTop, screenPx: this.#screenPx };
  }

  /** A scrolling that no event has told of yet: what was read before it must not be brought back by what is placed until then. */
  #catchUp(): void {
    const surface = this.#hasSettled ? this.#surface : null;
    if (surface === null || surface.scrollTop === this.#knownTopPx) return;
    // Where another screen reaches further than the content, it was the browser that moved, and nobody else.
    const isOtherScreen = surface.screenPx > this.#screenPx || surface.widthPx !== this.#widthPx;
    if (isOtherScreen && surface.belowPx < 1) return;
    this.#anchors = onScreen(this.#layout(surface)).anchors;
    if (this.isAtEnd.peek()) this.isAtEnd.value = this.#reachesEnd(surface);
    this.#knownTopPx = surface.scrollTop;
  }

  #remember(surface: LogSurface): void {
    const layout = this.#layout(surface);
    const visible = onScreen(layout);
    this.#knownTopPx = surface.scrollTop;
    this.#anchors = visible.anchors;
    if (visible.first !== -1) this.#seen(viewOf(layout, visible));
  }

  #isCovered(surface: LogSurface): boolean {
    return isCovered(this.#layout(surface), this.#screenPx * this.#overscan.leastScreens);
  }

  /** The screen is larger or smaller: its bottom is what stays, since a keyboard opens there. */
  #resize(): void {
    const surface = this.#surface;
    if (surface === null) return;
    this.#catchUp();
    const { screenPx, widthPx } = surface;
    if (widthPx !== this.#widthPx) this.#heights.forgetAll();
    const grownPx = screenPx - this.#screenPx;
    this.#anchors = this.#anchors.map(({ row, top }) => ({ row, top: top + grownPx }));
    this.#screenPx = screenPx;
    this.#widthPx = widthPx;
    this.settle();
  }
}
