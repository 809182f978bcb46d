import { forEachLimited, withTimeout } from '../limited';
import { type Presence, unseen, type WatchAnswer } from './presence';

/** What was answered so lately is not asked for anew: changes are told meanwhile. */
const freshMs = 60_000;
const callsInFlight = 8;
const callTimeoutMs = 3_000;

export interface WatchingOptions {
  /** [LIVE-3] Who hides sees nobody. */
  readonly isShown: () => boolean;
  readonly isBlocked: (userId: string) => boolean;
  /** Those of the users who share a chat with this one. */
  readonly acquaintances: (userId: string, others: readonly string[]) => Promise<ReadonlySet<string>>;
  /** Asks a user's inbox, which tells of changes from then on, for a while. */
  readonly ask: (userId: string, watcherId: string) => Promise<WatchAnswer>;
  readonly now: () => number;
}

/** [INBOX-6] Whom the user looks at. */
export class Watching {
  readonly #options: WatchingOptions;
  readonly #known = new Map<string, { readonly presence: Presence; readonly at: number }>();

  constructor(options: WatchingOptions) {
    this.#options = options;
  }

  /** How each of `others` is, as far as `userId` may know; without those who do not answer. */
  async look(userId: string, others: readonly string[]): Promise<Map<string, Presence>> {
    const found = new Map<string, Presence>();
    const { ask, now } = this.#options;
    const unknown = others.filter((other) => {
      if (!this.#maySee(other)) found.set(other, unseen);
      return !found.has(other);
    });
    const stale = unknown.filter((other) => {
      const known = this.#known.get(other);
      if (known !== undefined && known.at > now() - freshMs) found.set(other, known.presence);
      return !found.has(other);
    });
    const acquaintances = stale.length === 0 ? new Set<string>() : await this.#options.acquaintances(userId, stale);
    await forEachLimited(stale, callsInFlight, async (other) => {
      if (!acquaintances.has(other)) return void found.set(other, unseen);
      try {
        const { presence, isTold } = await withTimeout(ask(other, userId), callTimeoutMs);
        if (isTold) this.#known.set(other, { presence, at: now() });
        found.set(other, this.#maySee(other) ? presence : unseen);
      } catch {
        // It is asked again with the client's next look.
      }
    });
    return found;
  }

  /** Somebody's inbox tells of a change. Returns what this user may know of it; null for nothing. */
  hear(otherId: string, presence: Presence): Presence | null {
    // Who was hidden, or turned off being seen, has forgotten that we look: the next look asks.
    if (presence.online || presence.lastSeenAt !== null) this.#known.set(otherId, { presence, at: this.#options.now() });
    else this.#known.delete(otherId);
    return this.#maySee(otherId) ? presence : null;
  }

  /** [BLOCK-1] What may be seen has changed. */
  forget(): void {
    this.#known.clear();
  }

  #maySee(otherId: string): boolean {
    return this.#options.isShown() && !this.#options.isBlocked(otherId);
  }
}
