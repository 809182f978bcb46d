import { computeBackoffMs } from './backoff';
import { withTimeout } from './limited';

/** Rows looked at together: a long queue is not read anew for each of its jobs. */
const batchSize = 64;
/** A call that takes longer has failed: its job is tried again. */
const callTimeoutMs = 10_000;

/** Names a job: there is one of a kind and key at most. */
export interface JobName<Kind extends string = string> {
  readonly kind: Kind;
  /** What it is about; what is to be done is read from the rows when it is done, so that it is the newest. */
  readonly key: string;
}

/** Work outside an object that one of its transactions made necessary. */
export interface Job<Kind extends string = string> extends JobName<Kind> {
  /** How often it failed. */
  readonly tries: number;
  /** Counts the reasons given: finishing the work for one must not take away a newer one. */
  readonly generation: number;
}

export interface OutboxOptions<Kind extends string> {
  readonly store: {
    /** Jobs that are due, the longest due first. */
    dueJobs(now: number, limit: number): Job<Kind>[];
    /** Unless it was asked for anew. */
    deleteJob(job: Job<Kind>): void;
    delayJob(job: Job<Kind>, due: number): void;
  };
  /** Jobs under way at once. */
  readonly lanes: number;
  /** Does the work; at least once, so it must be idempotent where it arrives. */
  readonly perform: (job: Job<Kind>) => Promise<void>;
  /** A job's work is done; its row goes right after. A crash in between does both again. */
  readonly done: (job: Job<Kind>) => void;
  /** Called when nothing is due any more: time to set the alarm for what was delayed. */
  readonly drained: () => void;
  readonly now: () => number;
  readonly random: () => number;
}

/** Works off an object's jobs beside everything else: each retried until it is done, none held up by another that hangs. */
export class Outbox<Kind extends string> {
  /** Due and not begun; read anew once it is used up. */
  #queue: Job<Kind>[] = [];
  readonly #underWay = new Set<string>();
  /** Who waits, and for how many tries of which jobs. */
  readonly #waiting = new Set<{ readonly tries: Map<string, number>; readonly resolve: () => void }>();
  readonly #options: OutboxOptions<Kind>;

  constructor(options: OutboxOptions<Kind>) {
    this.#options = options;
  }

  /** Whether jobs are under way. */
  get isDraining(): boolean {
    return this.#underWay.size > 0;
  }

  /** Starts on what is due, as much of it as may be under way at once; the rest follows. */
  drain(): void {
    while (this.#underWay.size < this.#options.lanes) {
      const job = this.#next();
      if (job === null) break;
      this.#underWay.add(nameOf(job));
      void this.#run(job);
    }
    if (!this.isDraining) this.#options.drained();
  }

  /** Resolves when each of these jobs has been tried once from now on, whatever came of it. */
  attempted(jobs: readonly JobName<Kind>[]): Promise<void> {
    if (jobs.length === 0) return Promise.resolve();
    // A try that is under way may know nothing of what was committed since.
    const tries = new Map(jobs.map(nameOf).map((name) => [name, this.#underWay.has(name) ? 2 : 1]));
    return new Promise((resolve) => this.#waiting.add({ tries, resolve }));
  }

  #next(): Job<Kind> | null {
    if (this.#queue.length === 0) {
      const { store, now } = this.#options;
      // Those under way are due until they are done.
      this.#queue = store.dueJobs(now(), batchSize).filter((job) => !this.#underWay.has(nameOf(job)));
    }
    return this.#queue.shift() ?? null;
  }

  async #run(job: Job<Kind>): Promise<void> {
    try {
      await this.#attempt(job);
    } finally {
      this.#underWay.delete(nameOf(job));
    }
    this.#tell(nameOf(job));
    this.drain();
  }

  #tell(name: string): void {
    for (const waiter of this.#waiting) {
      const left = (waiter.tries.get(name) ?? 0) - 1;
      if (left > 0) waiter.tries.set(name, left);
      else waiter.tries.delete(name);
      if (waiter.tries.size > 0) continue;
      this.#waiting.delete(waiter);
      waiter.resolve();
    }
  }

  async #attempt(job: Job<Kind>): Promise<void> {
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

function nameOf({ kind, key }: JobName): string {
  return `${kind} ${key}`;
}
