import { decodeCursor, encodeCursor } from './cursor';
import type { Errands } from './errands';
import type { InboxStore } from './store';

export interface BlocksOptions {
  readonly store: Pick<InboxStore, 'block' | 'putBlock' | 'activeBlocks'>;
  readonly errands: Pick<Errands, 'commit'>;
  readonly now: () => number;
}

/** [BLOCK-1] Whom the user blocks: the inbox' own decision, of which rooms and the directory keep copies. */
export class Blocks {
  readonly #options: BlocksOptions;

  constructor(options: BlocksOptions) {
    this.#options = options;
  }

  /**
   * Blocks somebody, or does so no more. Returns what resolves when the others were told, or after a second; null where it is so
   * already.
   */
  set(userId: string, otherId: string, isActive: boolean): Promise<void> | null {
    const { store, errands, now } = this.#options;
    const known = store.block(otherId);
    if ((known?.isActive ?? false) === isActive) return null;
    const key = `${userId} ${otherId}`;
    return errands.commit(() => {
      store.putBlock({ otherId, isActive, version: (known?.version ?? 0) + 1, changedAt: now() });
      return [
        { kind: 'tell_block', key },
        { kind: 'project_block', key },
      ];
    });
  }

  /** The latest first. `cursor` is opaque; null for the first page. */
  page(cursor: string | null, limit: number): { blocks: { userId: string; at: number }[]; nextCursor: string | null } {
    const found = this.#options.store.activeBlocks(decodeCursor(cursor), limit + 1);
    const page = found.slice(0, limit).map(({ otherId, changedAt }) => ({ userId: otherId, at: changedAt }));
    const last = page.at(-1);
    return { blocks: page, nextCursor: found.length > limit && last !== undefined ? encodeCursor({ at: last.at, id: last.userId }) : null };
  }
}
