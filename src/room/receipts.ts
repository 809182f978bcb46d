import type { Message } from '../protocol/models';
import type { Cursor } from '../protocol/room-frames';
import { wasNeverShown } from './blocks';
import type { LiveRoom } from './live-room';
import type { Progress } from './reading-store';
import type { MemberState, MessageState } from './state';
import { sealed } from './view-once';

/** Who receives a message: everybody in the room who joined before it, but its sender. */
export function recipientsOf(room: LiveRoom, message: Pick<MessageState, 'seq' | 'sender'>): MemberState[] {
  const sender = room.roster.userOf(message.sender);
  return room.roster.present().filter((member) => member.joinedSeq < message.seq && member.profile.user.id !== sender);
}

const nothing: Progress = { delivered: 0, read: 0 };

/**
 * How far `viewer` may know that `member` has got. [RCPT-3] Who sends no read receipts sees none of others'. [BLOCK-1] While
 * one of two blocks the other, what each knew stands still. How far one has got oneself is no secret.
 */
export function toldProgress(room: LiveRoom, viewer: MemberState, member: MemberState): Progress {
  const progress = room.store.readings.progress(member.n);
  if (viewer.n === member.n) return progress;
  const { delivered, read } = room.blocks.shownProgress(member.profile.user.id) ?? { ...progress, read: member.toldRead ?? progress.read };
  return { delivered, read: viewer.profile.readReceipts ? read : 0 };
}

/** The same as the protocol has it. */
export function presentCursor(room: LiveRoom, viewer: MemberState, member: MemberState): Cursor {
  const { delivered, read } = toldProgress(room, viewer, member);
  const missed = viewer.n === member.n ? {} : missedUpTo(room, member.profile.user.id, delivered);
  return { user_id: member.profile.user.id, delivered_seq: delivered, read_seq: read, ...missed };
}

/** [BLOCK-1] Where a user's cursor up to `seq` has passed over what others sent and they were never shown. */
export function missedUpTo(room: LiveRoom, userId: string, seq: number): Pick<Cursor, 'missed'> {
  const missed = room.blocks.missedBy(userId).filter(([from]) => from <= seq);
  return missed.length === 0 ? {} : { missed: missed.map(([from_seq, to_seq]) => ({ from_seq, to_seq })) };
}

/** [RCPT-3] [BLOCK-1] Whether somebody has read the message without its sender being told. */
export function hasUntoldReader(room: LiveRoom, message: MessageState, sender: MemberState): boolean {
  return recipientsOf(room, message).some(
    (member) => room.store.readings.progress(member.n).read >= message.seq && toldProgress(room, sender, member).read < message.seq,
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

/** A message's receipts as its sender may see them, by recipient. Cursors pass over what was never shown [BLOCK-1]. */
export function receiptsOf(room: LiveRoom, message: MessageState, sender: MemberState): Receipt[] {
  const views = message.maxViews > 0 ? room.store.views.ofMessage(message.seq) : null;
  return recipientsOf(room, message).map((member) => {
    const { n, profile } = member;
    const { delivered, read } = wasNeverShown(message) ? nothing : toldProgress(room, sender, member);
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
