import { setTimeout as delay } from 'node:timers/promises';
import type { Message } from '../../src/protocol/models';
import type { ClientRoomEventInput, MessageAccepted, ServerRoomEvent, Welcome } from '../../src/protocol/room-frames';
import { connectRoom, type RoomPosition, type RoomSocket } from './room-socket';

type Send = Extract<ClientRoomEventInput, { type: 'send_message' }>;

const reconnectMs = 25;
/** Somebody whose message is not acknowledged for this long tries a new connection. */
const patienceMs = 3_000;

/**
 * A client as [SYNC-1] to [SYNC-4] want it: comes back from where it stands whenever its connection ends, sends again
 * what was not acknowledged, and holds every message in its newest state. It notes each breach of the protocol it sees.
 */
export class ResumingClient {
  readonly acknowledged = new Map<string, MessageAccepted>();
  /** What the server should not have done. */
  readonly breaches: string[] = [];
  /** Ids in the order in which they first arrived. */
  readonly arrivals: string[] = [];
  connections = 0;
  /** How often it had to throw away what it held. */
  resets = 0;
  readonly #connect: (position: RoomPosition | undefined) => RoomSocket;
  readonly #held = new Map<string, Message>();
  readonly #unacknowledged = new Map<string, Send>();
  readonly #watch: NodeJS.Timeout;
  readonly #done: Promise<void>;
  #position: RoomPosition | undefined;
  #socket: RoomSocket | undefined;
  #isWelcome = false;
  #isStopped = false;
  #heardAt = performance.now();

  /** @param url origin of the server, or of a proxy before it */
  constructor(url: string, accessToken: string, chatId: string) {
    this.#connect = (position) => connectRoom(url, accessToken, chatId, position);
    this.#watch = setInterval(() => this.#loseUnanswered(), patienceMs / 4);
    this.#done = this.#run();
  }

  /** Sends it until it is acknowledged. */
  send(event: Send): void {
    this.#unacknowledged.set(event.id, event);
    if (this.#isWelcome) this.#trySend([event]);
  }

  /** The highest rev it has heard. */
  get rev(): number {
    return this.#position?.rev ?? 0;
  }

  get unacknowledged(): number {
    return this.#unacknowledged.size;
  }

  /** Every message it holds, by `seq`. */
  get messages(): Message[] {
    return [...this.#held.values()].sort((a, b) => a.seq - b.seq);
  }

  /** What it was last told about the message. */
  message(id: string): Message | undefined {
    return this.#held.get(id);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#watch);
    void this.#socket?.close();
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const socket = this.#connect(this.#position);
      socket.onFrame = (events) => this.#receive(events);
      this.#socket = socket;
      this.connections += 1;
      this.#heardAt = performance.now();
      const { code, reason } = await socket.closed;
      this.#isWelcome = false;
      if (socket.breach !== undefined) this.breaches.push(socket.breach.message);
      if (code >= 4400 && code < 4500) this.breaches.push(`closed with ${code} ${reason}`);
      if (!this.#isStopped) await delay(reconnectMs);
    }
  }

  #loseUnanswered(): void {
    if (this.#unacknowledged.size > 0 && performance.now() - this.#heardAt > patienceMs) void this.#socket?.close();
  }

  #trySend(events: Send[]): void {
    for (const event of events) {
      try {
        this.#socket?.send(event);
      } catch {
        // The connection has just ended: the next one sends it.
        return;
      }
    }
  }

  #receive(events: readonly ServerRoomEvent[]): void {
    const before = this.#position?.rev ?? -1;
    for (const event of events) {
      // A commit in two frames could lose the second with the connection: its rev would be taken for seen [SYNC-3].
      if ('rev' in event && event.type !== 'welcome' && (event.rev ?? 0) <= before)
        this.breaches.push(`${event.type} of rev ${event.rev} after rev ${before}`);
      this.#apply(event);
    }
  }

  #apply(event: ServerRoomEvent): void {
    switch (event.type) {
      case 'welcome':
        return this.#welcome(event);
      case 'message_accepted':
        this.#heardAt = performance.now();
        this.acknowledged.set(event.id, event);
        this.#unacknowledged.delete(event.id);
        return;
      case 'new_message':
        this.#hold(event.message);
        return this.#reach(event.rev);
      case 'message_expired':
        this.#bury(event.message_id, event.reason, event.deleted_at);
        return this.#reach(event.rev ?? 0);
      case 'error':
        this.breaches.push(`error ${event.code}: ${event.detail}`);
        return;
      default:
        return;
    }
  }

  #welcome(event: Welcome): void {
    if (event.reset) {
      this.#held.clear();
      if (this.#position !== undefined) this.resets += 1;
    }
    for (const message of event.messages) this.#hold(message);
    this.#position = { epoch: event.epoch, rev: event.rev };
    this.#isWelcome = true;
    this.#trySend([...this.#unacknowledged.values()]);
  }

  #hold(message: Message): void {
    const known = this.#held.get(message.id);
    if (known === undefined) this.arrivals.push(message.id);
    else if (JSON.stringify(known) === JSON.stringify(message)) this.breaches.push(`message ${message.seq} told twice`);
    this.#held.set(message.id, message);
  }

  #bury(id: string, reason: Message['deleted_reason'], deletedAt: number): void {
    const known = this.#held.get(id);
    if (known === undefined) return;
    const gone = { content: null, media: null, reply_to: null, expires_at: null, reactions: [] };
    this.#held.set(id, { ...known, ...gone, deleted_at: deletedAt, deleted_reason: reason });
  }

  #reach(rev: number): void {
    if (this.#position !== undefined) this.#position = { ...this.#position, rev: Math.max(rev, this.#position.rev) };
  }
}
