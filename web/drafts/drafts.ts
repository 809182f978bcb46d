import { effect, type Signal, signal } from '@preact/signals';
import * as v from 'valibot';
import type { Tabs } from '../unsent/tabs';
import type { Vault } from '../vault/vault';
import type { Platform } from '../wire/platform';

/** [SYNC-5] What nobody touched for this long is thrown away. */
const lifeMs = 24 * 60 * 60 * 1000;
/** A pause in typing this long is worth a write. */
const pauseMs = 400;

interface Draft {
  readonly text: Signal<string>;
  /** What the vault holds, as far as is known. */
  stored: string;
  callOffSave: () => void;
  callOffEnd: () => void;
  stop: () => void;
}

/** What stands in the composers, by chat: it outlives the page and goes after 24 hours. */
export class Drafts {
  readonly #vault: Promise<Vault>;
  readonly #tabs: Pick<Tabs, 'tell' | 'onTold'>;
  readonly #platform: Pick<Platform, 'now' | 'after'>;
  readonly #drafts = new Map<string, Draft>();
  #isClosed = false;

  constructor(vault: Promise<Vault>, tabs: Pick<Tabs, 'tell' | 'onTold'>, platform: Pick<Platform, 'now' | 'after'>) {
    this.#vault = vault;
    this.#tabs = tabs;
    this.#platform = platform;
    tabs.onTold(() => void this.#load());
    void this.#load();
  }

  /** The draft of a chat, to be read and written. */
  of(chatId: string): Signal<string> {
    return this.#draft(chatId).text;
  }

  /** Writes at once what a pause would have written: the page may be about to end. */
  flush(): void {
    for (const chatId of this.#drafts.keys()) this.#save(chatId);
  }

  close(): void {
    this.#isClosed = true;
    for (const { stop, callOffSave, callOffEnd } of this.#drafts.values()) {
      stop();
      callOffSave();
      callOffEnd();
    }
  }

  #draft(chatId: string): Draft {
    const known = this.#drafts.get(chatId);
    if (known !== undefined) return known;
    const text = signal('');
    const draft: Draft = { text, stored: '', callOffSave: () => {}, callOffEnd: () => {}, stop: () => {} };
    this.#drafts.set(chatId, draft);
    draft.stop = effect(() => {
      if (text.value === draft.stored) return;
      draft.callOffSave();
      draft.callOffSave = this.#platform.after(pauseMs, () => this.#save(chatId));
    });
    return draft;
  }

  /** Takes what the vault holds, where this tab has written nothing else since. */
  async #load(): Promise<void> {
    try {
      const kept = await (await this.#vault).all('drafts');
      if (this.#isClosed) return;
      const gone = new Set(this.#drafts.keys());
      for (const { key, savedAt, value } of kept) {
        const parsed = v.safeParse(v.string(), value);
        const leftMs = savedAt + lifeMs - this.#platform.now();
        if (!parsed.success || leftMs <= 0) {
          void this.#write((vault) => vault.remove('drafts', key));
          continue;
        }
        gone.delete(key);
        this.#take(key, parsed.output, leftMs);
      }
      for (const key of gone) this.#take(key, '', null);
    } catch {
      // There is nothing to be had back.
    }
  }

  #take(chatId: string, stored: string, leftMs: number | null): void {
    const draft = this.#draft(chatId);
    const isUntouched = draft.text.peek() === draft.stored;
    draft.stored = stored;
    if (leftMs === null) draft.callOffEnd();
    else this.#endAfter(chatId, draft, leftMs);
    if (isUntouched) draft.text.value = stored;
  }

  #save(chatId: string): void {
    const draft = this.#drafts.get(chatId);
    if (draft === undefined) return;
    draft.callOffSave();
    const text = draft.text.peek();
    if (text === draft.stored) return;
    draft.stored = text;
    draft.callOffEnd();
    if (text.trim() === '') return void this.#write((vault) => vault.remove('drafts', chatId));
    this.#endAfter(chatId, draft, lifeMs);
    void this.#write((vault) => vault.put('drafts', { key: chatId, savedAt: this.#platform.now(), value: text, blobs: [] }));
  }

  #endAfter(chatId: string, draft: Draft, ms: number): void {
    draft.callOffEnd();
    draft.callOffEnd = this.#platform.after(ms, () => {
      draft.text.value = '';
      this.#save(chatId);
    });
  }

  async #write(work: (vault: Vault) => Promise<void>): Promise<void> {
    // What cannot be stored ends with the page, as it would without.
    await this.#vault.then(work).then(
      () => this.#tabs.tell(),
      () => {},
    );
  }
}
