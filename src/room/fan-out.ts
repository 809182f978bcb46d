import { forEachLimited, withTimeout } from '../limited';

/** Inbox calls under way at once. */
const maxInFlight = 32;
const callTimeoutMs = 10_000;
/** Between two rounds at least this long, so that a burst tells each inbox its newest state and not each message [INBOX-3]. */
const roundIntervalMs = 300;

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
  readonly #options: FanOutOptions;

  constructor(options: FanOutOptions) {
    this.#options = options;
  }

  wake(): void {
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      while (this.#isBehind()) await this.#round();
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
    const waitMs = this.#lastRoundAt + roundIntervalMs - now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    this.#lastRoundAt = now();
    const { rev } = position();
    const failed: string[] = [];
    await forEachLimited(recipients(), maxInFlight, async (userId) => {
      try {
        await withTimeout(tell(userId), callTimeoutMs);
      } catch {
        failed.push(userId);
      }
    });
    for (const userId of failed) tellLater(userId);
    reached(rev);
  }
}
