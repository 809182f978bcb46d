import { type ReadonlySignal, signal } from '@preact/signals';
import type { Line } from './line';

export interface UnreadMarkParts {
  readonly ownId: string;
  readonly lines: ReadonlySignal<readonly Line[]>;
  readonly ownReadSeq: ReadonlySignal<number>;
}

/** Where what is new to the user begins. */
export class UnreadMark {
  /** Lines of others after this seq came while the user was away; null while nobody needs to be told. */
  readonly after = signal<number | null>(null);
  readonly #parts: UnreadMarkParts;

  constructor(parts: UnreadMarkParts) {
    this.#parts = parts;
  }

  /** The user has entered: what they have not read is new to them. */
  begin(): void {
    const read = this.#parts.ownReadSeq.peek();
    this.after.value = this.#isFollowed(read) ? read : null;
  }

  /** The user looks away: what comes from here on is new to them. */
  lookAway(): void {
    if (!this.#isFollowed(this.after.peek())) this.after.value = this.#parts.ownReadSeq.peek();
  }

  /** The user looks again; where nothing came meanwhile there is nothing to be told. */
  lookBack(): void {
    if (!this.#isFollowed(this.after.peek())) this.after.value = null;
  }

  /** The user writes: nothing above that is new to them any more. */
  clear(): void {
    this.after.value = null;
  }

  /** Whether others have written after this seq. */
  #isFollowed(after: number | null): boolean {
    if (after === null) return false;
    const { lines, ownId } = this.#parts;
    return lines.peek().some(({ seq, senderId, type }) => seq !== null && seq > after && senderId !== ownId && type !== 'system');
  }
}
