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

  /** Milliseconds since the epoch, server clock. */
  now(): number {
    return this.#localNow() + this.#offsetMs;
  }
}
