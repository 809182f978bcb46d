import type { MarkDelivered } from '../../src/protocol/inbox-frames';
import { maxEventsPerFrame } from '../../src/protocol/limits';
import type { ChatSummary } from '../../src/protocol/models';
import { Paced } from '../receipts/paced';
import type { Platform } from '../wire/platform';

/** Clients send receipts at most this often [RCPT-1]. */
const intervalMs = 1_000;

export interface DeliveryReporterParts {
  readonly platform: Platform;
  /** What is in the list. */
  chats(): Iterable<ChatSummary>;
  tell(notices: readonly MarkDelivered[]): void;
}

/** [INBOX-4] Tells the inbox what is in the list: that has reached this device. */
export class DeliveryReporter {
  readonly #parts: DeliveryReporterParts;
  readonly #paced: Paced;
  /** Up to where chats were acknowledged over this connection. */
  readonly #acknowledged = new Map<string, number>();

  constructor(parts: DeliveryReporterParts) {
    this.#parts = parts;
    this.#paced = new Paced(parts.platform, intervalMs, () => this.#report());
  }

  /** The list may hold something new. */
  report(): void {
    this.#paced.ask();
  }

  /** Over another connection everything is told anew: what was told over the last may be lost. */
  begin(): void {
    this.#acknowledged.clear();
  }

  dispose(): void {
    this.#paced.cancel();
  }

  #report(): void {
    const notices: MarkDelivered[] = [];
    for (const { id, unread_count, last_seq } of this.#parts.chats()) {
      if (unread_count === 0 || last_seq <= (this.#acknowledged.get(id) ?? 0)) continue;
      this.#acknowledged.set(id, last_seq);
      notices.push({ type: 'mark_delivered', chat_room_id: id, up_to_seq: last_seq });
    }
    for (let start = 0; start < notices.length; start += maxEventsPerFrame)
      this.#parts.tell(notices.slice(start, start + maxEventsPerFrame));
  }
}
