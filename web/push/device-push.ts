import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { Rest } from '../wire/rest';
import type { BrowserPush, Subscribed } from './browser-push';
import type { PushMemory } from './push-memory';

/**
 * Whether this device is told by push: `unknown` until it was looked at, `unavailable` where the deployment tells nobody,
 * `unsupported` where the browser does not, `denied` where the user has told the browser so.
 */
export type PushState = 'unknown' | 'unavailable' | 'unsupported' | 'denied' | 'off' | 'on';

/**
 * One after the other, whoever is signed in: what somebody who has signed out began must be undone before the next one's begins, or
 * it would be the next one's subscription that is undone.
 */
let lastStep: Promise<unknown> = Promise.resolve();

/** [INBOX-5] Whether this device is told of messages while no page is open, and what its user has said about it. */
export class DevicePush {
  readonly #rest: Pick<Rest, 'vapidKey' | 'subscribePush' | 'unsubscribePush'>;
  readonly #browser: BrowserPush;
  readonly #memory: PushMemory;
  readonly #state = signal<PushState>('unknown');
  readonly #isUnanswered = signal(false);
  #key: string | null = null;
  #isOver = false;
  readonly state: ReadonlySignal<PushState> = this.#state;
  /** Whether the user was never asked on this device. */
  readonly isUnanswered: ReadonlySignal<boolean> = this.#isUnanswered;
  /** Whether they may be, as far as is known. */
  readonly mayOffer = computed(() => this.#state.value === 'off' && this.#isUnanswered.value);

  constructor(rest: Pick<Rest, 'vapidKey' | 'subscribePush' | 'unsubscribePush'>, browser: BrowserPush, memory: PushMemory) {
    this.#rest = rest;
    this.#browser = browser;
    this.#memory = memory;
    this.#isUnanswered.value = memory.answer() === null;
  }

  /** They have signed out: what is under way subscribes nobody any more, and answers nothing for whoever comes next. */
  end(): void {
    this.#isOver = true;
  }

  /** A page has begun: who wants to be told is, and nobody else is asked anything. */
  begin(): void {
    if (this.#memory.answer() === 'on') void this.look();
  }

  /** Looks how it is; and where the user wants to be told, says anew where this device is reached, which browsers change. */
  async look(): Promise<void> {
    if (!this.#browser.isSupported) return this.#become('unsupported');
    try {
      this.#key ??= await this.#rest.vapidKey();
      if (this.#key === null) return this.#become('unavailable');
      if (this.#memory.answer() !== 'on') return this.#become(this.#browser.permission() === 'denied' ? 'denied' : 'off');
      if (this.#browser.permission() === 'granted') return await this.#subscribe(this.#key);
      await this.#rest.unsubscribePush();
      this.#become(this.#browser.permission() === 'denied' ? 'denied' : 'off');
    } catch {
      // The next page looks again.
    }
  }

  /**
   * The user wants to be told: the browser asks them, if it never did. In answer to a click.
   * @throws WireProblem, or what the browser says, when it did not work
   */
  async turnOn(): Promise<void> {
    const permission = await this.#browser.ask();
    if (this.#isOver) return;
    this.#answered(permission === 'granted' ? 'on' : 'declined');
    if (permission !== 'granted') return this.#become(permission === 'denied' ? 'denied' : 'off');
    this.#key ??= await this.#rest.vapidKey();
    if (this.#key !== null) await this.#subscribe(this.#key);
  }

  /** @throws WireProblem when the server could not be told: then nothing has changed */
  async turnOff(): Promise<void> {
    await this.#rest.unsubscribePush();
    this.#answered('declined');
    this.#become('off');
    await this.#browser.unsubscribe();
  }

  /** Not now: it stays in the settings. */
  decline(): void {
    this.#answered('declined');
  }

  async #subscribe(key: string): Promise<void> {
    const step = lastStep.then(() => this.#subscribeBrowser(key));
    lastStep = step.catch(() => undefined);
    const subscribed = await step;
    if (subscribed === null) return;
    await this.#rest.subscribePush({ endpoint: subscribed.endpoint, keys: subscribed.keys });
    this.#become('on');
  }

  /** Null once the session is over: then the browser is not subscribed. */
  async #subscribeBrowser(key: string): Promise<Subscribed | null> {
    if (this.#isOver) return null;
    const current = await this.#browser.current();
    // Bound to a key that the deployment has no more, nothing would come.
    if (current !== null && current.key !== key) await this.#browser.unsubscribe();
    const subscribed = current?.key === key ? current : await this.#browser.subscribe(key);
    if (!this.#isOver) return subscribed;
    // Signing out has looked for a subscription while there was none yet.
    await this.#browser.unsubscribe();
    return null;
  }

  #answered(answer: 'on' | 'declined'): void {
    this.#memory.remember(answer);
    this.#isUnanswered.value = false;
  }

  #become(state: PushState): void {
    this.#state.value = state;
  }
}
