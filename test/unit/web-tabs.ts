import type { Tabs } from '../../web/unsent/tabs';

/** The tabs of one sign-in in one browser, which are opened and closed by the test. */
export class FakeBrowser {
  readonly #open: FakeTab[] = [];
  readonly #waiting: { readonly tabId: string; readonly by: FakeTab; work(): void }[] = [];
  readonly #candidates: { readonly tab: FakeTab; work(): void }[] = [];
  #leader: FakeTab | null = null;

  openTab(id: string): FakeTab {
    const tab = new FakeTab(id, this);
    this.#open.push(tab);
    return tab;
  }

  lead(tab: FakeTab, work: () => void): void {
    this.#candidates.push({ tab, work });
    this.#settle();
  }

  wait(tabId: string, by: FakeTab, work: () => void): void {
    this.#waiting.push({ tabId, by, work });
    this.#settle();
  }

  tell(from: FakeTab): void {
    for (const tab of this.#open) if (tab !== from) tab.hear();
  }

  close(tab: FakeTab): void {
    this.#open.splice(this.#open.indexOf(tab), 1);
    if (this.#leader === tab) this.#leader = null;
    this.#settle();
  }

  #settle(): void {
    const isOpen = (tab: FakeTab) => this.#open.includes(tab);
    if (this.#leader === null) {
      const next = this.#candidates.find(({ tab }) => isOpen(tab));
      this.#leader = next?.tab ?? null;
      next?.work();
    }
    for (const waiting of this.#waiting.splice(0)) {
      if (!isOpen(waiting.by)) continue;
      if (this.#open.some(({ id }) => id === waiting.tabId)) this.#waiting.push(waiting);
      else waiting.work();
    }
  }
}

export class FakeTab implements Tabs {
  readonly id: string;
  readonly #browser: FakeBrowser;
  readonly #listeners: (() => void)[] = [];

  constructor(id: string, browser: FakeBrowser) {
    this.id = id;
    this.#browser = browser;
  }

  whenLeading = (work: () => void) => this.#browser.lead(this, work);
  whenGone = (tabId: string, work: () => void) => this.#browser.wait(tabId, this, work);
  tell = () => this.#browser.tell(this);
  onTold = (listener: () => void) => void this.#listeners.push(listener);
  close = () => this.#browser.close(this);

  hear(): void {
    for (const listener of this.#listeners) listener();
  }
}
