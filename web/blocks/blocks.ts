import { signal } from '@preact/signals';
import type { ServerInboxEvent } from '../../src/protocol/inbox-frames';
import type { User } from '../../src/protocol/models';
import type { Rest } from '../wire/rest';

type People = ReadonlyMap<string, User>;

/** Whom the user blocks, here or on another device [BLOCK-1]. */
export class Blocks {
  /** By user id, the latest first. */
  readonly people = signal<People>(new Map());
  readonly #rest: Pick<Rest, 'blocks' | 'block' | 'unblock'>;
  /** The question that waits for its answer: one to an earlier question is old. */
  #asking: object | null = null;

  constructor(rest: Pick<Rest, 'blocks' | 'block' | 'unblock'>) {
    this.#rest = rest;
  }

  /** Follows changes when called while rendering. */
  has(userId: string | undefined): boolean {
    return userId !== undefined && this.people.value.has(userId);
  }

  /** @throws WireProblem */
  async block(user: User): Promise<void> {
    await this.#rest.block(user.id);
    this.#change((people) => new Map([[user.id, user], ...people]));
  }

  /** @throws WireProblem */
  async unblock(userId: string): Promise<void> {
    await this.#rest.unblock(userId);
    this.#forget(userId);
  }

  /** Another device may have changed it, while this one was away too. */
  onInboxEvent(event: ServerInboxEvent): void {
    if (event.type === 'inbox') void this.#load();
    else if (event.type === 'block_changed' && !event.blocked) this.#forget(event.user_id);
    else if (event.type === 'block_changed' && !this.people.peek().has(event.user_id)) void this.#load();
  }

  /** Keeps what is known when it cannot be asked for: the next connection asks again. */
  async #load(): Promise<void> {
    const question = {};
    this.#asking = question;
    const people = new Map<string, User>();
    try {
      for (let cursor: string | null = null, isFirst = true; isFirst || cursor !== null; isFirst = false) {
        const page = await this.#rest.blocks(cursor);
        for (const { user } of page.blocks) people.set(user.id, user);
        cursor = page.next_cursor;
      }
      if (this.#asking === question) this.people.value = people;
    } catch {
      // What is known stays.
    } finally {
      if (this.#asking === question) this.#asking = null;
    }
  }

  #forget(userId: string): void {
    this.#change((people) => new Map([...people].filter(([id]) => id !== userId)));
  }

  /** An answer that is on its way may be from before the change. */
  #change(change: (people: People) => People): void {
    this.people.value = change(this.people.peek());
    if (this.#asking !== null) void this.#load();
  }
}
