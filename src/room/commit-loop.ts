export interface CommitLoopOptions<Work> {
  /** One synchronous turn: decides, writes in one transaction and sends; must not throw. */
  readonly commit: (batch: Work[]) => void;
  /** Resolves when what was written is on disk. */
  readonly written: () => Promise<void>;
  /** Resolves when the events that have arrived are heard. */
  readonly heard: () => Promise<void>;
  /** Whether frames of the last commit still leave: what is sent now would wait behind them. */
  readonly isSending: () => boolean;
}

/** A busy room listens for no longer than so many turns of the event loop, whatever is still on its way: one reader may have stalled just now. */
const mostTurns = 40;

/**
 * The adaptive batch: work that comes to a quiet room is committed at once; what comes while a commit is on its way
 * to the disk is gathered and becomes the next one. So a busy room makes one transaction and one frame per socket of
 * many events, and a quiet one waits for nobody. No tick: one that waited 10 ms cost 8 ms of latency and gained nothing.
 * What a busy room waits for is known: as long as each turn brings more, or the last frames have not left, nothing would arrive sooner by
 * being committed now.
 */
export class CommitLoop<Work> {
  #waiting: Work[] = [];
  #isRunning = false;
  /** The last commit was of several. */
  #isBusy = false;
  readonly #options: CommitLoopOptions<Work>;

  constructor(options: CommitLoopOptions<Work>) {
    this.#options = options;
  }

  submit(work: Work): void {
    this.#waiting.push(work);
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    const { commit, written } = this.#options;
    this.#isRunning = true;
    try {
      // Who answers a commit of many answers as many: the first of them alone would cost a commit of its own.
      if (this.#isBusy) await this.#hearAll();
      while (this.#waiting.length > 0) {
        const batch = this.#waiting;
        this.#waiting = [];
        this.#isBusy = batch.length > 1;
        commit(batch);
        await written();
        // Where nothing came meanwhile, who sends one message after another need not wait for a crowd.
        if (this.#isBusy || this.#waiting.length > 0) await this.#hearAll();
      }
    } finally {
      this.#isRunning = false;
    }
  }

  /** Resolves when a turn of the event loop has brought nothing more, and what was sent before is out. */
  async #hearAll(): Promise<void> {
    const { heard, isSending } = this.#options;
    for (let turns = 0; turns < mostTurns; turns++) {
      const before = this.#waiting.length;
      await heard();
      if (this.#waiting.length === before && !isSending()) return;
    }
  }
}
