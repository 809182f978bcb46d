import * as v from 'valibot';
import { refreshAnswer } from '../../src/protocol/rest';
import { callApi, parseJson } from './http';
import type { Platform } from './platform';
import { WireProblem } from './wire-problem';

/** A token this close to its end is renewed before it is used. */
const renewBeforeMs = 30_000;

export interface TokenHooks {
  /** The session is over: the refresh cookie is missing, spent or revoked. */
  lost(): void;
  /** Another account signed in from another tab: its cookie replaced this one's. */
  userChanged(): void;
}

interface Held {
  readonly token: string;
  readonly userId: string | null;
  readonly renewAt: number;
}

/**
 * Keeps the access token, in memory only, and renews it by the refresh cookie [AUTH-2] [AUTH-3]:
 * one renewal at a time in this tab, and one at a time among tabs.
 */
export class TokenKeeper {
  readonly #platform: Platform;
  readonly #hooks: TokenHooks;
  #held: Held | null = null;
  #renewal: Promise<string> | null = null;
  /** Counts sign-ins and sign-outs: a renewal that began before one must not undo it. */
  #era = 0;

  constructor(platform: Platform, hooks: TokenHooks) {
    this.#platform = platform;
    this.#hooks = hooks;
  }

  /** Takes the token of a sign-up or login. */
  adopt(token: string, expiresInSeconds: number): void {
    this.#era++;
    this.#renewal = null;
    this.#hold(token, expiresInSeconds);
  }

  forget(): void {
    this.#era++;
    this.#renewal = null;
    this.#held = null;
  }

  /**
   * A token with some life left.
   * @throws WireProblem: a 401 code when nobody is signed in, `offline` or `unavailable` when trying later may help.
   */
  async current(): Promise<string> {
    const held = this.#held;
    return held !== null && this.#platform.now() < held.renewAt ? held.token : this.renew(held?.token);
  }

  /** A token other than `spent`, which the server refused. Throws as `current` does. */
  renew(spent?: string): Promise<string> {
    if (this.#held !== null && this.#held.token !== spent && this.#platform.now() < this.#held.renewAt) {
      return Promise.resolve(this.#held.token);
    }
    if (this.#renewal === null) {
      const renewal = this.#refresh(this.#era).finally(() => {
        if (this.#renewal === renewal) this.#renewal = null;
      });
      this.#renewal = renewal;
    }
    return this.#renewal;
  }

  async #refresh(era: number): Promise<string> {
    try {
      const answer = await this.#platform.exclusively('relayhub-token', () =>
        callApi(this.#platform, { method: 'POST', path: '/api/token/refresh', answer: refreshAnswer, body: {} }),
      );
      if (era !== this.#era) throw new WireProblem('session_ended', 'Signed out meanwhile');
      const userBefore = this.#held?.userId ?? null;
      const held = this.#hold(answer.access_token, answer.expires_in);
      if (userBefore !== null && held.userId !== userBefore) this.#hooks.userChanged();
      return held.token;
    } catch (error) {
      if (era === this.#era && error instanceof WireProblem && isSessionOver(error)) {
        this.forget();
        this.#hooks.lost();
      }
      throw error;
    }
  }

  #hold(token: string, expiresInSeconds: number): Held {
    const held = { token, userId: subjectOf(token), renewAt: this.#platform.now() + expiresInSeconds * 1000 - renewBeforeMs };
    this.#held = held;
    return held;
  }
}

/** Whether a refused call means that signing in again is the only way on. */
export function isSessionOver({ code }: WireProblem): boolean {
  return code === 'unauthenticated' || code === 'token_expired' || code === 'session_ended' || code === 'banned';
}

const claims = v.object({ sub: v.string() });

/** Whose token it is, read without verifying: only the server's judgement counts, this merely notices a change. */
function subjectOf(token: string): string | null {
  const [, payload = ''] = token.split('.');
  try {
    const parsed = v.safeParse(claims, parseJson(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))));
    return parsed.success ? parsed.output.sub : null;
  } catch {
    return null;
  }
}
