import { withTimeout } from '../limited';
import { largeRoomMembers } from '../protocol/limits';

/** Inbox calls under way at once. */
const maxInFlight = 32;
const callTimeoutMs = 10_000;
/**
 * Between two rounds at least this long, so that a burst tells each inbox its newest state and not each message
 * [INBOX-3]. A round of a large room costs more than the messages it is about.
 */
const roundIntervalMs = { small: 700, large: 4_000 };
/**
 * Who has the room open is about to read what has just come: a round sooner than this after it leaves them to the next, so that
 * their inbox hears of both at once.
 */
const readingMs = 500;
/**
 * Calls begin a few at a time, and in between the room's own sockets and timers get their turn: without a pause they starved 16-fold, and
 * of 32 calls at once a message waited for the last. A round is over in about a second nevertheless.
 */
const slicePauseMs = 10;
const sliceSize = (calls: number) => Math.max(4, Math.ceil(calls / 50));

export interface FanOutOptions {
  /** Whose inboxes hear of the room. */
  readonly recipients: () => string[];
  /** Whether the user has the room open. */
  readonly isHere: (userId: string) => boolean;
  /** Tells one inbox the present state. */
  readonly tell: (userId: string) => Promise<void>;
  /** Keeps a job for an inbox that could not be reached. */
  readonly tellLater: (userId: string) => void;
  /** Nobody is owed anything. */
  readonly settled: () => void;
  readonly now: () => number;
}

/** Brings the members' inboxes up to what the room is, away from the path of a message. */
export class FanOut {
  #isRunning = false;
  #lastRoundAt = 0;
  /** A round for those alone who had the room open leaves the others as far behind as they were: it makes them wait for no longer. */
  #lastRoundForAllAt = 0;
  /** Since when all are owed news; null when they are not. */
  #allSince: number | null = null;
  /** Who is owed news in the next round in any case. */
  readonly #owed = new Set<string>();
  readonly #options: FanOutOptions;

  constructor(options: FanOutOptions) {
    this.#options = options;
  }

  /** Whether somebody is owed news. */
  get isBehind(): boolean {
    return this.#isRunning || this.#allSince !== null || this.#owed.size > 0;
  }

  oweAll(): void {
    this.#allSince ??= this.#options.now();
  }

  owe(userId: string): void {
    this.#owed.add(userId);
  }

  /** Begins on what is owed. */
  wake(): void {
    if (this.isBehind && !this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      while (this.#allSince !== null || this.#owed.size > 0) await this.#round();
    } finally {
      this.#isRunning = false;
    }
    this.#options.settled();
  }

  async #round(): Promise<void> {
    const { recipients, tell, tellLater, now } = this.#options;
    const intervalMs = recipients().length <= largeRoomMembers ? roundIntervalMs.small : roundIntervalMs.large;
    await pause((this.#allSince === null ? this.#lastRoundAt : this.#lastRoundForAllAt) + intervalMs - now());
    this.#lastRoundAt = now();
    if (this.#allSince !== null) this.#lastRoundForAllAt = now();
    const failed: string[] = [];
    const userIds = this.#take();
    const size = sliceSize(userIds.length);
    const underWay = new Set<Promise<void>>();
    const call = async (userId: string) => {
      try {
        await withTimeout(tell(userId), callTimeoutMs);
      } catch {
        failed.push(userId);
      }
    };
    for (const [index, userId] of userIds.entries()) {
      if (index > 0 && index % size === 0) await pause(slicePauseMs);
      while (underWay.size >= maxInFlight) await Promise.race(underWay);
      const calling: Promise<void> = call(userId).finally(() => underWay.delete(calling));
      underWay.add(calling);
    }
    await Promise.all(underWay);
    for (const userId of failed) tellLater(userId);
  }

  /** Who is told in this round; the others are owed. */
  #take(): string[] {
    const { recipients, isHere, now } = this.#options;
    const told = new Set(this.#owed);
    this.#owed.clear();
    const mayWait = this.#allSince !== null && now() - this.#allSince < readingMs;
    if (this.#allSince !== null) {
      for (const userId of recipients()) {
        if (mayWait && isHere(userId) && !told.has(userId)) this.#owed.add(userId);
        else told.add(userId);
      }
    }
    this.#allSince = null;
    return [...told];
  }
}

async function pause(ms: number): Promise<void> {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}
