import { signal } from '@preact/signals';
import type { Wire } from '../wire';
import { Room } from './room';

/** Conversations kept in memory after the user left them, so that coming back is instant. */
const keptRooms = 8;

/** The rooms of the signed-in user: one is entered at a time. */
export class Rooms {
  readonly current = signal<Room | null>(null);
  readonly #wire: Wire;
  readonly #ownId: string;
  /** Least recently used first. */
  readonly #rooms = new Map<string, Room>();

  constructor(wire: Wire, ownId: string) {
    this.#wire = wire;
    this.#ownId = ownId;
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
    const room = this.#rooms.get(chatId) ?? new Room(this.#wire, chatId, this.#ownId);
    this.#rooms.delete(chatId);
    this.#rooms.set(chatId, room);
    room.enter();
    this.current.value = room;
    this.#letGo();
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
