import { setTimeout as delay } from 'node:timers/promises';
import type { ServerInboxEvent } from '../../src/protocol/inbox-frames';
import { applyInboxEvent, type ChatList, inOrder } from '../../web/chats/chat-list';
import { connectInbox, type InboxSocket } from './inbox-socket';
import type { RoomPosition } from './room-socket';

const reconnectMs = 25;

/** A device that holds the list as the page does, and comes back from where it stands whenever its connection ends. */
export class ListingDevice {
  /** How often it went on from where it stood. */
  resumes = 0;
  unreadTotal = 0;
  readonly #connect: (position: RoomPosition | undefined) => InboxSocket;
  readonly #done: Promise<void>;
  #list: ChatList = new Map();
  #position: RoomPosition | undefined;
  #socket: InboxSocket | undefined;
  #isStopped = false;

  constructor(url: string, accessToken: string) {
    this.#connect = (position) => connectInbox(url, accessToken, position);
    this.#done = this.#run();
  }

  get rows() {
    return inOrder(this.#list);
  }

  /** Loses its connection. */
  drop(): void {
    void this.#socket?.close();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.drop();
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const socket = this.#connect(this.#position);
      socket.onFrame = (events) => {
        for (const event of events) this.#apply(event);
      };
      this.#socket = socket;
      await socket.closed;
      if (!this.#isStopped) await delay(reconnectMs);
    }
  }

  #apply(event: ServerInboxEvent): void {
    this.#list = applyInboxEvent(this.#list, event);
    if ('unread_total' in event) this.unreadTotal = event.unread_total;
    if (event.type === 'inbox') {
      if (!event.reset) this.resumes += 1;
      this.#position = { epoch: event.epoch, rev: event.rev };
    } else if ('rev' in event && this.#position !== undefined) this.#position = { ...this.#position, rev: event.rev };
  }
}
