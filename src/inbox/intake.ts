import { assertNever } from '../assert-never';
import { type EventFate, errorEvent, fateOfFrame, takeFrame } from '../frames';
import {
  type ClientInboxEvent,
  clientInboxEvent,
  type MarkDelivered,
  type ServerInboxEvent,
  type WatchPresence,
} from '../protocol/inbox-frames';
import { RateLimiter, type RateRule } from '../rate-limit';
import type { SocketSession, Sockets } from '../sockets';
import { factsOf } from './chat-row';
import type { Deliveries } from './deliveries';
import type { LivePresence } from './live-presence';
import type { InboxStore } from './store';
import type { Preview } from './summaries';

/** [LIMIT-1] Looking at others calls their inboxes. */
const lookRate: RateRule = { burst: 10, refillMs: 2_000 };

export interface IntakeOptions {
  readonly store: Pick<InboxStore, 'chat'>;
  readonly sockets: Pick<Sockets, 'session' | 'send' | 'close' | 'count' | 'change'>;
  readonly presence: Pick<LivePresence, 'heard' | 'look'>;
  readonly deliveries: Pick<Deliveries, 'note'>;
  readonly askPreviews: (userId: string, chatIds: readonly string[]) => Promise<Preview[]>;
  /** Multiplies every limit. */
  readonly limitFactor: number;
  readonly now: () => number;
}

/** What comes in by sockets: frames of events, each handled for itself [SOCK-4]. */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #lookLimiter: RateLimiter;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#lookLimiter = new RateLimiter(lookRate, options.limitFactor);
  }

  /** Takes a frame: its events in order. */
  async receive(socket: WebSocket, frame: string | ArrayBuffer): Promise<void> {
    const { sockets, presence } = this.#options;
    const session = sockets.session(socket);
    if (session === null) return;
    const events = takeFrame(sockets, socket, frame, clientInboxEvent);
    if (events === null) return;
    presence.heard(socket);
    const fates: EventFate[] = [];
    for (const event of events) {
      if (!event.ok) this.#answer(socket, event.error);
      fates.push(event.ok ? await this.#handle(socket, session, event.event) : 'bad');
    }
    sockets.count(socket, fateOfFrame(fates));
  }

  async #handle(socket: WebSocket, session: SocketSession, event: ClientInboxEvent): Promise<EventFate> {
    const { sockets, askPreviews } = this.#options;
    // An event before it in the frame may have taken seconds, and the session have ended meanwhile.
    if (sockets.session(socket) === null) return 'good';
    switch (event.type) {
      case 'want_previews':
        this.#answer(socket, { type: 'previews', items: await askPreviews(session.userId, event.chat_room_ids) });
        return 'good';
      case 'mark_delivered':
        this.#noteDelivered(socket, session, event);
        return 'good';
      case 'active':
        sockets.change(socket, { isHidden: !event.visible });
        return 'good';
      case 'watch_presence':
        return this.#look(socket, session, event);
      default:
        return assertNever(event);
    }
  }

  /** [INBOX-6] */
  async #look(socket: WebSocket, session: SocketSession, { user_ids, ref }: WatchPresence): Promise<EventFate> {
    const { presence, now } = this.#options;
    const retryAfterMs = this.#lookLimiter.take('', now());
    if (retryAfterMs > 0) {
      this.#answer(socket, errorEvent('rate_limited', 'Too many looks. Wait a moment.', ref, retryAfterMs));
      return 'limited';
    }
    await presence.look(socket, session, user_ids);
    return 'good';
  }

  /** [INBOX-4] */
  #noteDelivered(socket: WebSocket, { userId }: SocketSession, { chat_room_id, up_to_seq, ref }: MarkDelivered): void {
    const { store, deliveries } = this.#options;
    const row = store.chat(chat_room_id);
    if (row === null || row.isRemoved) return this.#answer(socket, errorEvent('not_found', 'There is no such chat.', ref));
    // A device has nothing that this inbox has not heard of.
    deliveries.note(userId, chat_room_id, Math.min(up_to_seq, factsOf(row).last_seq), row.deliveredSeq);
  }

  #answer(socket: WebSocket, event: ServerInboxEvent): void {
    this.#options.sockets.send(socket, JSON.stringify(event));
  }
}
