import type { Progress } from './reading-store';
import type { MessageState } from './state';

/** From and to, both included. */
export type SeqRange = readonly [from: number, to: number];

/** Whether one of the two in a direct chat blocks the other, and what came of it so far [BLOCK-1]. */
export interface BlockState {
  /** Who blocks. */
  readonly userId: string;
  readonly isActive: boolean;
  /** Counts the user's changes of mind. */
  readonly version: number;
  /** While active: what the other sent after this `seq` is hidden. */
  readonly sinceSeq: number;
  /** Where, in earlier times, what the other sent was hidden. */
  readonly missed: readonly SeqRange[];
  /** While active, by user id: the cursors that the other one keeps being shown. */
  readonly shown: Readonly<Record<string, Progress>>;
}

/** What a user has decided about the other, as their inbox tells it: at least once, in any order. */
export interface BlockOrder {
  readonly userId: string;
  readonly isActive: boolean;
  readonly version: number;
}

/** The blocks of a direct chat, two at most; a group has none. */
export class Blocks {
  readonly #states: readonly BlockState[];

  constructor(states: readonly BlockState[]) {
    this.#states = states;
  }

  of(userId: string): BlockState | null {
    return this.#states.find((state) => state.userId === userId) ?? null;
  }

  /** Whether either blocks the other: then neither hears when the other is here, types, gets or reads anything. */
  get areSilencing(): boolean {
    return this.#states.some((state) => state.isActive);
  }

  /** Whether there may be something here that not everybody sees. */
  get haveEverBeen(): boolean {
    return this.#states.length > 0;
  }

  /** Whether the other blocks this user: what they send is hidden. */
  areAgainst(userId: string): boolean {
    return this.#states.some((state) => state.isActive && state.userId !== userId);
  }

  /** What the other is shown of this user's cursors; null for what is true. */
  shownProgress(userId: string): Progress | null {
    const active = this.#states.find((state) => state.isActive);
    return active === undefined ? null : (active.shown[userId] ?? { delivered: 0, read: 0 });
  }

  /** Where, in times that are over, what the other sent was hidden from this user: cursors of theirs that pass over it mean nothing. */
  missedBy(userId: string): readonly SeqRange[] {
    return this.of(userId)?.missed ?? [];
  }

  /**
   * What an order makes of it; null when it is no news.
   * @param now the room's last `seq`, and the true cursors of both
   */
  follow(order: BlockOrder, now: { readonly seq: number; readonly progress: Readonly<Record<string, Progress>> }): BlockState | null {
    const known = this.of(order.userId) ?? { ...order, isActive: false, version: 0, sinceSeq: 0, missed: [], shown: {} };
    if (order.version <= known.version) return null;
    if (order.isActive === known.isActive) return { ...known, version: order.version };
    if (order.isActive) {
      // Where the other one's block came first, both have been standing still since then.
      const shown = this.#states.find((state) => state.isActive)?.shown ?? now.progress;
      return { ...known, isActive: true, version: order.version, sinceSeq: now.seq, shown };
    }
    const period: SeqRange = [known.sinceSeq + 1, now.seq];
    const missed = period[0] <= period[1] ? [...known.missed, period] : known.missed;
    return { ...known, isActive: false, version: order.version, missed, shown: {} };
  }
}

/** Whether nobody but its sender was ever shown it. */
export function wasNeverShown({ hiddenAt, createdAt }: Pick<MessageState, 'hiddenAt' | 'createdAt'>): boolean {
  return hiddenAt !== null && hiddenAt <= createdAt;
}

/** When a message that others have been shown is hidden from now on: never the moment of its sending, which would say that they were not. */
export function hidingTime(message: Pick<MessageState, 'createdAt'>, now: number): number {
  return Math.max(now, message.createdAt + 1);
}
