import { typingMinIntervalMs, typingRepeatMs } from '../../src/protocol/limits';
import type { Platform } from '../wire/platform';

/** The room passes over what comes sooner than this after the last time; what was told may have travelled faster than what is. */
const soonestMs = typingMinIntervalMs + 200;

/** Tells the room that the user types: at most every 3 s while typing, and once when it ends [LIVE-1]. */
export class TypingReporter {
  readonly #send: (isTyping: boolean) => void;
  readonly #platform: Pick<Platform, 'now' | 'after'>;
  /** Whether the others think that the user is typing. */
  #isTold = false;
  #lastToldAt = Number.NEGATIVE_INFINITY;
  #callOff = () => {};

  constructor(send: (isTyping: boolean) => void, platform: Pick<Platform, 'now' | 'after'>) {
    this.#send = send;
    this.#platform = platform;
  }

  /** The field changed; `isEmpty` when nothing is left in it. */
  typed(isEmpty: boolean): void {
    if (isEmpty) return this.stopped();
    const waitMs = this.#lastToldAt + (this.#isTold ? typingRepeatMs : soonestMs) - this.#platform.now();
    if (waitMs <= 0) return this.#tell();
    if (this.#isTold) return;
    this.#callOff();
    this.#callOff = this.#platform.after(waitMs, () => this.#tell());
  }

  /** The field was left or emptied. */
  stopped(): void {
    const wasTold = this.#isTold;
    this.sent();
    if (wasTold) this.#send(false);
  }

  /** A message went out: the server ends typing by itself. */
  sent(): void {
    this.#callOff();
    this.#isTold = false;
  }

  #tell(): void {
    this.#callOff();
    this.#isTold = true;
    this.#lastToldAt = this.#platform.now();
    this.#send(true);
  }
}

/** `Ada is typing`, or null when nobody is. */
export function typingWords(names: readonly string[]): string | null {
  const [first, second] = names;
  if (first === undefined) return null;
  if (second === undefined) return `${first} is typing`;
  if (names.length === 2) return `${first} and ${second} are typing`;
  return 'Several people are typing';
}
