import { computeBackoffMs } from '../backoff';
import { forEachLimited, withTimeout } from '../limited';
import type { Job, RoomStore } from './store';

const maxInFlight = 4;
const batchSize = 64;
/** A call that takes longer has failed: its job is tried again. */
const callTimeoutMs = 10_000;

export interface OutboxOptions {
  readonly store: Pick<RoomStore, 'dueJobs' | 'deleteJob' | 'delayJob'>;
  /** Does the work; at least once, so it must be idempotent where it arrives. */
  readonly perform: (job: Job) => Promise<void>;
  /** A job's work is done; its row goes right after. A crash in between does both again. */
  readonly done: (job: Job) => void;
  /** Called when nothing is due any more: time to set the alarm for what was delayed. */
  readonly drained: () => void;
  readonly now: () => number;
  readonly random: () => number;
}

/** Works off the room's jobs beside everything else: at most four at once, each retried until it is done. */
export class Outbox {
  #isDraining = false;
  readonly #options: OutboxOptions;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Whether jobs are under way. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Starts on what is due, unless it is at it already. */
  drain(): void {
    if (!this.#isDraining) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isDraining = true;
    const { store, now, drained } = this.#options;
    try {
      for (let jobs = store.dueJobs(now(), batchSize); jobs.length > 0; jobs = store.dueJobs(now(), batchSize)) {
        await forEachLimited(jobs, maxInFlight, (job) => this.#attempt(job));
      }
    } finally {
      this.#isDraining = false;
    }
    drained();
  }

  async #attempt(job: Job): Promise<void> {
    const { store, perform, done, now, random } = this.#options;
    try {
      await withTimeout(perform(job), callTimeoutMs);
      done(job);
      store.deleteJob(job);
    } catch (error) {
      console.warn(`outbox: ${job.kind} failed (${error instanceof Error ? error.name : 'unknown'}), try ${job.tries + 1}`);
      store.delayJob(job, now() + computeBackoffMs(job.tries, random()));
    }
  }
}
