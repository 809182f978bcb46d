import * as v from 'valibot';
import type { ServerRoomEvent } from '../../../src/protocol/room-frames';
import { connectRoom, type RoomSocket } from '../../support/room-socket';
import { Replica } from '../model/replica';

/** Something that a session was told, and when. */
export interface Told {
  readonly event: ServerRoomEvent;
  readonly at: number;
  /** Up to where the session had been told by then that the chat is cleared. */
  readonly clearedSeq: number;
}

/** One device of a user: a token, and what it holds of the room while and after it is connected. */
export class Session {
  readonly userId: string;
  readonly sid: string;
  readonly token: string;
  replica: Replica;
  /** What nobody has looked at yet. */
  told: Told[] = [];
  /** Receipts that were gathered went with an object out of memory: a new connection tells them. */
  missesReceipts = false;
  /** How the server broke the protocol towards it. */
  breach: Error | null = null;
  #socket: RoomSocket | null = null;
  #clearedSeq = 0;
  readonly #url: string;
  readonly #chatId: string;

  constructor(url: string, chatId: string, userId: string, token: string) {
    this.#url = url;
    this.#chatId = chatId;
    this.userId = userId;
    this.token = token;
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    this.sid = v.parse(v.object({ sid: v.string() }), payload).sid;
    this.replica = new Replica(userId);
  }

  get socket(): RoomSocket | null {
    return this.#socket;
  }

  /** Comes back from where it stands. Returns whether it was let in; the connection may break right after. */
  async connect(): Promise<boolean> {
    if (this.#socket !== null) return true;
    const socket = connectRoom(this.#url, this.token, this.#chatId, this.replica.position ?? undefined);
    this.#socket = socket;
    socket.onFrame = (events) => {
      if (this.#socket !== socket) return;
      const at = Date.now();
      for (const event of events) {
        this.told.push({ event, at, clearedSeq: this.#clearedSeq });
        if (event.type === 'chat_cleared') this.#clearedSeq = Math.max(this.#clearedSeq, event.up_to_seq);
      }
      try {
        this.replica.hear(events);
      } catch (error) {
        this.breach ??= error instanceof Error ? error : new Error(String(error));
      }
    };
    void socket.closed.then(() => {
      this.breach ??= socket.breach ?? null;
      if (this.#socket === socket) this.#socket = null;
    });
    this.missesReceipts = false;
    try {
      await socket.waitForType('welcome', () => true, 5_000);
      return true;
    } catch {
      await this.disconnect();
      return false;
    }
  }

  /** Typing is lost with a broken connection. */
  type(starts: boolean): void {
    try {
      this.#socket?.send({ type: starts ? 'typing_start' : 'typing_stop' });
    } catch {
      // It has just broken: whoever asks something next finds out.
    }
  }

  /** Leaves, or loses its connection. */
  async disconnect(): Promise<void> {
    const socket = this.#socket;
    this.#socket = null;
    if (socket !== null) await Promise.race([socket.close(), new Promise((resolve) => setTimeout(resolve, 1_000))]);
  }

  /** Forgets what it holds: the next connection is a first one. */
  forget(): void {
    this.replica = new Replica(this.userId);
  }
}
