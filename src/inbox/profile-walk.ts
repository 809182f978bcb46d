import type { Profile } from '../directory/users';
import { withTimeout } from '../limited';
import type { InboxStore } from './store';

/** Rooms told at once; the walk's place is remembered after each slice. */
export const roomsPerSlice = 32;
/** Shorter than an errand may take: a room that hangs gets an errand of its own and does not hold up the walk. */
const roomTimeoutMs = 5_000;

export interface ProfileWalkOptions {
  readonly store: Pick<InboxStore, 'transaction' | 'profile' | 'putProfile' | 'chatIdsAfter'> & {
    readonly jobs: Pick<InboxStore['jobs'], 'put'>;
  };
  /** The profile as the directory has it; null for an unknown user. */
  readonly loadProfile: (userId: string) => Promise<Profile | null>;
  /** At least once, and older ones after newer ones, so the room must tell them apart by their version. */
  readonly tellRoom: (chatId: string, profile: Profile) => Promise<void>;
  readonly now: () => number;
}

/**
 * Tells all rooms of the user what has changed about them. One errand is one slice, which leaves the next: a walk through
 * thousands of rooms goes on where a crash cut it short. A change that comes meanwhile is told from here on, and begins anew.
 */
export class ProfileWalk {
  readonly #options: ProfileWalkOptions;

  constructor(options: ProfileWalkOptions) {
    this.#options = options;
  }

  /** The errand `learn_profile`: begins a walk if the directory knows something new. */
  async learn(userId: string): Promise<void> {
    const { store, loadProfile, now } = this.#options;
    const profile = await loadProfile(userId);
    if (profile === null) return;
    store.transaction(() => {
      if (profile.version <= (store.profile()?.version ?? 0)) return;
      store.putProfile(profile);
      store.jobs.put({ kind: 'spread_profile', key: '' }, now());
    });
  }

  /** The errand `spread_profile`: the slice of rooms after `chatId`, all at once. */
  async spread(chatId: string): Promise<void> {
    const { store, tellRoom, now } = this.#options;
    const profile = store.profile();
    if (profile === null) return;
    const slice = store.chatIdsAfter(chatId, roomsPerSlice);
    const told = await Promise.allSettled(slice.map((id) => withTimeout(tellRoom(id, profile), roomTimeoutMs)));
    const missed = slice.filter((_, index) => told[index]?.status === 'rejected');
    const last = slice.at(-1);
    store.transaction(() => {
      for (const id of missed) store.jobs.put({ kind: 'tell_profile', key: id }, now());
      if (last !== undefined && slice.length === roomsPerSlice) store.jobs.put({ kind: 'spread_profile', key: last }, now());
    });
  }

  /** The errand `tell_profile`: a room that a walk could not reach, or that took the user in as they were before. */
  async tell(chatId: string): Promise<void> {
    const profile = this.#options.store.profile();
    if (profile !== null) await this.#options.tellRoom(chatId, profile);
  }
}
