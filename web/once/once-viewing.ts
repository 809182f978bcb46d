import { signal } from '@preact/signals';
import type { Media } from '../../src/protocol/models';
import type { LineActions, Opened } from '../conversation/line-actions';
import type { Wire } from '../wire';
import { WireProblem } from '../wire/wire-problem';

/** The bytes of a view-once message, in this page's memory and nowhere else. */
export interface OnceContent {
  readonly facts: Media;
  /** An address in this page alone. */
  readonly url: string;
}

/** From the sealed line to the reader's last look. */
export type OnceStep =
  /** Nothing has happened yet: the reader can still turn back. */
  | { readonly kind: 'asking' }
  /** `share` of the bytes that are here, from 0 to 1. */
  | { readonly kind: 'opening'; readonly share: number }
  /** `medium` is null where there is text alone. */
  | { readonly kind: 'shown'; readonly text: string | null; readonly medium: OnceContent | null; readonly viewsLeft: number }
  | { readonly kind: 'failed'; readonly error: unknown; readonly canRetry: boolean };

/** What is on screen goes when nobody has looked for this long [ONCE-3]. */
const hiddenLimitMs = 60_000;

/**
 * One look at a view-once message. Its content is here and nowhere else, and goes with the last look;
 * the room is told that it was seen only when it was on screen.
 */
export class OnceViewing {
  readonly step = signal<OnceStep>({ kind: 'asking' });
  readonly #wire: Wire;
  readonly #actions: LineActions;
  readonly #messageId: string;
  readonly #aborter = new AbortController();
  #callOffHidden = () => {};

  constructor(wire: Wire, actions: LineActions, messageId: string) {
    this.#wire = wire;
    this.#actions = actions;
    this.#messageId = messageId;
  }

  /** Opens it, for good. After a failure it can be tried again while the lease lasts. */
  async open(): Promise<void> {
    this.step.value = { kind: 'opening', share: 0 };
    try {
      const opened = await this.#actions.open(this.#messageId);
      await this.#show(opened);
    } catch (error) {
      if (this.#aborter.signal.aborted) return;
      const canRetry = error instanceof WireProblem && (error.code === 'offline' || error.code === 'unavailable');
      this.step.value = { kind: 'failed', error, canRetry };
    }
  }

  /** The page is hidden, or seen again. `close` is called when it stays hidden for too long. */
  setHidden(isHidden: boolean, close: () => void): void {
    this.#callOffHidden();
    if (isHidden && this.step.peek().kind === 'shown') this.#callOffHidden = this.#wire.platform.after(hiddenLimitMs, close);
  }

  /** The last look. Twice is the same as once. */
  close(): void {
    if (this.#aborter.signal.aborted) return;
    this.#aborter.abort();
    this.#callOffHidden();
    const step = this.step.peek();
    if (step.kind !== 'shown') return;
    if (step.medium !== null) URL.revokeObjectURL(step.medium.url);
    this.step.value = { kind: 'asking' };
    this.#actions.markViewed(this.#messageId);
  }

  async #show({ content, media, views_left }: Opened): Promise<void> {
    const bytes = media === null ? null : await this.#fetch(media);
    if (this.#aborter.signal.aborted) return;
    const medium = media === null || bytes === null ? null : { facts: media, url: URL.createObjectURL(bytes) };
    this.step.value = { kind: 'shown', text: content, medium, viewsLeft: views_left };
  }

  /**
   * The whole of it before any of it is shown: a player of the browser's own could not show the token that the bytes are bound to,
   * would ask for parts after the lease, and might keep what it got.
   */
  #fetch(media: NonNullable<Opened['media']>): Promise<Blob> {
    return this.#wire.rest.onceBytes(media.url, this.#aborter.signal, (bytes) => {
      if (this.#aborter.signal.aborted) return;
      this.step.value = { kind: 'opening', share: Math.min(1, bytes / Math.max(1, media.byte_size)) };
    });
  }
}
