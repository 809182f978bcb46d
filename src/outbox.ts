import { computeBackoffMs } from './backoff';
import type { Job, JobName, JobStore } from './job-store';
import { withTimeout } from './limited';

/** Rows looked at together: a long queue is not read anew for each of its jobs. */
const batchSize = 64;
/** A call that takes longer has failed: its job is tried again. */
const callTimeoutMs = 10_000;
/** With so many failures in a row, and no success between, the place that the jobs call is taken to be down. */
const failuresOfOutage = 4;
/** So long it is left alone. Short enough that a job which comes meanwhile is still done within the 60 s of [EXP-5]. */
const outagePauseMs = 15_000;
/** Failures, some 20 minutes of them, after which a job is parked: it is counted, and tried again only now and then. */
export const maxTries = 12;
/** A parked job is tried again after at most this long, for ever: nothing is ever given up. */
const parkedRetryMs = 60 * 60 * 1000;
/** Parked jobs that a success brings back for one more try: few, in case it was never an outage. */
const releasedAtOnce = 8;

/** A job's place asks not to be called again before `retryAfterMs` are over. */
export class TryLater extends Error {
  override readonly name = 'TryLater';
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super('Try later');
    this.retryAfterMs = retryAfterMs;
  }
}

/** How the jobs of one kind are worked off. */
export interface LaneRule {
  /** Jobs under way at once. */
  readonly atOnce: number;
  /** Whether all of them call the same place: then the failures of some tell of the others. */
  readonly isOnePlace: boolean;
}

export interface OutboxOptions<Kind extends string> {
  readonly jobs: Pick<JobStore<Kind>, 'due' | 'dues' | 'delete' | 'delay' | 'release'>;
  readonly lanes: Readonly<Record<Kind, LaneRule>>;
  /** Does the work; at least once, so it must be idempotent where it arrives. */
  readonly perform: (job: Job<Kind>) => Promise<void>;
  /** A job's work is done; its row goes right after. A crash in between does both again. */
  readonly done: (job: Job<Kind>) => void;
  /** Called when a lane has come to rest: time to set the alarm for what was delayed. */
  readonly drained: () => void;
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

/** What is going on with the jobs of one kind. */
class Lane<Kind extends string> {
  readonly kind: Kind;
  readonly rule: LaneRule;
  /** Due and not begun; read anew once it is used up. */
  queue: Job<Kind>[] = [];
  /** Keys. */
  readonly underWay = new Set<string>();
  failuresInARow = 0;
  pausedUntil = 0;
  /** Whether a success has anything to bring back; unknown after a wake-up. */
  mayHaveParked = true;

  constructor(kind: Kind, rule: LaneRule) {
    this.kind = kind;
    this.rule = rule;
  }
}

/**
 * Works off an object's jobs beside everything else: each retried until it is done, and counted as parked once that takes long.
 * Each kind has a lane of its own, so that where one of the places that they call is down, or hangs, the other kinds go on.
 */
export class Outbox<Kind extends string> {
  readonly #lanes = new Map<Kind, Lane<Kind>>();
  /** Who waits, and for how many tries of which jobs. */
  readonly #waiting = new Set<{ readonly tries: Map<string, number>; readonly resolve: () => void }>();
  readonly #options: OutboxOptions<Kind>;

  constructor(options: OutboxOptions<Kind>) {
    this.#options = options;
    for (const kind in options.lanes) this.#lanes.set(kind, new Lane(kind, options.lanes[kind]));
  }

  /** Whether jobs are under way. */
  get isDraining(): boolean {
    return [...this.#lanes.values()].some((lane) => lane.underWay.size > 0);
  }

  /** Starts on what is due, as much of it as may be under way at once; the rest follows. */
  drain(): void {
    for (const lane of this.#lanes.values()) this.#fill(lane);
  }

  /** Resolves when each of these jobs has been tried once from now on, whatever came of it. */
  attempted(jobs: readonly JobName<Kind>[]): Promise<void> {
    if (jobs.length === 0) return Promise.resolve();
    // A try that is under way may know nothing of what was committed since.
    const tries = new Map(jobs.map((job) => [nameOf(job), this.#lanes.get(job.kind)?.underWay.has(job.key) ? 2 : 1]));
    return new Promise((resolve) => this.#waiting.add({ tries, resolve }));
  }

  /**
   * When the object must be awake for its jobs; null for never. What is due but under way needs nobody to be woken:
   * should the object die over it, it is taken up again after `watchdogMs`.
   */
  nextDue(watchdogMs: number): number | null {
    const now = this.#options.now();
    const next = [...this.#options.jobs.dues()].map(([kind, due]) => {
      const lane = this.#lanes.get(kind);
      return lane !== undefined && lane.underWay.size > 0 ? now + watchdogMs : Math.max(due, lane?.pausedUntil ?? 0, now + 1);
    });
    return next.length === 0 ? null : Math.min(...next);
  }

  #fill(lane: Lane<Kind>): void {
    while (lane.underWay.size < lane.rule.atOnce) {
      const job = this.#next(lane);
      if (job === null) return;
      lane.underWay.add(job.key);
      void this.#run(lane, job);
    }
  }

  #next(lane: Lane<Kind>): Job<Kind> | null {
    const now = this.#options.now();
    if (lane.pausedUntil > now) return null;
    if (lane.queue.length === 0) {
      const { jobs } = this.#options;
      if ((jobs.dues().get(lane.kind) ?? Number.POSITIVE_INFINITY) > now) return null;
      // Those under way are due until they are done.
      lane.queue = jobs.due(lane.kind, now, batchSize).filter(({ key }) => !lane.underWay.has(key));
    }
    return lane.queue.shift() ?? null;
  }

  async #run(lane: Lane<Kind>, job: Job<Kind>): Promise<void> {
    try {
      await this.#attempt(lane, job);
    } finally {
      lane.underWay.delete(job.key);
    }
    this.#tell(nameOf(job));
    this.#fill(lane);
    if (lane.underWay.size === 0) this.#options.drained();
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

  async #attempt(lane: Lane<Kind>, job: Job<Kind>): Promise<void> {
    const { jobs, perform, done } = this.#options;
    try {
      await withTimeout(perform(job), callTimeoutMs);
      done(job);
      jobs.delete(job);
    } catch (error) {
      return this.#failed(lane, job, error);
    }
    this.#succeeded(lane);
  }

  #succeeded(lane: Lane<Kind>): void {
    const { jobs, now } = this.#options;
    lane.failuresInARow = 0;
    lane.pausedUntil = 0;
    if (lane.mayHaveParked) lane.mayHaveParked = jobs.release(lane.kind, maxTries, now(), releasedAtOnce) > 0;
  }

  #failed(lane: Lane<Kind>, job: Job<Kind>, error: unknown): void {
    const { jobs, now, random } = this.#options;
    const tries = job.tries + 1;
    const isParked = tries >= maxTries;
    const waitMs = isParked ? Math.round(parkedRetryMs * (0.5 + random() / 2)) : computeBackoffMs(job.tries, random());
    const askedMs = error instanceof TryLater ? error.retryAfterMs : 0;
    jobs.delay(job, now() + Math.max(waitMs, askedMs));
    const what = `outbox: ${job.kind} failed (${error instanceof Error ? error.name : 'unknown'})`;
    if (!isParked) console.warn(`${what}, try ${tries}`);
    // Said once; afterwards the count tells.
    if (tries === maxTries) console.error(`${what} ${tries} times and is parked`);
    if (isParked) lane.mayHaveParked = true;
    lane.failuresInARow += 1;
    if (!lane.rule.isOnePlace || lane.failuresInARow < failuresOfOutage) return;
    lane.pausedUntil = now() + outagePauseMs;
    lane.queue = [];
  }
}

function nameOf({ kind, key }: JobName): string {
  return `${kind} ${key}`;
}
