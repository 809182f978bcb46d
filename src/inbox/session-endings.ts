import { computeBackoffMs } from '../backoff';
import { forEachLimited, withTimeout } from '../limited';
import type { InboxStore } from './store';

/** Longer than any access token lives: after that nothing can name the session any more. */
const endedSessionMemoryMs = 60 * 60 * 1000;
const roomCallsInFlight = 8;
/** A room that takes longer has failed: it is told again. */
const roomCallTimeoutMs = 10_000;
/** Longer than a round of calls that all hang, unless a session has opened very many rooms; telling a room twice does no harm. */
const watchdogMs = 30_000;
/** [AUTH-4] What a logout waits for its rooms, not to be held by one that hangs. */
const patienceMs = 1_000;

export interface SessionEndingsOptions {
  readonly store: Pick<InboxStore, 'rememberEndedSession' | 'endedSessionsWithRooms' | 'forgetOpenRoom'>;
  /** Ends the session in a room; at least once, so it must be idempotent there. */
  readonly tellRoom: (chatId: string, sid: string) => Promise<void>;
  readonly alarm: Pick<DurableObjectStorage, 'setAlarm' | 'deleteAlarm'>;
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

/** [AUTH-4] Sees to it that every room a session opened hears of its end, whatever fails or crashes meanwhile. Owns the inbox' alarm. */
export class SessionEndings {
  readonly #options: SessionEndingsOptions;

  constructor(options: SessionEndingsOptions) {
    this.#options = options;
  }

  /** Commits the session's end and tells its rooms; resolves when they know, or after a second: then the rest follows. */
  async end(sid: string): Promise<void> {
    const now = this.#options.now();
    this.#options.store.rememberEndedSession(sid, now, now - endedSessionMemoryMs);
    await withTimeout(this.tellRooms(), patienceMs).catch(() => undefined);
  }

  /** Tells every room that does not know yet. What cannot be reached now is left to the alarm; nothing is ever given up. */
  async tellRooms(): Promise<void> {
    const { store, tellRoom, now, random } = this.#options;
    const pending = store.endedSessionsWithRooms();
    if (pending.length === 0) return;
    // Before anything is awaited, so in one commit with the end: a crash from here on leaves the alarm.
    this.#wakeAt(now() + watchdogMs);
    await forEachLimited(pending, roomCallsInFlight, async ({ sid, chatId }) => {
      try {
        await withTimeout(tellRoom(chatId, sid), roomCallTimeoutMs);
        store.forgetOpenRoom(sid, chatId);
      } catch (error) {
        console.warn(`inbox: a room was not told of a session's end (${error instanceof Error ? error.name : 'unknown'})`);
      }
    });
    const left = store.endedSessionsWithRooms();
    if (left.length === 0) void this.#options.alarm.deleteAlarm();
    else this.#wakeAt(now() + computeRetryMs(now() - Math.max(...left.map((ending) => ending.endedAt)), random()));
  }

  /** After a wake-up: an alarm that is missing or past due may never fire, so it is set anew. `alarmAt` is when it is set for. */
  resume(alarmAt: number | null): void {
    const { store, now } = this.#options;
    const isSet = alarmAt !== null && alarmAt > now();
    if (!isSet && store.endedSessionsWithRooms().length > 0) this.#wakeAt(now() + 1);
  }

  #wakeAt(time: number): void {
    void this.#options.alarm.setAlarm(time);
  }
}

/** As long again as it has been since the end: so the waits double, over hibernation too, without a count to be kept. */
function computeRetryMs(sinceEndMs: number, random: number): number {
  return computeBackoffMs(Math.log2(Math.max(1, sinceEndMs / 1_000)), random);
}
