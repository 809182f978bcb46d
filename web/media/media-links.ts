import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { maxMediaIdsPerCall } from '../../src/protocol/limits';
import type { LinkedMedia } from '../../src/protocol/models';
import type { Wire } from '../wire';

/** `gone` when the server gives no link any more; `failed` when it could not be asked. */
export type MediaLink =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly media: LinkedMedia }
  | { readonly kind: 'gone' }
  | { readonly kind: 'failed' };

/** Rows that appear together ask together. */
const gatherMs = 20;
/** A link this close to its end is not handed out any more. */
const marginMs = 3_000;

/** Links to media, asked for a screenful at a time and again when they have run out [EXP-7]. */
export class MediaLinks {
  readonly #wire: Wire;
  readonly #links = new Map<string, Signal<MediaLink>>();
  readonly #wanted = new Set<string>();
  #callOff = () => {};
  #isGathering = false;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** The link to a medium; asks for it unless a good one is held. */
  want(mediaId: string): ReadonlySignal<MediaLink> {
    const held = this.#links.get(mediaId);
    const link = held ?? signal<MediaLink>({ kind: 'loading' });
    this.#links.set(mediaId, link);
    if (!this.#isGood(link.peek())) this.#ask(mediaId);
    return link;
  }

  /**
   * A medium did not load from its link: asks for a new one if that ran out, and gives up otherwise,
   * since a fresh link that does not work will not work the next time either.
   */
  renewOnce(mediaId: string, urlExpiresAt: number): void {
    if (urlExpiresAt - marginMs <= this.#wire.clock.now()) this.renew(mediaId);
    else this.#set(mediaId, { kind: 'failed' });
  }

  /**
   * A link that works now, for what the user asked for: waits for it.
   * @returns null when there is none to be had
   */
  async fresh(mediaId: string): Promise<LinkedMedia | null> {
    const link = this.want(mediaId);
    const held = link.peek();
    const good = this.#isGood(held) ? held : await this.#next(link);
    return good.kind === 'ready' ? good.media : null;
  }

  /** Asks for a new link. */
  renew(mediaId: string): void {
    const link = this.#links.get(mediaId);
    if (link === undefined || link.peek().kind === 'gone') return;
    link.value = { kind: 'loading' };
    this.#ask(mediaId);
  }

  dispose(): void {
    this.#callOff();
    this.#links.clear();
  }

  #isGood(link: MediaLink): boolean {
    return link.kind === 'ready' && link.media.url_expires_at - marginMs > this.#wire.clock.now();
  }

  /** What the link is next, after the answer under way. */
  #next(link: ReadonlySignal<MediaLink>): Promise<MediaLink> {
    return new Promise((resolve) => {
      let isPresent = true;
      const stop = link.subscribe((value) => {
        if (isPresent || value.kind === 'loading') {
          isPresent = false;
          return;
        }
        stop();
        resolve(value);
      });
    });
  }

  #ask(mediaId: string): void {
    this.#wanted.add(mediaId);
    if (this.#isGathering) return;
    this.#isGathering = true;
    this.#callOff = this.#wire.platform.after(gatherMs, () => {
      this.#isGathering = false;
      const ids = [...this.#wanted];
      this.#wanted.clear();
      for (let start = 0; start < ids.length; start += maxMediaIdsPerCall) void this.#fetch(ids.slice(start, start + maxMediaIdsPerCall));
    });
  }

  async #fetch(ids: readonly string[]): Promise<void> {
    try {
      const linked = new Map((await this.#wire.rest.linkMedia(ids)).map((media) => [media.id, media]));
      for (const id of ids) {
        const media = linked.get(id);
        this.#set(id, media === undefined ? { kind: 'gone' } : { kind: 'ready', media });
      }
    } catch {
      for (const id of ids) this.#set(id, { kind: 'failed' });
    }
  }

  #set(id: string, link: MediaLink): void {
    const held = this.#links.get(id);
    if (held !== undefined) held.value = link;
  }
}
