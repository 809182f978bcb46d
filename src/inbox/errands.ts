import { ObjectAlarm } from '../alarm';
import type { Job, JobName } from '../job-store';
import { withTimeout } from '../limited';
import { type LaneRule, Outbox, type OutboxOptions } from '../outbox';
import type { ErrandKind, InboxStore } from './store';

/** Every room is an object of its own. A slice of a walk is many rooms already. */
const lanes: Readonly<Record<ErrandKind, LaneRule>> = {
  end_session: { atOnce: 8, isOnePlace: false },
  learn_profile: { atOnce: 1, isOnePlace: true },
  spread_profile: { atOnce: 1, isOnePlace: false },
  tell_profile: { atOnce: 8, isOnePlace: false },
  tell_block: { atOnce: 8, isOnePlace: false },
  tell_delivered: { atOnce: 8, isOnePlace: false },
  learn_presence: { atOnce: 1, isOnePlace: true },
  forget_last_seen: { atOnce: 1, isOnePlace: false },
  erase_avatar: { atOnce: 1, isOnePlace: true },
  end_mute: { atOnce: 8, isOnePlace: false },
  decide_push: { atOnce: 8, isOnePlace: false },
  send_push: { atOnce: 8, isOnePlace: false },
  project_block: { atOnce: 1, isOnePlace: true },
};
/** Longer than any call may take: what a crash cut short is taken up again after this. */
const watchdogMs = 30_000;
/** What a caller waits for its errands, not to be held by one that hangs. */
const patienceMs = 1_000;

export interface ErrandsOptions {
  readonly store: Pick<InboxStore, 'transaction'> & {
    readonly jobs: OutboxOptions<ErrandKind>['jobs'] & Pick<InboxStore['jobs'], 'put' | 'putOnce'>;
  };
  /** At least once, so it must be idempotent where it arrives. */
  readonly perform: (errand: Job<ErrandKind>) => Promise<void>;
  readonly alarm: Pick<DurableObjectStorage, 'setAlarm' | 'deleteAlarm'>;
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

/**
 * What a change of the inbox makes necessary elsewhere: in rooms, in the directory. Committed with the change, tried at once,
 * and again until it is done, whatever fails or crashes meanwhile. Owns the inbox' alarm.
 */
export class Errands {
  readonly #options: ErrandsOptions;
  readonly #outbox: Outbox<ErrandKind>;
  #alarm: ObjectAlarm;

  constructor(options: ErrandsOptions) {
    const { store, perform, now, random } = options;
    this.#options = options;
    this.#alarm = new ObjectAlarm(options.alarm, null);
    this.#outbox = new Outbox({
      jobs: store.jobs,
      lanes,
      perform,
      done: () => {},
      drained: () => this.#goOn(),
      now,
      random,
    });
  }

  /**
   * Commits a change together with the errands that it returns. Resolves when each of them has been tried once, or after a
   * second: then the rest follows.
   */
  async commit(change: () => readonly JobName<ErrandKind>[]): Promise<void> {
    const { store, now } = this.#options;
    const errands = store.transaction(() => {
      const necessary = change();
      for (const errand of necessary) store.jobs.put(errand, now());
      return necessary;
    });
    if (errands.length === 0) return;
    const attempted = this.#outbox.attempted(errands);
    // Before anything is awaited, so in one commit with the rows: a crash from here on leaves the alarm.
    this.#ensure(now() + watchdogMs);
    this.#outbox.drain();
    await withTimeout(attempted, patienceMs).catch(() => undefined);
  }

  /** Commits an errand that is done at `due`, milliseconds since the epoch, unless it is asked for sooner. */
  schedule(errand: JobName<ErrandKind>, due: number): void {
    this.#options.store.jobs.put(errand, due);
    this.#ensure(due);
  }

  /** Commits an errand that is done at `due`; one that waits already is done when it would have been. */
  scheduleOnce(errand: JobName<ErrandKind>, due: number): void {
    this.#options.store.jobs.putOnce(errand, due);
    this.#ensure(due);
  }

  /** The alarm has gone off. What takes network time runs beside it: awaited here it would delay every later alarm. */
  alarm(): void {
    this.#alarm.fired();
    this.#outbox.drain();
    this.#arm();
  }

  /** After a wake-up: an alarm that is missing or past due may never fire, so it is set anew. `alarmAt` is when it is set for. */
  resume(alarmAt: number | null): void {
    const { alarm, now } = this.#options;
    this.#alarm = new ObjectAlarm(alarm, alarmAt !== null && alarmAt > now() ? alarmAt : null);
    this.#alarm.ensure(this.#outbox.nextDue(watchdogMs));
  }

  /** Wakes the inbox at `due` at the latest. What an alarm was for that the platform has lost is done now. */
  #ensure(due: number): void {
    const isLost = this.#alarm.isLost(this.#options.now());
    if (isLost) this.#alarm.fired();
    this.#alarm.ensure(due);
    if (isLost) this.#goOn();
  }

  /** An errand may have left others of another kind. */
  #goOn(): void {
    this.#outbox.drain();
    this.#arm();
  }

  #arm(): void {
    this.#alarm.moveTo(this.#outbox.nextDue(watchdogMs));
  }
}
