import { signal } from '@preact/signals';
import type { UnsentLine } from '../unsent/unsent-line';
import type { Wire } from '../wire';
import { Room, type RoomKeeping } from './room';

/** Conversations kept in memory after the user left them, so that coming back is instant. */
const keptRooms = 8;

/** The rooms of the signed-in user: one is entered at a time. */
export class Rooms {
  readonly current = signal<Room | null>(null);
  readonly #wire: Wire;
  readonly #ownId: string;
  readonly #keeping: RoomKeeping;
  /** Least recently used first. */
  readonly #rooms = new Map<string, Room>();

  constructor(wire: Wire, ownId: string, keeping: RoomKeeping) {
    this.#wire = wire;
    this.#ownId = ownId;
    this.#keeping = keeping;
  }

  /** Enters a room, leaving the one before; null leaves only. */
  enter(chatId: string | null): void {
    const before = this.current.peek();
    if (before?.id === chatId) return;
    before?.leave();
    if (chatId === null) {
      this.current.value = null;
      return;
    }
    const room = this.#obtain(chatId);
    room.enter();
    this.current.value = room;
    this.#letGo();
  }

  /** Sends a line that was written in a tab that is no more. */
  deliver({ chatId, draft, writtenAt }: UnsentLine): void {
    this.#obtain(chatId).adopt(draft, writtenAt);
  }

  /** The room, now the most recently used. */
  #obtain(chatId: string): Room {
    const room = this.#rooms.get(chatId) ?? new Room(this.#wire, chatId, this.#ownId, this.#keeping);
    this.#rooms.delete(chatId);
    this.#rooms.set(chatId, room);
    return room;
  }

  /** The user is not in this chat any more: nothing of it is kept. */
  forget(chatId: string): void {
    this.#rooms.get(chatId)?.dispose();
    this.#rooms.delete(chatId);
    if (this.current.peek()?.id === chatId) this.current.value = null;
  }

  dispose(): void {
    this.current.value = null;
    for (const room of this.#rooms.values()) room.dispose();
    this.#rooms.clear();
  }

  #letGo(): void {
    for (const [id, room] of this.#rooms) {
      if (this.#rooms.size <= keptRooms) return;
      if (room === this.current.peek() || room.hasUnsent) continue;
      room.dispose();
      this.#rooms.delete(id);
    }
  }
}
