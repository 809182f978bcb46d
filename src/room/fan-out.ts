import { forEachLimited, withTimeout } from '../limited';
import { largeRoomMembers } from '../protocol/limits';

/** Inbox calls under way at once. */
const maxInFlight = 32;
const callTimeoutMs = 10_000;
/**
 * Between two rounds at least this long, so that a burst tells each inbox its newest state and not each message
 * [INBOX-3]. A round of a large room costs more than the messages it is about.
 */
const roundIntervalMs = { small: 700, large: 4_000 };
/** After each slice the room's own sockets and timers get their turn: calls without a pause starved them 16-fold. */
const slicePauseMs = 20;

export interface FanOutOptions {
  /** Rev of the last commit, and the one every inbox knows. */
  readonly position: () => { rev: number; fannedRev: number };
  readonly recipients: () => string[];
  /** Tells one inbox the present state. */
  readonly tell: (userId: string) => Promise<void>;
  /** Keeps a job for an inbox that could not be reached. */
  readonly tellLater: (userId: string) => void;
  readonly reached: (rev: number) => void;
  readonly now: () => number;
}

/**
 * Brings the members' inboxes up to the room's last commit, away from the path of a message. What is to do is the
 * distance between two revs in committed rows: after a crash the alarm starts it again from there.
 */
export class FanOut {
  #isRunning = false;
  #lastRoundAt = 0;
  readonly #also = new Set<string>();
  readonly #options: FanOutOptions;

  constructor(options: FanOutOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  wake(): void {
    if (!this.#isRunning) void this.#run();
  }

  /** Tells these members' inboxes too, though no commit asks for it: their own reading changed what they count. */
  tellAlso(userIds: readonly string[]): void {
    this.owe(userIds);
    if (userIds.length > 0) this.wake();
  }

  /** The same with the next round, whatever it is for: what woke the room is mostly about to ask for one. */
  owe(userIds: readonly string[]): void {
    for (const userId of userIds) this.#also.add(userId);
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      while (this.#isBehind() || this.#also.size > 0) await this.#round();
    } finally {
      this.#isRunning = false;
    }
  }

  #isBehind(): boolean {
    const { rev, fannedRev } = this.#options.position();
    return rev > fannedRev;
  }

  async #round(): Promise<void> {
    const { position, recipients, tell, tellLater, reached, now } = this.#options;
    const intervalMs = recipients().length <= largeRoomMembers ? roundIntervalMs.small : roundIntervalMs.large;
    await pause(this.#lastRoundAt + intervalMs - now());
    this.#lastRoundAt = now();
    const { rev } = position();
    const failed: string[] = [];
    const userIds = this.#isBehind() ? recipients() : [...this.#also];
    this.#also.clear();
    for (let start = 0; start < userIds.length; start += maxInFlight) {
      if (start > 0) await pause(slicePauseMs);
      await forEachLimited(userIds.slice(start, start + maxInFlight), maxInFlight, async (userId) => {
        try {
          await withTimeout(tell(userId), callTimeoutMs);
        } catch {
          failed.push(userId);
        }
      });
    }
    for (const userId of failed) tellLater(userId);
    if (rev > position().fannedRev) reached(rev);
  }
}

async function pause(ms: number): Promise<void> {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}
