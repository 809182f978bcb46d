import type { JobName } from '../job-store';
import type { Errands } from './errands';
import type { ErrandKind } from './store';

/** Longer than the directory takes for a change. */
const changeTimeoutMs = 15_000;
/** Longer than storing a picture takes with all its attempts. */
const avatarGraceMs = 60_000;

/** Of what is kept of a user elsewhere than in the directory, what a change may touch. */
export interface MatterOfMe {
  /** Name, picture, or whether others see what they read. */
  readonly rooms: boolean;
  /** [LIVE-3] Whether others see when they are there. */
  readonly presence: boolean;
}

export interface OwnMattersOptions {
  readonly errands: Pick<Errands, 'commit' | 'schedule'>;
  readonly now: () => number;
}

/** What the directory changes about the user and others keep, too: announced before, so that a change which breaks off is looked up. */
export class OwnMatters {
  readonly #options: OwnMattersOptions;

  constructor(options: OwnMattersOptions) {
    this.#options = options;
  }

  /** A change is coming. Should nobody come back to say so, it is looked up. */
  expect(userId: string, matters: MatterOfMe): void {
    const { errands, now } = this.#options;
    for (const errand of errandsOf(userId, matters)) errands.schedule(errand, now() + changeTimeoutMs);
  }

  /** It is done: whoever keeps it hears of it. Resolves when that was tried, or after a second. */
  changed(userId: string, matters: MatterOfMe): Promise<void> {
    return this.#options.errands.commit(() => errandsOf(userId, matters));
  }

  /** Pictures that may soon be nobody's: the present one of a user who changes it, and the next, should the change break off. */
  expectAvatars(userId: string, names: readonly string[]): void {
    const { errands, now } = this.#options;
    for (const name of names) errands.schedule({ kind: 'erase_avatar', key: `${userId} ${name}` }, now() + avatarGraceMs);
  }

  /** A picture is nobody's any more. Resolves when its erasure was tried, or after a second. */
  eraseAvatar(userId: string, name: string): Promise<void> {
    return this.#options.errands.commit(() => [{ kind: 'erase_avatar', key: `${userId} ${name}` }]);
  }
}

/** Whether the matter is kept elsewhere at all. */
export function isKeptElsewhere({ rooms, presence }: MatterOfMe): boolean {
  return rooms || presence;
}

function errandsOf(userId: string, { rooms, presence }: MatterOfMe): JobName<ErrandKind>[] {
  const kinds = [...(rooms ? ['learn_profile' as const] : []), ...(presence ? ['learn_presence' as const] : [])];
  return kinds.map((kind) => ({ kind, key: userId }));
}
