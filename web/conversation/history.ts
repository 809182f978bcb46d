import { batch, signal } from '@preact/signals';
import type * as v from 'valibot';
import type { messagesAnswer } from '../../src/protocol/rest';
import type { Rest } from '../wire/rest';
import { WireProblem } from '../wire/wire-problem';
import type { Gap } from './coverage';
import type { HistoryPage, Timeline } from './timeline';

/** Where messages are missing: before the oldest held, or at either side of the gap. */
export type Missing = 'older' | 'from' | 'to';

/** With more messages than this held, those far from the reader are let go of. */
const mostHeld = 1_500;
/** How many stay on either side of what is read. */
const reach = 500;

export interface HistoryParts {
  readonly rest: Rest;
  readonly chatId: string;
  readonly timeline: Timeline;
  /** The timeline is another one now. */
  changed(): void;
}

/** The past of a room: read from the server a page at a time where the user goes, and let go of where they left. */
export class History {
  readonly hasOlder = signal(false);
  readonly gap = signal<Gap | null>(null);
  /** What is being loaded now. */
  readonly loading = signal<ReadonlySet<Missing>>(new Set());
  /** What could not be loaded; it is not tried again before somebody asks. */
  readonly failed = signal<ReadonlySet<Missing>>(new Set());
  readonly #parts: HistoryParts;

  constructor(parts: HistoryParts) {
    this.#parts = parts;
  }

  /** The timeline was begun anew, or the network is back. */
  refresh(): void {
    const { timeline } = this.#parts;
    this.hasOlder.value = timeline.hasOlder;
    this.gap.value = timeline.gap;
    if (this.failed.peek().size > 0) this.failed.value = new Set();
  }

  /** Loads a page of what is missing there, unless that is under way or there is nothing. */
  async load(missing: Missing): Promise<void> {
    const { timeline } = this.#parts;
    const asked = this.#edge(missing);
    if (asked === null || this.loading.peek().has(missing)) return;
    this.loading.value = new Set(this.loading.peek()).add(missing);
    this.failed.value = without(this.failed.peek(), missing);
    try {
      const page = await this.#page(missing === 'from' ? 'after' : 'before', asked);
      // The reader may have gone elsewhere meanwhile: then this page continues nothing.
      if (this.#edge(missing) !== asked) return;
      if (missing === 'older') timeline.addOlder(page);
      else timeline.fillGap(missing, page);
      this.#publish();
    } catch {
      this.failed.value = new Set(this.failed.peek()).add(missing);
    } finally {
      this.loading.value = without(this.loading.peek(), missing);
    }
  }

  /**
   * Loads what lies around a message, by its id or seq, where that is not held.
   * @returns whether it is there; of a seq, whether anything is
   * @throws WireProblem when nobody could be asked
   */
  async goTo(mark: string | number): Promise<boolean> {
    let page: HistoryPage;
    try {
      page = await this.#page('around', mark);
    } catch (error) {
      if (error instanceof WireProblem && error.code === 'not_found') return false;
      throw error;
    }
    const isThere =
      typeof mark === 'number' ? page.messages.length > 0 : page.messages.some(({ id, deleted_at }) => id === mark && deleted_at === null);
    if (!isThere) return false;
    this.#parts.timeline.moveTo(page);
    this.#publish();
    return true;
  }

  /** @param seqs the first and the last that are on screen */
  keepNear(seqs: readonly [number, number]): void {
    const { timeline } = this.#parts;
    if (timeline.size > mostHeld && timeline.keepNear(seqs, reach)) this.#publish();
  }

  #publish(): void {
    batch(() => {
      this.refresh();
      this.#parts.changed();
    });
  }

  /** The seq from which a page goes on there; null where nothing is missing. */
  #edge(missing: Missing): number | null {
    const { timeline } = this.#parts;
    if (missing === 'older') return timeline.hasOlder ? timeline.from : null;
    return timeline.gap?.[missing] ?? null;
  }

  async #page(side: 'before' | 'after' | 'around', mark: string | number): Promise<HistoryPage> {
    return pageOf(await this.#parts.rest.messages(this.#parts.chatId, side, mark));
  }
}

const pageOf = ({ messages, next_before, next_after }: v.InferOutput<typeof messagesAnswer>): HistoryPage => ({
  messages,
  hasOlder: next_before !== null,
  hasNewer: next_after !== null,
});

function without(places: ReadonlySet<Missing>, gone: Missing): ReadonlySet<Missing> {
  return new Set([...places].filter((missing) => missing !== gone));
}
