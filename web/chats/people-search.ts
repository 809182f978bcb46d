import { signal } from '@preact/signals';
import type { User } from '../../src/protocol/models';
import { problemWords } from '../ui/problem-words';
import type { Wire } from '../wire';

/** Shortest prefix the server searches by. */
export const shortestPrefix = 2;
/** Typing on within this time asks once. */
const settleMs = 200;

export type SearchResult =
  | { readonly kind: 'idle' }
  | { readonly kind: 'searching' }
  | { readonly kind: 'found'; readonly users: readonly User[] }
  | { readonly kind: 'failed'; readonly words: string };

/** Finding people by the beginning of their username; the newest question wins. */
export class PeopleSearch {
  readonly query = signal('');
  readonly result = signal<SearchResult>({ kind: 'idle' });
  readonly #wire: Wire;
  #abort = new AbortController();
  #callOff = () => {};

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  search(query: string): void {
    this.query.value = query;
    this.cancel();
    const prefix = query.trim().replace(/^@/, '').toLowerCase();
    if (prefix.length < shortestPrefix) {
      this.result.value = { kind: 'idle' };
      return;
    }
    if (this.result.peek().kind !== 'found') this.result.value = { kind: 'searching' };
    this.#callOff = this.#wire.platform.after(settleMs, () => void this.#ask(prefix, this.#abort.signal));
  }

  cancel(): void {
    this.#callOff();
    this.#abort.abort();
    this.#abort = new AbortController();
  }

  async #ask(prefix: string, abort: AbortSignal): Promise<void> {
    try {
      const users = await this.#wire.rest.findUsers(prefix, abort);
      if (!abort.aborted) this.result.value = { kind: 'found', users };
    } catch (error) {
      if (!abort.aborted) this.result.value = { kind: 'failed', words: problemWords(error) };
    }
  }
}
