import type { Message } from '../protocol/models';
import type { LiveRoom } from './live-room';
import type { MemberState, MessageState } from './state';
import { sealed } from './view-once';

/** Who receives a message: everybody in the room who joined before it, but its sender. */
export function recipientsOf(room: LiveRoom, message: Pick<MessageState, 'seq' | 'sender'>): MemberState[] {
  const sender = room.roster.userOf(message.sender);
  return room.roster.present().filter((member) => member.joinedSeq < message.seq && member.profile.user.id !== sender);
}

/**
 * [RCPT-3] How far `viewer` may know that `member` has read: who sends no read receipts sees none of others'.
 * A reading of one's own is no secret.
 */
export function toldReadSeq(room: LiveRoom, viewer: MemberState, member: MemberState): number {
  if (viewer.n !== member.n && !viewer.profile.readReceipts) return 0;
  const { read } = room.store.readings.progress(member.n);
  return viewer.n === member.n ? read : (member.toldRead ?? read);
}

/** [RCPT-3] Whether somebody has read the message without its sender being told. */
export function hasUntoldReader(room: LiveRoom, message: MessageState, sender: MemberState): boolean {
  return recipientsOf(room, message).some(
    (member) => room.store.readings.progress(member.n).read >= message.seq && toldReadSeq(room, sender, member) < message.seq,
  );
}

/** How a message stands for one recipient [RCPT-1]. */
export interface Receipt {
  readonly userId: string;
  readonly state: 'sent' | 'delivered' | 'read' | 'viewed';
  /** When it was viewed; the other states keep no time. */
  readonly viewedAt: number | null;
  readonly views: number;
}

/** A message's receipts as its sender may see them, by recipient. */
export function receiptsOf(room: LiveRoom, message: MessageState, sender: MemberState): Receipt[] {
  const views = message.maxViews > 0 ? room.store.views.ofMessage(message.seq) : null;
  return recipientsOf(room, message).map((member) => {
    const { n, profile } = member;
    const { delivered } = room.store.readings.progress(n);
    const read = toldReadSeq(room, sender, member);
    const view = views?.get(n) ?? sealed;
    const viewedAt = 'firstViewedAt' in view ? view.firstViewedAt : null;
    const state = viewedAt !== null ? 'viewed' : read >= message.seq ? 'read' : delivered >= message.seq ? 'delivered' : 'sent';
    return { userId: profile.user.id, state, viewedAt, views: view.views };
  });
}

/** The counts a sender sees; each state includes those after it. */
export function computeReceipts(room: LiveRoom, message: MessageState, sender: MemberState): NonNullable<Message['receipts']> {
  const receipts = receiptsOf(room, message, sender);
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
