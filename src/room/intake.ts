import { type EventFate, errorEvent, fateOfFrame, takeFrame } from '../frames';
import { Refusal } from '../protocol/errors';
import { type ClientRoomEvent, clientRoomEvent, type ServerRoomEvent } from '../protocol/room-frames';
import { RateLimiter, type RateRule } from '../rate-limit';
import type { SocketSession, Sockets } from '../sockets';
import type { Work } from './commit';
import type { Company } from './company';
import { applyEvent, refOfEvent } from './dispatch';

/** [LIMIT-1] Messages per user and room. */
const messageRate: RateRule = { burst: 60, refillMs: 1_000 };
const tooMany = 'Too many messages. Wait a moment.';

export interface IntakeOptions {
  readonly sockets: Pick<Sockets, 'session' | 'send' | 'close' | 'count'>;
  readonly company: Pick<Company, 'startTyping' | 'stopTyping'>;
  /** The work becomes part of the next commit. */
  readonly submit: (work: Work) => void;
  /** Multiplies every limit. */
  readonly limitFactor: number;
  readonly now: () => number;
}

/** What comes in by sockets: frames become events, each for itself, and events the work of a commit. */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #limiter: RateLimiter;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#limiter = new RateLimiter(messageRate, options.limitFactor);
  }

  /** Takes a frame: its events in order, each for itself [SOCK-4]. */
  receive(socket: WebSocket, frame: string | ArrayBuffer): void {
    const { sockets } = this.#options;
    const session = sockets.session(socket);
    if (session === null) return;
    const events = takeFrame(sockets, socket, frame, clientRoomEvent);
    if (events === null) return;
    const fates = events.map((event): EventFate => {
      if (event.ok) return this.#handle(socket, session, event.event);
      this.#answer(socket, event.error);
      return 'bad';
    });
    sockets.count(socket, fateOfFrame(fates));
  }

  /** @throws Refusal `rate_limited` [LIMIT-1] */
  takeMessageToken(userId: string): void {
    const retryAfterMs = this.#limiter.take(userId, this.#options.now());
    if (retryAfterMs > 0) throw new Refusal('rate_limited', tooMany, { retryAfterMs });
  }

  #handle(socket: WebSocket, { userId, sid }: SocketSession, event: ClientRoomEvent): EventFate {
    const { sockets, company, submit, now } = this.#options;
    // An event before this one in the frame may have closed the socket.
    if (sockets.session(socket) === null) return 'good';
    if (event.type === 'typing_start') {
      company.startTyping(userId);
    } else if (event.type === 'typing_stop') {
      company.stopTyping(userId);
    } else {
      const ref = refOfEvent(event);
      const retryAfterMs = event.type === 'send_message' ? this.#limiter.take(userId, now()) : 0;
      if (retryAfterMs > 0) {
        this.#answer(socket, errorEvent('rate_limited', tooMany, ref, retryAfterMs));
        return 'limited';
      }
      submit({ userId, socket, ref, run: (turn, member) => applyEvent(turn, member, sid, event) });
    }
    return 'good';
  }

  #answer(socket: WebSocket, event: ServerRoomEvent): void {
    this.#options.sockets.send(socket, JSON.stringify(event));
  }
}
