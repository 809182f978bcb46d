import { largeRoomMembers } from '../protocol/limits';
import type { ServerRoomEvent } from '../protocol/room-frames';
import type { LiveRoom } from './live-room';
import type { Progress } from './reading-store';
import { missedUpTo } from './receipts';

/** A cursor that moved in a commit. */
export interface Movement {
  readonly kind: 'delivered' | 'read';
  readonly userId: string;
  readonly fromSeq: number;
  readonly upToSeq: number;
  readonly at: number;
}

const newsTypes = { delivered: 'message_delivered', read: 'message_read' } as const;
type NewsType = (typeof newsTypes)[keyof typeof newsTypes];

/** [RCPT-2] At most four receipt events a second, whatever the members do. */
const intervalMs = 500;

export interface ReceiptNewsOptions {
  readonly room: () => LiveRoom | null;
  /** To every socket of those users whom `isFor` picks. */
  readonly send: (event: ServerRoomEvent, isFor: (userId: string) => boolean) => void;
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

  /** [BLOCK-1] What stood still while one of two blocked the other is told as it is now, by user id. */
  catchUp(progress: Readonly<Record<string, Progress>>): void {
    const at = this.#options.now();
    const movements = Object.entries(progress).flatMap(([userId, { delivered, read }]): Movement[] => [
      { kind: 'delivered', userId, fromSeq: 0, upToSeq: delivered, at },
      { kind: 'read', userId, fromSeq: 0, upToSeq: read, at },
    ]);
    this.note(movements.filter(({ upToSeq }) => upToSeq > 0));
  }

  #tell(): void {
    this.#timer = null;
    this.#toldAt = this.#options.now();
    const room = this.#options.room();
    const [delivered, read] = [this.#take('delivered'), this.#take('read')];
    if (room === null) return;
    // [RCPT-3] Others hear of a reading only as far as it may be told, and only who tells their own.
    const seesReadings = (userId: string) => room.roster.find(userId)?.profile.readReceipts ?? false;
    const told = read.flatMap((movement) => {
      const upToSeq = Math.min(movement.upToSeq, room.roster.find(movement.userId)?.toldRead ?? movement.upToSeq);
      return upToSeq > movement.fromSeq ? [{ ...movement, upToSeq }] : [];
    });
    // Who hears of a reading hears of the delivery by it.
    const readUpTo = new Map(told.map(({ userId, upToSeq }) => [userId, upToSeq]));
    const isAlsoRead = ({ userId, upToSeq }: Movement) => upToSeq <= (readUpTo.get(userId) ?? 0);
    this.#tellKind(
      room,
      'delivered',
      delivered.filter((movement) => !isAlsoRead(movement)),
      () => true,
    );
    if (!room.roster.allSendReceipts) this.#tellKind(room, 'delivered', delivered.filter(isAlsoRead), (userId) => !seesReadings(userId));
    this.#tellKind(room, 'read', told, seesReadings);
    const untold = read.filter((movement) => (room.roster.find(movement.userId)?.toldRead ?? null) !== null);
    this.#tellOnlyOwn('message_read', untold);
  }

  #take(kind: Movement['kind']): Movement[] {
    const movements = [...this.#waiting[kind].values()];
    this.#waiting[kind].clear();
    return movements;
  }

  /** One's other devices count their unread messages by it. */
  #tellOnlyOwn(type: NewsType, movements: readonly Movement[]): void {
    for (const movement of movements) this.#options.send({ type, by: [toMove(movement)] }, (id) => id === movement.userId);
  }

  #tellKind(room: LiveRoom, kind: Movement['kind'], movements: readonly Movement[], isFor: (userId: string) => boolean): void {
    if (movements.length === 0) return;
    const by = movements.map(toMove);
    const type: NewsType = newsTypes[kind];
    if (room.blocks.haveEverBeen) return this.#tellEach(room, type, movements, isFor);
    if (room.roster.size <= largeRoomMembers) return this.#options.send({ type, rev: room.rev, by }, isFor);
    const from = Math.min(...movements.map((movement) => movement.fromSeq));
    const upTo = Math.max(...movements.map((movement) => movement.upToSeq));
    const senders = new Set(room.store.messages.sendersBetween(from, upTo).map((n) => room.roster.userOf(n)));
    this.#options.send({ type, by }, (userId) => senders.has(userId) && isFor(userId));
  }

  /**
   * [BLOCK-1] While one of two blocks the other, each hears of their own cursor only, and in no other way than before. Later, who
   * sent something that was hidden is told where the other's cursor means nothing.
   */
  #tellEach(room: LiveRoom, type: NewsType, movements: readonly Movement[], isFor: (userId: string) => boolean): void {
    for (const { profile } of room.roster.present()) {
      const userId = profile.user.id;
      const by = movements.flatMap((movement) => {
        if (movement.userId === userId) return [toMove(movement)];
        return room.blocks.areSilencing ? [] : [{ ...toMove(movement), ...missedUpTo(room, movement.userId, movement.upToSeq) }];
      });
      if (by.length > 0) this.#options.send({ type, rev: room.rev, by }, (id) => id === userId && isFor(id));
    }
  }
}

function toMove({ userId, upToSeq, at }: Movement): { user_id: string; up_to_seq: number; at: number } {
  return { user_id: userId, up_to_seq: upToSeq, at };
}
