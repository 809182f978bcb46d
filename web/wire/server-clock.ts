/** The server's clock as this machine can know it: its own, shifted by what the last first frame said. */
export class ServerClock {
  readonly #localNow: () => number;
  #offsetMs = 0;

  constructor(localNow: () => number) {
    this.#localNow = localNow;
  }

  /** Takes `server_time` of a `welcome` or `inbox` frame. */
  observe(serverTime: number): void {
    this.#offsetMs = serverTime - this.#localNow();
  }

  /** Takes a moment that has passed on the server: frames travel, so what it said of itself is always a little old. */
  hasReached(serverTime: number): void {
    if (this.now() < serverTime) this.observe(serverTime);
  }

  /** Milliseconds since the epoch, server clock. */
  now(): number {
    return this.#localNow() + this.#offsetMs;
  }
}
