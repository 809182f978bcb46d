import { bearerSubprotocolPrefix, closeCodes, subprotocol } from '../../src/protocol/close-codes';
import { pingHiddenMs, pingVisibleMs, pongTimeoutMs } from '../../src/protocol/limits';
import { comebackAfter } from './comeback';
import type { Connection, Platform } from './platform';
import { isSessionOver, type TokenKeeper } from './token-keeper';
import { WireProblem } from './wire-problem';

/** Where a socket is. `stopped` comes back only by `start`; its code says why, null when its owner stopped it. */
export type LinkPhase =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'stopped'; readonly code: number | null };

export interface LiveSocketHooks {
  /** Path and query, asked anew for each attempt so that it can say how far this client has got. */
  path(): string;
  received(text: string): void;
  phaseChanged(phase: LinkPhase): void;
}

/** A first frame that takes longer than this counts as a failed attempt. */
const firstFrameTimeoutMs = 15_000;
/** A socket that slept or changed networks is most likely dead: the user who returns should not wait to learn it. */
const wakePongTimeoutMs = 4_000;
const connectionLost = 1006;

/**
 * A socket that comes back: it reconnects as [SOCK-3] says, pings as [SOCK-5] says,
 * and returns at once when the network or the user does.
 */
export class LiveSocket {
  readonly #platform: Platform;
  readonly #tokens: TokenKeeper;
  readonly #hooks: LiveSocketHooks;
  #connection: Connection | null = null;
  #phase: LinkPhase = { kind: 'stopped', code: null };
  #attempt = 0;
  #askedAt = 0;
  #hasRefreshed = false;
  /** Counts attempts: what an older one still has under way must not touch a newer one. */
  #generation = 0;
  #callOffTimer = () => {};
  #callOffPing = () => {};
  #callOffPong = () => {};
  #endWake = () => {};

  constructor(platform: Platform, tokens: TokenKeeper, hooks: LiveSocketHooks) {
    this.#platform = platform;
    this.#tokens = tokens;
    this.#hooks = hooks;
  }

  /** When the present connection was asked for, local clock: its first frame is younger. */
  get askedAt(): number {
    return this.#askedAt;
  }

  /** Connects, also after a stop. Does nothing while it is on its way or live. */
  start(): void {
    if (this.#phase.kind !== 'stopped') return;
    this.#endWake = this.#platform.onWake(() => this.#wake());
    this.#attempt = 0;
    this.#hasRefreshed = false;
    void this.#connect();
  }

  stop(): void {
    if (this.#phase.kind !== 'stopped') this.#halt(null);
  }

  /** Sends when live; what must arrive is kept by the owner until it is acknowledged. */
  send(text: string): void {
    if (this.#phase.kind === 'live') this.#connection?.send(text);
  }

  /** The owner got its first frame: from here on the connection counts as good. */
  confirm(): void {
    this.#callOffTimer();
    this.#attempt = 0;
    this.#hasRefreshed = false;
    this.#enter({ kind: 'live' });
    this.#schedulePing();
  }

  async #connect(): Promise<void> {
    const generation = this.#drop();
    this.#enter({ kind: 'connecting' });
    let token: string;
    try {
      token = await this.#tokens.current();
    } catch (error) {
      if (generation === this.#generation) this.#onTokenFailure(error);
      return;
    }
    if (generation !== this.#generation) return;
    const url = this.#platform.origin.replace(/^http/, 'ws') + this.#hooks.path();
    this.#askedAt = this.#platform.now();
    this.#connection = this.#platform.connect(url, [subprotocol, bearerSubprotocolPrefix + token], {
      received: (text) => this.#onText(text),
      closed: (code) => void this.#onClosed(code, token),
    });
    this.#callOffTimer = this.#platform.after(firstFrameTimeoutMs, () => void this.#onClosed(connectionLost, token));
  }

  #onText(text: string): void {
    if (text === 'pong') this.#callOffPong();
    else this.#hooks.received(text);
  }

  async #onClosed(code: number, token: string): Promise<void> {
    const generation = this.#drop();
    const comeback = comebackAfter(code, this.#attempt, this.#hasRefreshed, this.#platform.random());
    this.#attempt++;
    switch (comeback.kind) {
      case 'stop':
        return this.#halt(comeback.code);
      case 'after':
        return this.#wait(comeback.ms);
      case 'after_refresh':
        this.#hasRefreshed = true;
        this.#enter({ kind: 'connecting' });
        try {
          await this.#tokens.renew(token);
        } catch (error) {
          if (generation === this.#generation) this.#onTokenFailure(error);
          return;
        }
        if (generation === this.#generation) void this.#connect();
    }
  }

  #onTokenFailure(error: unknown): void {
    if (error instanceof WireProblem && isSessionOver(error)) {
      this.#halt(closeCodes.unauthenticated);
      return;
    }
    const comeback = comebackAfter(connectionLost, this.#attempt, false, this.#platform.random());
    this.#attempt++;
    if (comeback.kind === 'after') this.#wait(comeback.ms);
  }

  #wait(ms: number): void {
    this.#enter({ kind: 'waiting' });
    this.#callOffTimer = this.#platform.after(ms, () => void this.#connect());
  }

  #halt(code: number | null): void {
    this.#drop();
    this.#endWake();
    this.#enter({ kind: 'stopped', code });
  }

  /** Lets go of the present attempt and returns the number of the next. */
  #drop(): number {
    this.#callOffTimer();
    this.#callOffPing();
    this.#callOffPong();
    this.#connection?.close();
    this.#connection = null;
    return ++this.#generation;
  }

  #wake(): void {
    if (this.#phase.kind === 'waiting') void this.#connect();
    else if (this.#phase.kind === 'live') this.#ping(wakePongTimeoutMs);
  }

  #schedulePing(): void {
    this.#callOffPing();
    this.#callOffPing = this.#platform.after(this.#platform.isVisible() ? pingVisibleMs : pingHiddenMs, () => this.#ping());
  }

  #ping(pongWithinMs = pongTimeoutMs): void {
    this.#connection?.send('ping');
    this.#callOffPong();
    this.#callOffPong = this.#platform.after(pongWithinMs, () => {
      this.#attempt = 0;
      void this.#connect();
    });
    this.#schedulePing();
  }

  #enter(phase: LinkPhase): void {
    this.#phase = phase;
    this.#hooks.phaseChanged(phase);
  }
}
