import { typingMinIntervalMs, typingTtlMs } from '../protocol/limits';

/** [LIVE-1] Who is typing: never stored, never more than one event a user and 2 s, and without any timer. */
export class Typing {
  readonly #typists = new Map<string, { expiresAt: number; toldAt: number }>();

  /** Returns until when the others should show it, or null when they were told a moment ago. */
  start(userId: string, now: number): number | null {
    const known = this.#typists.get(userId);
    if (known !== undefined && now - known.toldAt < typingMinIntervalMs) return null;
    const expiresAt = now + typingTtlMs;
    this.#typists.set(userId, { expiresAt, toldAt: now });
    return expiresAt;
  }

  /** Returns whether the others think that the user is typing. When they were last told is kept: stopping is no way around the limit. */
  stop(userId: string, now: number): boolean {
    const known = this.#typists.get(userId);
    if (known === undefined || known.expiresAt <= now) return false;
    this.#typists.set(userId, { ...known, expiresAt: 0 });
    return true;
  }

  current(now: number): { user_id: string; expires_at: number }[] {
    return [...this.#typists]
      .filter(([, typist]) => typist.expiresAt > now)
      .map(([userId, typist]) => ({ user_id: userId, expires_at: typist.expiresAt }));
  }
}
