/**
 * The adaptive batch: work that comes to a quiet room is committed at once; what comes while a commit is on its way
 * to the disk is gathered and becomes the next one. So a busy room makes one transaction and one frame per socket of
 * many events, and a quiet one waits for nobody. No tick: one that waited 10 ms cost 8 ms of latency and gained nothing.
 */
export class CommitLoop<Work> {
  #waiting: Work[] = [];
  #isRunning = false;
  readonly #commit: (batch: Work[]) => void;
  readonly #settled: () => Promise<void>;

  /**
   * @param commit one synchronous turn: decides, writes in one transaction and sends; must not throw
   * @param settled resolves when what was written is on disk and events that arrived meanwhile have been heard
   */
  constructor(commit: (batch: Work[]) => void, settled: () => Promise<void>) {
    this.#commit = commit;
    this.#settled = settled;
  }

  submit(work: Work): void {
    this.#waiting.push(work);
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting;
        this.#waiting = [];
        this.#commit(batch);
        await this.#settled();
      }
    } finally {
      this.#isRunning = false;
    }
  }
}
