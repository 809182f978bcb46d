import { signal } from '@preact/signals';
import type { Vault } from '../vault/vault';
import type { Tabs } from './tabs';
import { fromKept, toKept, type UnsentLine } from './unsent-line';

/**
 * [SYNC-5] The user's lines that no server has answered for, of all tabs of this sign-in. Each is sent by the tab it was written in;
 * what a tab leaves behind when it is closed, the leading one takes over. Sending twice would do no harm [SEND-2], it would be for nothing.
 */
export class Unsent {
  /** By id, in the order of writing. */
  readonly lines = signal<ReadonlyMap<string, UnsentLine>>(new Map());
  readonly #vault: Promise<Vault>;
  readonly #tabs: Tabs;
  readonly #adopt: (line: UnsentLine) => void;
  /** Tabs whose end is waited for. */
  readonly #watched = new Set<string>();
  #isLeading = false;
  /** Changes of the vault, one after the other. */
  #work: Promise<unknown> = Promise.resolve();

  /** @param adopt takes over a line that the tab it was written in will not send any more */
  constructor(vault: Promise<Vault>, tabs: Tabs, adopt: (line: UnsentLine) => void) {
    this.#vault = vault;
    this.#tabs = tabs;
    this.#adopt = adopt;
    tabs.onTold(() => this.#reload());
    this.#reload();
    tabs.whenLeading(() => {
      this.#isLeading = true;
      this.#watch();
    });
  }

  get tabId(): string {
    return this.#tabs.id;
  }

  /** Keeps a line of this tab until it is dropped. */
  keep(line: Omit<UnsentLine, 'tab'>): void {
    const own: UnsentLine = { ...line, tab: this.#tabs.id };
    this.lines.value = new Map(this.lines.peek()).set(own.draft.id, own);
    this.#change((vault) => vault.put('outbox', toKept(own)));
  }

  /** The server has it, or its author took it back. */
  drop(id: string): void {
    if (!this.lines.peek().has(id)) return;
    this.lines.value = without(this.lines.peek(), id);
    this.#change((vault) => vault.remove('outbox', id));
  }

  #change(work: (vault: Vault) => Promise<void>): void {
    // What cannot be stored ends with the page, as it would without.
    this.#work = this.#work
      .then(async () => work(await this.#vault))
      .then(
        () => this.#tabs.tell(),
        () => {},
      );
  }

  /** Takes what other tabs have put in and taken out. */
  #reload(): Promise<void> {
    const reloaded = this.#work.then(async () => {
      const kept = await (await this.#vault).all('outbox');
      const stored = new Map(kept.flatMap((one) => fromKept(one) ?? []).map((line) => [line.draft.id, line]));
      const own = [...this.lines.peek().values()].filter(({ tab }) => tab === this.#tabs.id);
      const others = [...stored.values()].filter(({ tab }) => tab !== this.#tabs.id);
      const all = [...others, ...own].sort((a, b) => a.writtenAt - b.writtenAt);
      this.lines.value = new Map(all.map((line) => [line.draft.id, line]));
      this.#watch();
    });
    this.#work = reloaded.catch(() => {});
    return reloaded.catch(() => {});
  }

  #watch(): void {
    if (!this.#isLeading) return;
    for (const { tab } of this.lines.peek().values()) {
      if (tab === this.#tabs.id || this.#watched.has(tab)) continue;
      this.#watched.add(tab);
      this.#tabs.whenGone(tab, () => void this.#inherit(tab));
    }
  }

  /** What the closed tab had not sent is this one's now. */
  async #inherit(tab: string): Promise<void> {
    // Its last change may not have been told of.
    await this.#reload();
    for (const line of [...this.lines.peek().values()]) {
      if (line.tab !== tab) continue;
      this.keep(line);
      this.#adopt(line);
    }
  }
}

function without(lines: ReadonlyMap<string, UnsentLine>, id: string): ReadonlyMap<string, UnsentLine> {
  const next = new Map(lines);
  next.delete(id);
  return next;
}
