import { batch, signal } from '@preact/signals';
import type { Me } from '../../src/protocol/models';
import type { SessionAnswer } from '../../src/protocol/rest';
import type { Platform } from '../wire/platform';
import { type MeChange, Rest } from '../wire/rest';
import { isSessionOver, TokenKeeper } from '../wire/token-keeper';
import { WireProblem } from '../wire/wire-problem';
import type { SessionMark } from './session-mark';

export type SessionPhase = 'restoring' | 'unreachable' | 'signed_out' | 'signed_in';

/** How long to wait before asking again when RelayHub did not answer at start. */
const retryMs = 3_000;

/** Who is signed in. The only place that knows; everything else hangs on `me`. */
export class Session {
  readonly phase = signal<SessionPhase>('restoring');
  readonly me = signal<Me | null>(null);
  /** Set when a session ended without the user asking for it. */
  readonly wasEnded = signal(false);
  readonly tokens: TokenKeeper;
  readonly rest: Rest;
  readonly #platform: Platform;
  readonly #mark: SessionMark;
  #callOffRetry = () => {};
  /** Signed in by what this device remembers: nothing has answered yet. */
  #isUnconfirmed = false;
  /** The last question who the user is, while it is open: an answer that was overtaken is not the newest. */
  #question: object | null = null;

  constructor(platform: Platform, mark: SessionMark) {
    this.#platform = platform;
    this.#mark = mark;
    this.tokens = new TokenKeeper(platform, {
      lost: () => this.#end(this.phase.value === 'signed_in'),
      userChanged: () => void this.restore(),
    });
    this.rest = new Rest(platform, this.tokens);
    platform.onWake(() => {
      if (this.phase.value === 'unreachable' || this.#isUnconfirmed) void this.restore();
    });
  }

  /**
   * Signs in by the refresh cookie of an earlier visit, or shows the door. While nothing answers it keeps trying, and whom this
   * device remembers may go on with what is here [SYNC-5].
   */
  async restore(): Promise<void> {
    this.#callOffRetry();
    if (!this.#mark.isSet()) return this.#end(false);
    try {
      this.#begin(await this.rest.me());
    } catch (error) {
      if (error instanceof WireProblem && isSessionOver(error)) return this.#end(false);
      this.#goOnAlone();
      this.#callOffRetry = this.#platform.after(retryMs, () => void this.restore());
    }
  }

  /** @throws WireProblem */
  async signUp(username: string, password: string, displayName: string): Promise<void> {
    this.#adopt(await this.rest.signUp(username, password, displayName));
  }

  /** @throws WireProblem */
  async logIn(username: string, password: string): Promise<void> {
    this.#adopt(await this.rest.logIn(username, password));
  }

  /** @throws WireProblem when the server could not be told: then the session is not over and the user must know. */
  async signOut(): Promise<void> {
    try {
      await this.rest.logOut();
    } catch (error) {
      if (!(error instanceof WireProblem) || !isSessionOver(error)) throw error;
    }
    this.tokens.forget();
    this.#end(false);
  }

  /** @throws WireProblem */
  async change(change: MeChange): Promise<void> {
    this.#learn(await this.rest.changeMe(change));
    // It may have been asked before the change.
    if (this.#question !== null) void this.refresh();
  }

  /**
   * Gives the user another picture; null takes it away.
   * @throws WireProblem
   */
  async changePicture(picture: Blob | null): Promise<void> {
    const avatar_url = picture === null ? null : await this.rest.putAvatar(picture);
    if (picture === null) await this.rest.deleteAvatar();
    const me = this.me.peek();
    if (me !== null) this.#learn({ ...me, avatar_url });
    // What else changed meanwhile came with the same news.
    void this.refresh();
  }

  /** The user's name or settings changed, perhaps on another device. Where nothing answers they stay as they are until the next news. */
  async refresh(): Promise<void> {
    const question = {};
    this.#question = question;
    try {
      const me = await this.rest.me();
      if (this.#question === question) this.#learn(me);
    } catch {
      // A session that is over says so to whoever holds its tokens.
    } finally {
      if (this.#question === question) this.#question = null;
    }
  }

  #learn(me: Me): void {
    if (this.me.peek()?.id !== me.id) return;
    this.me.value = me;
    this.#mark.set(me);
  }

  #goOnAlone(): void {
    if (this.phase.peek() === 'signed_in') return;
    const remembered = this.#mark.me();
    if (remembered === null) {
      this.phase.value = 'unreachable';
      return;
    }
    this.#begin(remembered);
    this.#isUnconfirmed = true;
  }

  #adopt({ user, access_token, expires_in }: SessionAnswer): void {
    this.tokens.adopt(access_token, expires_in);
    this.#begin(user);
  }

  #begin(me: Me): void {
    this.#mark.set(me);
    this.#isUnconfirmed = false;
    batch(() => {
      this.me.value = me;
      this.phase.value = 'signed_in';
      this.wasEnded.value = false;
    });
  }

  #end(wasEnded: boolean): void {
    this.#mark.set(null);
    this.#isUnconfirmed = false;
    batch(() => {
      this.me.value = null;
      this.phase.value = 'signed_out';
      this.wasEnded.value = wasEnded;
    });
  }
}
