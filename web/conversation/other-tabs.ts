import { effect, untracked } from '@preact/signals';
import type { Unsent } from '../unsent/unsent';
import type { UnsentLine } from '../unsent/unsent-line';
import type { Platform } from '../wire/platform';
import type { Sending } from './sending';

/** How long a line of another tab waits for its message, once that tab says it is sent. */
const settlingMs = 3_000;

export interface OtherTabsParts {
  readonly chatId: string;
  readonly unsent: Unsent;
  readonly sending: Sending;
  readonly platform: Platform;
  /** The timeline is another one now. */
  changed(): void;
}

/** [SYNC-5] The user's lines that other tabs are sending, shown here too. */
export class OtherTabs {
  readonly #parts: OtherTabsParts;
  readonly #stopWatching: () => void;
  #shown: readonly string[] = [];

  constructor(parts: OtherTabsParts) {
    const { chatId, unsent } = parts;
    this.#parts = parts;
    this.#stopWatching = effect(() => {
      const others = [...unsent.lines.value.values()].filter((line) => line.chatId === chatId && line.tab !== unsent.tabId);
      untracked(() => this.#show(others));
    });
  }

  /** This tab sends the line from now on. */
  release(id: string): void {
    this.#shown = this.#shown.filter((shown) => shown !== id);
  }

  dispose(): void {
    this.#stopWatching();
  }

  #show(lines: readonly UnsentLine[]): void {
    if (lines.length === 0 && this.#shown.length === 0) return;
    const { sending, platform, changed } = this.#parts;
    const ids = lines.map(({ draft }) => draft.id);
    for (const { draft, writtenAt } of lines) sending.show(draft, writtenAt);
    const gone = this.#shown.filter((id) => !ids.includes(id));
    this.#shown = ids;
    // Sent by now: the message itself is on its way here, and the line should not flicker.
    if (gone.length > 0) platform.after(settlingMs, () => sending.hide(gone));
    changed();
  }
}
