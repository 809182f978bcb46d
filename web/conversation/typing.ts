import { typingRepeatMs } from '../../src/protocol/limits';

/** Tells the room that the user types: at most every 3 s while typing, and once when it ends [LIVE-1]. */
export class TypingReporter {
  readonly #send: (isTyping: boolean) => void;
  readonly #now: () => number;
  #lastToldAt: number | null = null;

  constructor(send: (isTyping: boolean) => void, now: () => number) {
    this.#send = send;
    this.#now = now;
  }

  /** The field changed; `isEmpty` when nothing is left in it. */
  typed(isEmpty: boolean): void {
    if (isEmpty) return this.stopped();
    const now = this.#now();
    if (this.#lastToldAt !== null && now - this.#lastToldAt < typingRepeatMs) return;
    this.#lastToldAt = now;
    this.#send(true);
  }

  /** The field was left or emptied. */
  stopped(): void {
    if (this.#lastToldAt === null) return;
    this.#lastToldAt = null;
    this.#send(false);
  }

  /** A message went out: the server ends typing by itself. */
  sent(): void {
    this.#lastToldAt = null;
  }
}

/** Who else types, each until a moment of the server's clock. */
export type Typists = ReadonlyMap<string, number>;

export function withTypist(typists: Typists, userId: string, expiresAt: number): Typists {
  return new Map(typists).set(userId, expiresAt);
}

export function withoutTypist(typists: Typists, userId: string): Typists {
  if (!typists.has(userId)) return typists;
  const next = new Map(typists);
  next.delete(userId);
  return next;
}

export function stillTyping(typists: Typists, now: number): Typists {
  return new Map([...typists].filter(([, expiresAt]) => expiresAt > now));
}

/** `Ada is typing`, or null when nobody is. */
export function typingWords(names: readonly string[]): string | null {
  const [first, second] = names;
  if (first === undefined) return null;
  if (second === undefined) return `${first} is typing`;
  if (names.length === 2) return `${first} and ${second} are typing`;
  return 'Several people are typing';
}
