import { largeRoomMembers } from '../protocol/limits';
import type { ServerRoomEvent } from '../protocol/room-frames';
import type { LiveRoom } from './live-room';

/** A cursor that moved in a commit. */
export interface Movement {
  readonly kind: 'delivered' | 'read';
  readonly userId: string;
  readonly fromSeq: number;
  readonly upToSeq: number;
  readonly at: number;
}

/** [RCPT-2] At most four receipt events a second, whatever the members do. */
const intervalMs = 500;

export interface ReceiptNewsOptions {
  readonly room: () => LiveRoom | null;
  readonly sendAll: (event: ServerRoomEvent) => void;
  readonly sendToUser: (userId: string, event: ServerRoomEvent) => void;
  readonly now: () => number;
}

/**
 * Tells the room whose cursors moved: one event of each kind for all who moved since the last. The first goes out at once;
 * a timer of half a second runs only while something waits. In large rooms only those hear of it whose messages it is about.
 */
export class ReceiptNews {
  readonly #waiting = { delivered: new Map<string, Movement>(), read: new Map<string, Movement>() };
  readonly #options: ReceiptNewsOptions;
  #toldAt = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(options: ReceiptNewsOptions) {
    this.#options = options;
  }

  note(movements: readonly Movement[]): void {
    for (const movement of movements) {
      const known = this.#waiting[movement.kind].get(movement.userId);
      this.#waiting[movement.kind].set(movement.userId, known === undefined ? movement : { ...movement, fromSeq: known.fromSeq });
    }
    if (movements.length === 0 || this.#timer !== null) return;
    const waitMs = this.#toldAt + intervalMs - this.#options.now();
    if (waitMs <= 0) this.#tell();
    else this.#timer = setTimeout(() => this.#tell(), waitMs);
  }

  #tell(): void {
    this.#timer = null;
    this.#toldAt = this.#options.now();
    const room = this.#options.room();
    for (const kind of ['delivered', 'read'] as const) {
      const movements = [...this.#waiting[kind].values()];
      this.#waiting[kind].clear();
      if (room !== null && movements.length > 0) this.#tellKind(room, kind, movements);
    }
  }

  #tellKind(room: LiveRoom, kind: Movement['kind'], movements: readonly Movement[]): void {
    const by = movements.map(({ userId, upToSeq, at }) => ({ user_id: userId, up_to_seq: upToSeq, at }));
    const type = kind === 'delivered' ? 'message_delivered' : 'message_read';
    if (room.roster.size <= largeRoomMembers) return this.#options.sendAll({ type, rev: room.rev, by });
    const from = Math.min(...movements.map((movement) => movement.fromSeq));
    const upTo = Math.max(...movements.map((movement) => movement.upToSeq));
    for (const n of room.store.messages.sendersBetween(from, upTo)) this.#options.sendToUser(room.roster.userOf(n), { type, by });
  }
}
