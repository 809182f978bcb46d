import { type ClientInboxEvent, type MarkDelivered, type ServerInboxEvent, serverInboxEvent } from '../../src/protocol/inbox-frames';
import { readFrame } from './frames';
import { type LinkPhase, LiveSocket } from './live-socket';
import type { Platform } from './platform';
import { type Position, positionQuery } from './position';
import type { ServerClock } from './server-clock';
import type { TokenKeeper } from './token-keeper';

export interface InboxHooks {
  /** The events of one frame, in order. */
  events(events: readonly ServerInboxEvent[]): void;
  phaseChanged(phase: LinkPhase): void;
}

/** Most chats one `want_previews` may name [INBOX-2]. */
const maxPreviewsAsked = 50;

/** The user's chat list, live: resumes by `rev` as a room does [INBOX-1]. */
export class InboxWire {
  readonly #clock: ServerClock;
  readonly #hooks: InboxHooks;
  readonly #socket: LiveSocket;
  #position: Position | null = null;

  constructor(platform: Platform, tokens: TokenKeeper, clock: ServerClock, hooks: InboxHooks) {
    this.#clock = clock;
    this.#hooks = hooks;
    this.#socket = new LiveSocket(platform, tokens, {
      path: () => `/api/users/me/socket${positionQuery(this.#position)}`,
      received: (text) => this.#onFrame(text),
      phaseChanged: (phase) => hooks.phaseChanged(phase),
    });
  }

  open(): void {
    this.#socket.start();
  }

  close(): void {
    this.#socket.stop();
  }

  /** Asks the rooms, through the inbox, for what may be shown of their last messages. Lost when not live. */
  wantPreviews(chatIds: readonly string[]): void {
    for (let start = 0; start < chatIds.length; start += maxPreviewsAsked) {
      const chat_room_ids = chatIds.slice(start, start + maxPreviewsAsked);
      this.#socket.send(JSON.stringify({ type: 'want_previews', chat_room_ids }));
    }
  }

  /** What means nothing later, or is told again after every return: lost when not live. */
  tell(notices: Exclude<ClientInboxEvent, { type: 'want_previews' }> | readonly MarkDelivered[]): void {
    this.#socket.send(JSON.stringify(notices));
  }

  #onFrame(text: string): void {
    const events = readFrame(serverInboxEvent, text);
    for (const event of events) {
      if (event.type === 'inbox') {
        this.#clock.observe(event.server_time, this.#socket.askedAt);
        this.#position = { epoch: event.epoch, rev: event.rev };
        this.#socket.confirm();
      } else if ('rev' in event && this.#position !== null && event.rev > this.#position.rev) {
        this.#position = { ...this.#position, rev: event.rev };
      }
    }
    if (events.length > 0) this.#hooks.events(events);
  }
}
