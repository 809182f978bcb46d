export interface CommitLoopOptions<Work> {
  /** One synchronous turn: decides, writes in one transaction and sends; must not throw. */
  readonly commit: (batch: Work[]) => void;
  /** Resolves when what was written is on disk. */
  readonly written: () => Promise<void>;
  /** Resolves when the events that have arrived are heard. */
  readonly heard: () => Promise<void>;
}

/**
 * The adaptive batch: work that comes to a quiet room is committed at once; what comes while a commit is on its way
 * to the disk is gathered and becomes the next one. So a busy room makes one transaction and one frame per socket of
 * many events, and a quiet one waits for nobody. No tick: one that waited 10 ms cost 8 ms of latency and gained nothing.
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
    const { commit, written, heard } = this.#options;
    this.#isRunning = true;
    try {
      // Who answers a commit of many answers as many: the first of them alone would cost a commit of its own.
      if (this.#isBusy) await heard();
      while (this.#waiting.length > 0) {
        const batch = this.#waiting;
        this.#waiting = [];
        this.#isBusy = batch.length > 1;
        commit(batch);
        await written();
        // Where nothing came meanwhile, who sends one message after another need not wait for a crowd.
        if (this.#isBusy || this.#waiting.length > 0) await heard();
      }
    } finally {
      this.#isRunning = false;
    }
  }
}
