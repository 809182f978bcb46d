import { Refusal } from '../protocol/errors';
import type { ClientRoomEvent } from '../protocol/room-frames';
import { endMessage } from './ending';
import { isOver } from './expiry';
import { presentReactions } from './present';
import { recipientsOf } from './receipts';
import { requireLive } from './sending';
import type { MemberState, MessageState } from './state';
import type { Turn } from './turn';

type EventOf<Type extends ClientRoomEvent['type']> = Extract<ClientRoomEvent, { type: Type }>;

const editWindowMs = 24 * 60 * 60 * 1000;
const maxEdits = 10;
/** Deleted sooner than this, and read by nobody: as if it had never been sent. */
const undoWindowMs = 10_000;
const maxDistinctReactions = 20;

/**
 * [SEND-6] Own text, within 24 h, at most ten times; no clock moves.
 * @throws Refusal `not_found`, `message_gone`, `forbidden`, `invalid`, `edit_window_over`, `edits_used_up`
 */
export function applyEdit(turn: Turn, member: MemberState, event: EventOf<'edit_message'>): void {
  const message = requireLive(turn, member, event.id);
  if (!isOwn(turn, member, message)) throw new Refusal('forbidden', 'This is not your message.');
  if (message.type !== 'text' || message.maxViews > 0) throw new Refusal('invalid', 'Only text that is not view-once can be edited.');
  // The same edit again, after an answer that was lost, must not use up another one.
  if (message.body === event.content) return;
  if (turn.now - message.createdAt > editWindowMs) throw new Refusal('edit_window_over');
  if (message.edits >= maxEdits) throw new Refusal('edits_used_up');
  const rev = turn.touch();
  turn.room.store.messages.edit(message.seq, event.content, turn.now, rev);
  turn.outgoing.share({ type: 'message_edited', rev, message_id: message.id, content: event.content, edited_at: turn.now });
}

/**
 * [SEND-6] Own, any time; in groups owners and admins, anyone's. It wins over an open lease. Again: nothing more.
 * @throws Refusal `not_found`, `message_gone`, `forbidden`
 */
export function applyDelete(turn: Turn, member: MemberState, event: EventOf<'delete_message'>): void {
  const message = turn.room.store.messages.byId(event.id);
  if (message === null || message.seq <= member.joinedSeq) throw new Refusal('not_found', 'There is no such message.');
  const isModerator = turn.room.facts.isGroup && member.role !== 'member';
  if (message.type === 'system' || !(isOwn(turn, member, message) || isModerator))
    throw new Refusal('forbidden', 'This is not your message.');
  if (message.deletedReason === 'deleted') return;
  if (isOver(message, turn.now)) throw new Refusal('message_gone');
  const undone = turn.now - message.createdAt <= undoWindowMs && isOwn(turn, member, message) && !wasRead(turn, member, message);
  endMessage(turn, message, { at: turn.now, reason: 'deleted', by: member.n, undone });
}

/**
 * [SEND-6] One a member and message: another replaces it.
 * @throws Refusal `not_found`, `message_gone`, `sealed`, `invalid`, `too_many_reactions`
 */
export function applyReaction(turn: Turn, member: MemberState, event: EventOf<'react'> | EventOf<'unreact'>): void {
  const message = requireLive(turn, member, event.id);
  if (message.type === 'system') throw new Refusal('invalid', 'System messages take no reactions.');
  if (message.maxViews > 0) throw new Refusal('sealed', 'View-once messages take no reactions.');
  const emoji = event.type === 'react' ? event.emoji : null;
  if ((message.reactions.get(member.n) ?? null) === emoji) return;
  const reactions = new Map(message.reactions);
  if (emoji === null) reactions.delete(member.n);
  else reactions.set(member.n, emoji);
  if (new Set(reactions.values()).size > maxDistinctReactions) throw new Refusal('too_many_reactions');
  const rev = turn.touch();
  turn.room.store.messages.setReactions(message.seq, reactions, rev);
  turn.outgoing.share({ type: 'reactions_changed', rev, message_id: message.id, reactions: presentReactions(turn.room, reactions) });
}

function isOwn(turn: Turn, member: MemberState, message: MessageState): boolean {
  return turn.room.roster.userOf(message.sender) === member.profile.user.id;
}

/** [RCPT-3] Whose reading the sender is not told of counts as having read what was delivered: an undone message would tell that they have not. */
function wasRead(turn: Turn, sender: MemberState, message: MessageState): boolean {
  const { readings, views } = turn.room.store;
  if (message.maxViews > 0 && views.ofMessage(message.seq).size > 0) return true;
  return recipientsOf(turn.room, message).some((recipient) => {
    const { delivered, read } = readings.progress(recipient.n);
    const isTold = sender.profile.readReceipts && recipient.toldRead === null;
    return (isTold ? read : delivered) >= message.seq;
  });
}
