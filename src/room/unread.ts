import type { Writer } from '../member-news';

/** A message that can be unread. */
export interface Countable {
  readonly seq: number;
  /** User id. */
  readonly sender: string;
}

/** [RCPT-4] Counts unread messages for any of a room's members: gathered once, asked a thousand times. */
export class Unread {
  /** Oldest first. */
  readonly #seqs: number[] = [];
  /** By sender, who wrote the latest last. */
  readonly #ownSeqs = new Map<string, number[]>();
  /** The latest first; null until it is asked for. */
  #writers: readonly Writer[] | null = null;

  /** @param countable oldest first */
  constructor(countable: Iterable<Countable>) {
    for (const message of countable) this.add(message);
  }

  /** Messages that are counted at all. */
  get size(): number {
    return this.#seqs.length;
  }

  /** Counts a message that is newer than all before. */
  add({ seq, sender }: Countable): void {
    const own = this.#ownSeqs.get(sender) ?? [];
    own.push(seq);
    this.#seqs.push(seq);
    this.#ownSeqs.delete(sender);
    this.#ownSeqs.set(sender, own);
    this.#writers = null;
  }

  /** How many messages above `seq` are somebody else's than the user's. */
  count(userId: string, seq: number): number {
    return countAbove(this.#seqs, seq) - countAbove(this.#ownSeqs.get(userId) ?? [], seq);
  }

  /** Who else than the user wrote something above `seq`, the latest first, at most so many. */
  writers(userId: string, seq: number, limit: number): Writer[] {
    this.#writers ??= [...this.#ownSeqs].map(([sender, own]) => ({ userId: sender, seq: own.at(-1) ?? 0 })).reverse();
    const found: Writer[] = [];
    for (const writer of this.#writers) {
      if (writer.seq <= seq || found.length === limit) break;
      if (writer.userId !== userId) found.push(writer);
    }
    return found;
  }
}

/** How many of the `ascending` numbers are above `bound`. */
function countAbove(ascending: readonly number[], bound: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) > bound) high = middle;
    else low = middle + 1;
  }
  return ascending.length - low;
}
