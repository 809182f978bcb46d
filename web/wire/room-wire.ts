import { type ClientRoomEventInput, type ErrorEvent, type ServerRoomEvent, serverRoomEvent } from '../../src/protocol/room-frames';
import { packFrames, readFrame } from './frames';
import { type LinkPhase, LiveSocket } from './live-socket';
import { Outbox } from './outbox';
import type { Platform } from './platform';
import { type Position, positionQuery } from './position';
import { type Question, Questions } from './questions';
import type { ServerClock } from './server-clock';
import type { TokenKeeper } from './token-keeper';
import { offlineProblem } from './wire-problem';

/** A `send_message` on its way. */
export type OutgoingMessage = Extract<ClientRoomEventInput, { type: 'send_message' }>;

/** What means nothing later, or is told again after every return: lost when not live. */
export type Notice = Extract<
  ClientRoomEventInput,
  { type: 'typing_start' | 'typing_stop' | 'mark_delivered' | 'mark_read' | 'mark_viewed' }
>;

export interface RoomHooks {
  /** The events of one frame, in order, to be applied together. Applying any of them twice changes nothing [SYNC-3]. */
  events(events: readonly ServerRoomEvent[]): void;
  /** The server will never take this message as it is. */
  refused(id: string, code: string, detail: string): void;
  /** Whether a message that was not answered may be sent once more after a reconnect; if not, it is left to its owner. */
  mayRepeat(id: string): boolean;
  phaseChanged(phase: LinkPhase): void;
}

/** How long to leave a message that met a limit or a fault, unless the server said. */
const refusedForNowMs = 2_000;

/**
 * One room over one socket: resumes where it was [SYNC-1..3] and repeats what was sent until it is answered [SEND-2].
 * Epoch, rev and the unanswered messages outlive the socket, so `open` after `close` resumes too.
 */
export class RoomWire {
  readonly #platform: Platform;
  readonly #clock: ServerClock;
  readonly #hooks: RoomHooks;
  readonly #socket: LiveSocket;
  readonly #outbox = new Outbox<OutgoingMessage>();
  readonly #questions: Questions;
  #isLive = false;
  #position: Position | null = null;

  constructor(platform: Platform, tokens: TokenKeeper, clock: ServerClock, chatId: string, hooks: RoomHooks) {
    this.#platform = platform;
    this.#clock = clock;
    this.#hooks = hooks;
    this.#questions = new Questions(platform);
    this.#socket = new LiveSocket(platform, tokens, {
      path: () => `/api/chats/${chatId}/socket${positionQuery(this.#position)}`,
      received: (text) => this.#onFrame(text),
      phaseChanged: (phase) => {
        this.#isLive = phase.kind === 'live';
        if (!this.#isLive) this.#questions.dropAll();
        hooks.phaseChanged(phase);
      },
    });
  }

  open(): void {
    this.#socket.start();
  }

  close(): void {
    this.#socket.stop();
  }

  /** Sends now or as soon as the room is live, and again until it is answered. */
  send(message: OutgoingMessage): void {
    this.#outbox.add(message);
    this.#socket.send(JSON.stringify(message));
  }

  tell(notice: Notice): void {
    this.#socket.send(JSON.stringify(notice));
  }

  /**
   * Asks, and waits for the event for which `answers` gives something.
   * @throws WireProblem with the server's code, or `offline` when the room is not live or the answer got lost
   */
  async ask<Answer>(question: Question, answers: (event: ServerRoomEvent) => Answer | undefined): Promise<Answer> {
    if (!this.#isLive) throw offlineProblem();
    this.#socket.send(JSON.stringify(question));
    return this.#questions.wait(question, answers);
  }

  #onFrame(text: string): void {
    const events = readFrame(serverRoomEvent, text);
    for (const event of events) this.#follow(event);
    if (events.length > 0) this.#hooks.events(events);
    for (const event of events) this.#questions.hear(event);
    if (events.some((event) => event.type === 'welcome')) {
      this.#socket.confirm();
      for (const { id } of this.#outbox.all()) if (!this.#hooks.mayRepeat(id)) this.#outbox.settle(id);
      for (const frame of packFrames(this.#outbox.all())) this.#socket.send(frame);
    }
  }

  /** Keeps the position and the outbox in step with what the room says. */
  #follow(event: ServerRoomEvent): void {
    switch (event.type) {
      case 'welcome':
        this.#clock.observe(event.server_time, this.#socket.askedAt);
        this.#position = { epoch: event.epoch, rev: event.rev };
        for (const { id } of event.messages) this.#outbox.settle(id);
        break;
      case 'new_message':
        this.#clock.hasReached(event.message.created_at);
        this.#outbox.settle(event.message.id);
        this.#advance(event.rev);
        break;
      case 'message_accepted':
        this.#clock.hasReached(event.created_at);
        this.#outbox.settle(event.id);
        break;
      case 'error':
        this.#onError(event);
        break;
      default:
        if ('rev' in event && event.rev !== undefined) this.#advance(event.rev);
    }
  }

  #advance(rev: number): void {
    if (this.#position !== null && rev > this.#position.rev) this.#position = { ...this.#position, rev };
  }

  #onError(error: ErrorEvent): void {
    const { ref, code, detail, retry_after_ms } = error;
    const message = ref === undefined ? undefined : this.#outbox.get(ref);
    if (message === undefined) return this.#questions.refuse(error);
    if (code === 'rate_limited' || code === 'unavailable') {
      this.#platform.after(retry_after_ms ?? refusedForNowMs, () => {
        const stillWaiting = this.#outbox.get(message.id);
        if (stillWaiting !== undefined) this.#socket.send(JSON.stringify(stillWaiting));
      });
      return;
    }
    this.#outbox.settle(message.id);
    this.#hooks.refused(message.id, code, detail);
  }
}
