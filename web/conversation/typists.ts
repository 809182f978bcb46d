import { signal } from '@preact/signals';
import type { ServerRoomEvent, Welcome } from '../../src/protocol/room-frames';
import { Alarm } from '../expiry/alarm';
import type { Platform } from '../wire/platform';
import type { ServerClock } from '../wire/server-clock';

/** [LIVE-1] Who else types, as the room tells it, each until they stop, send or run out. */
export class Typists {
  /** By user id, until when, server clock. */
  readonly until = signal<ReadonlyMap<string, number>>(new Map());
  readonly #ownId: string;
  readonly #ends: Alarm;

  constructor(platform: Platform, clock: ServerClock, ownId: string) {
    this.#ownId = ownId;
    this.#ends = new Alarm(platform, clock, () => this.#set([...this.until.peek()].filter(([, at]) => at > clock.now())));
  }

  onWelcome({ typing }: Welcome): void {
    this.#set(typing.filter(({ user_id }) => user_id !== this.#ownId).map(({ user_id, expires_at }) => [user_id, expires_at]));
  }

  onTyping({ user_id, expires_at }: Extract<ServerRoomEvent, { type: 'user_typing' }>): void {
    if (user_id !== this.#ownId) this.#set([...this.until.peek(), [user_id, expires_at]]);
  }

  stopped(userId: string): void {
    const until = this.until.peek();
    if (until.has(userId)) this.#set([...until].filter(([id]) => id !== userId));
  }

  dispose(): void {
    this.#ends.dispose();
  }

  #set(typists: readonly (readonly [userId: string, until: number])[]): void {
    this.until.value = new Map(typists);
    this.#ends.set(typists.length === 0 ? null : Math.min(...this.until.peek().values()));
  }
}
