import { signal } from '@preact/signals';
import type { OutgoingDraft } from './outgoing';

/** What holds for lines that are sent together. */
export type Chosen = Pick<OutgoingDraft, 'isOnce' | 'allowsReplay' | 'expiresInSeconds'>;

/** What the user has chosen for the lines to come. */
export class Choices {
  /** Seconds chosen for the next lines; null leaves it to the chat's policy. */
  readonly expiresInSeconds = signal<number | null>(null);
  /** Whether the next line is sealed and can be opened once [ONCE-1]. */
  readonly isOnce = signal(false);
  /** Whether it can be opened once more. */
  readonly allowsReplay = signal(false);

  /** What holds for all that is sent now. View-once is for that alone: a seal nobody meant would be as bad as one forgotten. */
  take(): Chosen {
    const isOnce = this.isOnce.peek();
    const taken = { isOnce, allowsReplay: isOnce && this.allowsReplay.peek(), expiresInSeconds: this.expiresInSeconds.peek() };
    this.isOnce.value = false;
    this.allowsReplay.value = false;
    return taken;
  }
}
