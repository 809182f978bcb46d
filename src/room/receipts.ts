import type { Message } from '../protocol/models';
import type { LiveRoom } from './live-room';
import type { MemberState, MessageState } from './state';
import { sealed } from './view-once';

/** Who receives a message: everybody in the room who joined before it, but its sender. */
export function recipientsOf(room: LiveRoom, message: Pick<MessageState, 'seq' | 'sender'>): MemberState[] {
  const sender = room.roster.userOf(message.sender);
  return room.roster.present().filter((member) => member.joinedSeq < message.seq && member.profile.user.id !== sender);
}

/** How a message stands for one recipient [RCPT-1]. */
export interface Receipt {
  readonly userId: string;
  readonly state: 'sent' | 'delivered' | 'read' | 'viewed';
  /** When it was viewed; the other states keep no time. */
  readonly viewedAt: number | null;
  readonly views: number;
}

export function receiptsOf(room: LiveRoom, message: MessageState): Receipt[] {
  const views = message.maxViews > 0 ? room.store.views.ofMessage(message.seq) : null;
  return recipientsOf(room, message).map(({ n, profile }) => {
    const { delivered, read } = room.store.readings.progress(n);
    const view = views?.get(n) ?? sealed;
    const viewedAt = 'firstViewedAt' in view ? view.firstViewedAt : null;
    const state = viewedAt !== null ? 'viewed' : read >= message.seq ? 'read' : delivered >= message.seq ? 'delivered' : 'sent';
    return { userId: profile.user.id, state, viewedAt, views: view.views };
  });
}

/** The counts a sender sees; each state includes those after it. */
export function computeReceipts(room: LiveRoom, message: MessageState): NonNullable<Message['receipts']> {
  const receipts = receiptsOf(room, message);
  const count = (states: Receipt['state'][]) => receipts.filter((receipt) => states.includes(receipt.state)).length;
  const viewed = count(['viewed']);
  return {
    of: receipts.length,
    delivered: count(['delivered', 'read', 'viewed']),
    read: count(['read', 'viewed']),
    viewed,
    unopened: message.maxViews > 0 && message.deletedAt !== null ? receipts.length - viewed : 0,
  };
}
