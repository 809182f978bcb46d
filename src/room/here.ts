/** [LIVE-2] A socket that broke may be back within this: nobody hears of it. */
const graceMs = 5_000;
/** At most one event in this. */
const intervalMs = 1_000;

export interface HereOptions {
  readonly isHere: (userId: string) => boolean;
  readonly tell: (change: { here: string[]; away: string[] }) => void;
  readonly now: () => number;
}

/** Tells the room who came and who went, gathered: a thousand joins are a few events. A timer runs only while somebody's change is untold. */
export class Here {
  readonly #came = new Set<string>();
  /** Who has no socket left, and until when they are still counted as here. */
  readonly #leaving = new Map<string, number>();
  readonly #options: HereOptions;
  #toldAt = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(options: HereOptions) {
    this.#options = options;
  }

  /** The user's first socket is open. */
  came(userId: string): void {
    if (!this.#leaving.delete(userId)) this.#came.add(userId);
    this.#schedule();
  }

  /** The user's last socket is closed. */
  went(userId: string): void {
    if (!this.#came.delete(userId)) this.#leaving.set(userId, this.#options.now() + graceMs);
    this.#schedule();
  }

  /** Users within their grace: gone, but nobody knows. */
  lingering(): string[] {
    return [...this.#leaving.keys()];
  }

  #schedule(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const now = this.#options.now();
    const due = this.#came.size > 0 ? now : Math.min(...this.#leaving.values());
    if (due === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#tell(), Math.max(0, due - now, this.#toldAt + intervalMs - now));
  }

  #tell(): void {
    const now = this.#options.now();
    const here = [...this.#came].filter((userId) => this.#options.isHere(userId));
    const away = [...this.#leaving].filter(([, until]) => until <= now).map(([userId]) => userId);
    this.#came.clear();
    for (const userId of away) this.#leaving.delete(userId);
    if (here.length + away.length > 0) {
      this.#toldAt = now;
      this.#options.tell({ here, away });
    }
    this.#schedule();
  }
}
