import { computed, signal } from '@preact/signals';
import type { ServerRoomEvent, Welcome } from '../../src/protocol/room-frames';
import type { Platform } from '../wire/platform';
import type { Notice } from '../wire/room-wire';
import { type Cursors, nowhere, withCursors, withDelivered, withRead } from './cursors';
import { ReceiptReporter } from './receipt-reporter';

/** When somebody opened a view-once line of the user's own [ONCE-4]. */
export interface View {
  readonly userId: string;
  /** Milliseconds since the epoch, server clock. */
  readonly at: number;
}

/** Who has got what of one room: what it tells of others, and what it is told of the user. */
export class Receipts {
  readonly cursors = signal<Cursors>(new Map());
  /** By message, the latest view last; only what was told while this page was there. */
  readonly views = signal<ReadonlyMap<string, readonly View[]>>(new Map());
  readonly ownReadSeq;
  readonly reporter: ReceiptReporter;

  constructor(platform: Platform, ownId: string, tell: (notice: Notice) => void) {
    const own = () => this.cursors.peek().get(ownId) ?? nowhere;
    this.ownReadSeq = computed(() => (this.cursors.value.get(ownId) ?? nowhere).readSeq);
    this.reporter = new ReceiptReporter(platform, tell, own);
  }

  onWelcome({ reset, cursors, chat }: Welcome): void {
    if (reset) this.reporter.reset(chat.last_seq);
    this.cursors.value = withCursors(reset ? new Map() : this.cursors.peek(), cursors);
  }

  onMoved({ type, by }: Extract<ServerRoomEvent, { type: 'message_read' | 'message_delivered' }>): void {
    const cursors = this.cursors.peek();
    this.cursors.value = type === 'message_read' ? withRead(cursors, by) : withDelivered(cursors, by);
  }

  onViewed({ message_id, user_id, viewed_at }: Extract<ServerRoomEvent, { type: 'message_viewed' }>): void {
    const held = this.views.peek().get(message_id) ?? [];
    if (held.some(({ userId, at }) => userId === user_id && at === viewed_at)) return;
    this.views.value = new Map(this.views.peek()).set(message_id, [...held, { userId: user_id, at: viewed_at }]);
  }
}
