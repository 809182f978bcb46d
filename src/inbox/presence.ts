import { forEachLimited, withTimeout } from '../limited';

/** [LIVE-3] What others may know of a user. Who cannot be seen looks like who is long gone. */
export interface Presence {
  readonly online: boolean;
  /** Milliseconds since the epoch; null while online, after 24 h, and for who cannot be seen. */
  readonly lastSeenAt: number | null;
}

/** What somebody who looks is answered, and whether they will be told of changes. */
export interface WatchAnswer {
  readonly presence: Presence;
  readonly isTold: boolean;
}

/** The last that was heard of a socket. */
export interface Sign {
  readonly at: number;
  readonly isVisible: boolean;
}

/** What an inbox keeps for those who look. */
export interface PresenceRow {
  /** The user's setting: whether anybody sees them. */
  readonly isShown: boolean;
  readonly lastSeenAt: number | null;
  /** Until when who is told of changes. */
  readonly watchers: Readonly<Record<string, number>>;
}

export const unseen: Presence = { online: false, lastSeenAt: null };
export const freshPresence: PresenceRow = { isShown: true, lastSeenAt: null, watchers: {} };
export const lastSeenMemoryMs = 24 * 60 * 60 * 1000;
/** Clients ping every 25 s, hidden every 120 s [SOCK-5]: two that are missing are taken for the end. */
const visibleSignMs = 60_000;
const hiddenSignMs = 300_000;
/** Who looks asks again within it; who does not is forgotten. */
export const leaseMs = 5 * 60 * 1000;
/** A lease that still lasts so long is not written anew. */
const renewableMs = leaseMs / 2;
/** More are answered, and not told of changes. */
const maxWatchers = 200;
const callsInFlight = 8;
const callTimeoutMs = 3_000;

/** [LIVE-3] Computed when somebody looks: no timer and no wake-up notices a socket that falls silent. */
export function computePresence(signs: readonly Sign[], lastSeenAt: number | null, now: number): Presence {
  if (signs.some(({ at, isVisible }) => now - at <= (isVisible ? visibleSignMs : hiddenSignMs))) return { online: true, lastSeenAt: null };
  const last = Math.max(lastSeenAt ?? 0, ...signs.map(({ at }) => at));
  return { online: false, lastSeenAt: last > now - lastSeenMemoryMs ? last : null };
}

export interface OwnPresenceOptions {
  readonly store: { presence(): PresenceRow; putPresence(row: PresenceRow): void };
  /** Of the sockets that are open. */
  readonly signs: () => readonly Sign[];
  /** Whether the user hides from this one [BLOCK-1]. */
  readonly isBlocked: (userId: string) => boolean;
  /** May fail: whoever looks asks again. */
  readonly tell: (userId: string, watcherId: string, presence: Presence) => Promise<void>;
  /** `lastSeenAt` must be gone by `due`. */
  readonly forgetBy: (due: number) => void;
  readonly now: () => number;
}

/**
 * [LIVE-3] When the user is there, for those who look. They hold leases of a few minutes: with 5,000 chats, coming online
 * calls only those on whose screens the user is, and none where there are none.
 */
export class OwnPresence {
  readonly #options: OwnPresenceOptions;

  constructor(options: OwnPresenceOptions) {
    this.#options = options;
  }

  /** How the user is, for one who is told of changes from now on, for a while; where they will not be, `isTold` says so. */
  watch(watcherId: string): WatchAnswer {
    const { store, isBlocked, now } = this.#options;
    const row = store.presence();
    if (!row.isShown || isBlocked(watcherId)) return { presence: unseen, isTold: false };
    const presence = this.#compute(row, []);
    if ((row.watchers[watcherId] ?? 0) < now() + renewableMs) {
      const watchers = Object.fromEntries(Object.entries(row.watchers).filter(([, until]) => until > now()));
      watchers[watcherId] = now() + leaseMs;
      if (Object.keys(watchers).length > maxWatchers) return { presence, isTold: false };
      store.putPresence({ ...row, watchers });
    }
    return { presence, isTold: true };
  }

  /** A socket opens by `add`. */
  come(userId: string, add: () => void): void {
    const row = this.#options.store.presence();
    const before = this.#compute(row, []);
    add();
    if (row.isShown && !before.online) this.#tellWatchers(userId, row, this.#compute(row, []));
  }

  /** A socket, of which `sign` was the last, is gone. */
  went(userId: string, sign: Sign): void {
    const { store, forgetBy, now } = this.#options;
    const row = store.presence();
    const [before, after] = [this.#compute(row, [sign]), this.#compute(row, [])];
    // One that had fallen silent takes along when its user was last seen.
    const lastSeenAt = before.online ? now() : before.lastSeenAt;
    if (!row.isShown || after.online || lastSeenAt === after.lastSeenAt) return;
    store.putPresence({ ...row, lastSeenAt });
    if (lastSeenAt !== null) forgetBy(lastSeenAt + lastSeenMemoryMs);
    this.#tellWatchers(userId, row, { online: false, lastSeenAt });
  }

  /** The user lets others see them, or does so no more: then nothing is kept, and who looks sees them go. */
  show(userId: string, isShown: boolean): void {
    const { store } = this.#options;
    const row = store.presence();
    if (row.isShown === isShown) return;
    store.putPresence({ ...freshPresence, isShown });
    if (!isShown) this.#tellWatchers(userId, row, unseen);
  }

  /** [BLOCK-1] The user blocks somebody, who sees them go. */
  hideFrom(userId: string, otherId: string): void {
    const { store, now } = this.#options;
    const row = store.presence();
    const { [otherId]: until = 0, ...watchers } = row.watchers;
    if (until <= now()) return;
    store.putPresence({ ...row, watchers });
    void this.#tell(userId, otherId, unseen);
  }

  /** Returns when the rest must be forgotten; null when nothing is left. */
  forget(): number | null {
    const { store, now } = this.#options;
    const row = store.presence();
    if (row.lastSeenAt === null) return null;
    const due = row.lastSeenAt + lastSeenMemoryMs;
    if (due > now()) return due;
    store.putPresence({ ...row, lastSeenAt: null });
    return null;
  }

  #compute(row: PresenceRow, more: readonly Sign[]): Presence {
    return computePresence([...this.#options.signs(), ...more], row.lastSeenAt, this.#options.now());
  }

  #tellWatchers(userId: string, row: PresenceRow, presence: Presence): void {
    const { isBlocked, now } = this.#options;
    const watchers = Object.entries(row.watchers).filter(([watcherId, until]) => until > now() && !isBlocked(watcherId));
    void forEachLimited(watchers, callsInFlight, ([watcherId]) => this.#tell(userId, watcherId, presence));
  }

  async #tell(userId: string, watcherId: string, presence: Presence): Promise<void> {
    await withTimeout(this.#options.tell(userId, watcherId, presence), callTimeoutMs).catch(() => undefined);
  }
}
