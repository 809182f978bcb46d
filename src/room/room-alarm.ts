import { ObjectAlarm } from '../alarm';
import { nextAlarmAt, type Schedule } from './schedule';

/** After a wake-up that nobody knows the reason of, an alarm that should have gone off is waited for so long. */
const rearmMs = 1_000;

export interface RoomAlarmOptions {
  readonly storage: Pick<DurableObjectStorage, 'getAlarm' | 'setAlarm' | 'deleteAlarm'>;
  /** What is still to come, as the rows tell it; null where there is no room any more. */
  readonly schedule: () => Schedule | null;
  readonly now: () => number;
}

/** When the room must be awake next: all that ever sets its one alarm. */
export class RoomAlarm {
  readonly #options: RoomAlarmOptions;
  #alarm: ObjectAlarm;
  /** What the alarm was to do has failed: what is overdue waits until then. */
  #pausedUntil = 0;
  #rearming: ReturnType<typeof setTimeout> | null = null;

  constructor(options: RoomAlarmOptions) {
    this.#options = options;
    this.#alarm = new ObjectAlarm(options.storage, null);
  }

  /** After a wake-up: learns what the alarm is set for. Resolves with what sets it anew, since a crash may have swallowed it. */
  async wake(): Promise<() => void> {
    const { storage, now } = this.#options;
    const at = await storage.getAlarm();
    const isToCome = at !== null && at > now();
    this.#alarm = new ObjectAlarm(storage, isToCome ? at : null);
    if (isToCome) return () => this.rearm();
    // It may be the alarm that wakes the object, and sets the next itself. But one that is past due may never go off.
    return () => {
      this.#rearming = setTimeout(() => this.rearm(), rearmMs);
    };
  }

  /** It has gone off: none is set any more, and whoever hears of it sets the next. */
  fired(): void {
    this.#alarm.fired();
    this.#keepFromRearming();
  }

  /** The room must be awake at `due`; null for nothing new. */
  ensure(due: number | null): void {
    this.#alarm.ensure(due);
  }

  /** What is overdue waits until then, since it has just failed; 0 for not at all. */
  pauseUntil(time: number): void {
    this.#pausedUntil = time;
  }

  /** Sets the alarm by what is still to come. */
  rearm(): void {
    this.#keepFromRearming();
    const schedule = this.#options.schedule();
    if (schedule !== null) this.#alarm.moveTo(nextAlarmAt(schedule, this.#options.now(), this.#pausedUntil));
  }

  /** Sets it anew where the platform has lost it. */
  replaceLost(): void {
    if (!this.#alarm.isLost(this.#options.now())) return;
    this.#alarm.fired();
    this.rearm();
  }

  #keepFromRearming(): void {
    if (this.#rearming !== null) clearTimeout(this.#rearming);
  }
}
