/** What is kept for what: lines on their way, and what stands unsent in composers. */
export type Shelf = 'outbox' | 'drafts';

/** Something the user wrote, to be had again after the page was closed. */
export interface Kept {
  readonly key: string;
  /** Milliseconds since the epoch, this machine's clock. */
  readonly savedAt: number;
  /** Anything that JSON can say. Read it by a schema: an older page may have written it. */
  readonly value: unknown;
  readonly blobs: readonly Blob[];
}

/** [SYNC-5] What this device keeps of a user's own words, so that nobody can read it without the user's browser. */
export interface Vault {
  /** Puts something in, in place of what has the same key. */
  put(shelf: Shelf, kept: Kept): Promise<void>;
  remove(shelf: Shelf, key: string): Promise<void>;
  /** Everything of a shelf, oldest first. What cannot be opened any more is thrown away. */
  all(shelf: Shelf): Promise<Kept[]>;
  close(): void;
}

/** A vault that ends with the page, for browsers that let nothing be stored. */
export class MemoryVault implements Vault {
  readonly #shelves = { outbox: new Map<string, Kept>(), drafts: new Map<string, Kept>() };

  async put(shelf: Shelf, kept: Kept): Promise<void> {
    this.#shelves[shelf].set(kept.key, kept);
  }

  async remove(shelf: Shelf, key: string): Promise<void> {
    this.#shelves[shelf].delete(key);
  }

  async all(shelf: Shelf): Promise<Kept[]> {
    return inOrder([...this.#shelves[shelf].values()]);
  }

  close(): void {}
}

export const inOrder = (kept: Kept[]): Kept[] => kept.sort((a, b) => a.savedAt - b.savedAt);
