import { sessionAbsoluteMs } from '../auth/refresh-tokens';
import { closeCodes } from '../protocol/close-codes';
import type { Sockets } from '../sockets';
import type { Errands } from './errands';
import type { InboxStore } from './store';

/** Longer than any access token lives: after that nothing can name the session any more. */
const endedSessionMemoryMs = 60 * 60 * 1000;

export interface SessionsOptions {
  readonly store: Pick<InboxStore, 'isSessionEnded' | 'rememberOpenRoom' | 'sessionsOpenedBefore' | 'endSession'>;
  readonly errands: Pick<Errands, 'commit'>;
  readonly sockets: Pick<Sockets, 'closeWhere'>;
  readonly now: () => number;
}

/** Which of the user's sessions have ended, and which rooms are to hear of it [SOCK-6] [AUTH-4]. */
export class Sessions {
  readonly #options: SessionsOptions;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  isEnded(sid: string): boolean {
    return this.#options.store.isSessionEnded(sid);
  }

  /** Whether the session may open a room's socket; if so, the room will hear of the session's end. */
  openRoom(sid: string, chatId: string): boolean {
    const { store, now } = this.#options;
    if (store.isSessionEnded(sid)) return false;
    store.rememberOpenRoom(sid, chatId, now());
    // A session that ends by age announces it to nobody: its rooms are told, and its rows go, when another opens a room.
    for (const over of store.sessionsOpenedBefore(now() - sessionAbsoluteMs)) void this.end(over);
    return true;
  }

  /** Ends a session here and in every room it opened. Resolves when they were tried, or after a second. Repeatable. */
  async end(sid: string): Promise<void> {
    const { store, errands, sockets, now } = this.#options;
    const told = errands.commit(() =>
      store.endSession(sid, now(), now() - endedSessionMemoryMs).map((chatId) => ({ kind: 'end_session', key: `${sid} ${chatId}` })),
    );
    sockets.closeWhere((session) => session.sid === sid, closeCodes.unauthenticated, 'Session ended');
    await told;
  }
}
