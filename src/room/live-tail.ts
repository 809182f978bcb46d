import type { MessageStore } from './message-store';
import type { MessageState } from './state';

/** Candidates kept at once: enough that a reader whose own copies have ended still finds one. */
const candidates = 20;

/**
 * Finds the newest live messages without walking over the same tombstones again and again: messages are only ever added
 * at the top and only ever end, so what was found dead stays dead.
 */
export class LiveTail {
  /** `seq` of messages that were live when looked at, newest first. */
  #seqs: number[] = [];
  /** Everything above it and up to `#scannedTo` has been looked at. */
  #floor: number;
  #scannedTo: number;

  constructor(seq: number) {
    this.#floor = seq + 1;
    this.#scannedTo = seq;
  }

  /** Live messages, newest first, as long as the caller asks; `lastSeq` is the room's, `bySeq` reads a row. */
  *newest(
    store: MessageStore,
    lastSeq: number,
    now: number,
    bySeq: (seq: number) => MessageState | null = (seq) => store.bySeq(seq),
  ): Generator<MessageState> {
    if (lastSeq > this.#scannedTo) this.#takeNew(store, lastSeq, now);
    for (let index = 0; ; index++) {
      if (index >= this.#seqs.length && !this.#extend(store, now)) return;
      const seq = this.#seqs[index];
      const message = seq === undefined ? null : bySeq(seq);
      if (message !== null && message.deletedAt === null && (message.endsAt === null || message.endsAt > now)) yield message;
    }
  }

  #takeNew(store: MessageStore, lastSeq: number, now: number): void {
    const added = store.liveSeqs(now, this.#scannedTo, lastSeq + 1, candidates);
    this.#scannedTo = lastSeq;
    if (added.length === 0) return;
    const known = [...added, ...this.#seqs];
    this.#seqs = known.slice(0, candidates);
    // What does not fit is found again by extending; a full page of new ones may have more of them below it.
    if (known.length > candidates || added.length === candidates) this.#floor = this.#seqs.at(-1) ?? this.#floor;
  }

  #extend(store: MessageStore, now: number): boolean {
    const older = store.liveSeqs(now, 0, this.#floor, candidates);
    this.#floor = older.at(-1) ?? 0;
    this.#seqs.push(...older);
    return older.length > 0;
  }
}
