import { forEachLimited, withTimeout } from '../limited';

/** So long an acknowledgement waits for a call of its room to ride on; then it goes by itself. */
const patienceMs = 1_000;
const callsInFlight = 8;
/** A room that hangs holds up no other: it is told again later. */
const callTimeoutMs = 5_000;

export interface DeliveriesOptions {
  /** Tells the room that everything up to `seq` has reached the user. At least once. */
  readonly tellRoom: (userId: string, chatId: string, seq: number) => Promise<void>;
  /** Keeps what a room could not be told. */
  readonly tellLater: (userId: string, chatId: string, seq: number) => void;
}

/**
 * [INBOX-4] What the user's devices have acknowledged, on its way to the rooms. A room that calls takes it along with the
 * answer, so that a burst costs no calls of ours; whatever waits for a second is told. In memory alone, for a row a message
 * would cost more than the loss: a client acknowledges anew after every return.
 */
export class Deliveries {
  readonly #acknowledged = new Map<string, number>();
  /** Whose they are, by chat. */
  readonly #waiting = new Map<string, string>();
  readonly #options: DeliveriesOptions;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  /** A device of the user has everything of the chat up to `seq`; its room knows of it up to `knownSeq`. */
  note(userId: string, chatId: string, seq: number, knownSeq: number): void {
    if (seq <= Math.max(knownSeq, this.#acknowledged.get(chatId) ?? 0)) return;
    this.#acknowledged.set(chatId, seq);
    this.#waiting.set(chatId, userId);
    this.#timer ??= setTimeout(() => void this.#tellWaiting(), patienceMs);
  }

  /** The chat's room calls, and knows of deliveries up to `knownSeq`: up to where there is more to tell it, or null. */
  answer(chatId: string, knownSeq: number): number | null {
    const seq = this.#acknowledged.get(chatId) ?? 0;
    this.#waiting.delete(chatId);
    if (seq > knownSeq) return seq;
    this.#acknowledged.delete(chatId);
    return null;
  }

  async #tellWaiting(): Promise<void> {
    this.#timer = null;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    await forEachLimited(waiting, callsInFlight, async ([chatId, userId]) => {
      const seq = this.#acknowledged.get(chatId);
      if (seq === undefined) return;
      try {
        await withTimeout(this.#options.tellRoom(userId, chatId, seq), callTimeoutMs);
      } catch {
        this.#options.tellLater(userId, chatId, seq);
      }
    });
  }
}
