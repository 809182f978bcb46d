import { signal } from '@preact/signals';
import type { ServerInboxEvent } from '../../src/protocol/inbox-frames';
import { watchRepeatMs } from '../../src/protocol/limits';
import type { Platform } from '../wire/platform';

type Seen = Extract<ServerInboxEvent, { type: 'presence' }>['users'][number];

/** How the person on the screen is [LIVE-3]: watched as long as they are on it and somebody looks. */
export class Presences {
  readonly #known = signal<ReadonlyMap<string, Seen>>(new Map());
  readonly #platform: Platform;
  readonly #ask: (userIds: readonly string[]) => void;
  #watched: string | null = null;
  #callOff = () => {};

  /** @param ask watches these users and no others; lost when not live */
  constructor(platform: Platform, ask: (userIds: readonly string[]) => void) {
    this.#platform = platform;
    this.#ask = ask;
  }

  /** What is known of somebody; undefined before the answer is here. */
  of(userId: string): Seen | undefined {
    return this.#known.value.get(userId);
  }

  /** Watches this one, or nobody. */
  watch(userId: string | null): void {
    if (userId === this.#watched) return;
    this.#watched = userId;
    this.repeat();
  }

  /** Says again whom we watch: the server forgets it, also when the connection ends. */
  repeat(): void {
    this.#callOff();
    if (this.#platform.isVisible()) this.#ask(this.#watched === null ? [] : [this.#watched]);
    if (this.#watched !== null) this.#callOff = this.#platform.after(watchRepeatMs, () => this.repeat());
  }

  hear(users: readonly Seen[]): void {
    const next = new Map(this.#known.peek());
    for (const user of users) next.set(user.user_id, user);
    this.#known.value = next;
  }

  dispose(): void {
    this.#callOff();
  }
}
