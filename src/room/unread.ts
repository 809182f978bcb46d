import type { Writer } from '../member-news';

/** A message that can be unread. */
export interface Countable {
  readonly seq: number;
  /** User id. */
  readonly sender: string;
}

/** [RCPT-4] Counts unread messages for any of a room's members: gathered once, asked a thousand times. */
export class Unread {
  /** Newest first. */
  readonly #seqs: readonly number[];
  readonly #ownSeqs: ReadonlyMap<string, readonly number[]>;
  /** The latest first. */
  readonly #writers: readonly Writer[];

  /** @param countable newest first */
  constructor(countable: readonly Countable[]) {
    this.#seqs = countable.map(({ seq }) => seq);
    const bySender = Map.groupBy(countable, ({ sender }) => sender);
    this.#ownSeqs = new Map([...bySender].map(([sender, own]) => [sender, own.map(({ seq }) => seq)]));
    this.#writers = [...bySender].map(([userId, [newest]]) => ({ userId, seq: newest?.seq ?? 0 }));
  }

  /** How many messages above `seq` are somebody else's than the user's. */
  count(userId: string, seq: number): number {
    return countAbove(this.#seqs, seq) - countAbove(this.#ownSeqs.get(userId) ?? [], seq);
  }

  /** Who else than the user wrote something above `seq`, the latest first, at most so many. */
  writers(userId: string, seq: number, limit: number): Writer[] {
    const found: Writer[] = [];
    for (const writer of this.#writers) {
      if (writer.seq <= seq || found.length === limit) break;
      if (writer.userId !== userId) found.push(writer);
    }
    return found;
  }
}

/** How many of the `descending` numbers are above `bound`. */
function countAbove(descending: readonly number[], bound: number): number {
  let [low, high] = [0, descending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((descending[middle] ?? 0) > bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
