/** An alarm that has not gone off so long after its time is not waited for any more. */
const lostAfterMs = 10_000;

/**
 * The object's one alarm. Knows when it is set for, so that setting it again costs a row only when it moves earlier.
 */
export class ObjectAlarm {
  readonly #storage: Pick<DurableObjectStorage, 'setAlarm' | 'deleteAlarm'>;
  /** Milliseconds since the epoch; null when no alarm is set. */
  #at: number | null;

  constructor(storage: Pick<DurableObjectStorage, 'setAlarm' | 'deleteAlarm'>, at: number | null) {
    this.#storage = storage;
    this.#at = at;
  }

  /** The alarm has gone off: none is set any more. */
  fired(): void {
    this.#at = null;
  }

  /** Whether the alarm should have gone off long ago: the platform has lost it. */
  isLost(now: number): boolean {
    return this.#at !== null && this.#at < now - lostAfterMs;
  }

  /** Wakes the object at `due` and not before; null for never. */
  moveTo(due: number | null): void {
    if (due === this.#at) return;
    this.#at = due;
    if (due === null) void this.#storage.deleteAlarm();
    else void this.#storage.setAlarm(due);
  }

  /** Wakes the object at `due` at the latest. */
  ensure(due: number | null): void {
    if (due === null || (this.#at !== null && this.#at <= due)) return;
    this.#at = due;
    void this.#storage.setAlarm(due);
  }
}
