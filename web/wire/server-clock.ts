/** The server's clock as this machine can know it: its own, shifted no further than what the server has said makes necessary. */
export class ServerClock {
  readonly #localNow: () => number;
  #offsetMs = 0;

  constructor(localNow: () => number) {
    this.#localNow = localNow;
  }

  /**
   * Takes `server_time` of a `welcome` or `inbox` frame. It was so at some moment since the frame was asked for, and perhaps long
   * ago: on a bad network a clock that took it for the present would show what has ended for seconds more.
   * @param askedAt local clock
   */
  observe(serverTime: number, askedAt: number): void {
    const least = serverTime - this.#localNow();
    const most = Math.max(least, serverTime - askedAt);
    this.#offsetMs = Math.min(most, Math.max(least, this.#offsetMs));
  }

  /** Takes a moment that has passed on the server: frames travel, so what it said of itself is always a little old. */
  hasReached(serverTime: number): void {
    this.#offsetMs = Math.max(this.#offsetMs, serverTime - this.#localNow());
  }

  /** Milliseconds since the epoch, server clock. */
  now(): number {
    return this.#localNow() + this.#offsetMs;
  }
}
