import { Refusal } from '../protocol/errors';
import { undoWindowMs } from '../protocol/limits';
import type { ClientRoomEvent } from '../protocol/room-frames';
import { hidingTime, wasNeverShown } from './blocks';
import { endMessage } from './ending';
import { isOver } from './expiry';
import { presentReactions } from './present';
import { recipientsOf, toldProgress } from './receipts';
import { requireLive } from './sending';
import type { MemberState, MessageState, Reaction } from './state';
import type { Turn } from './turn';

type EventOf<Type extends ClientRoomEvent['type']> = Extract<ClientRoomEvent, { type: Type }>;

const editWindowMs = 24 * 60 * 60 * 1000;
const maxEdits = 10;
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
  turn.noteChange(message.seq);
  const hiddenAt = message.hiddenAt ?? hideIfBlocked(turn, member, message, rev);
  const edited = { type: 'message_edited', rev, message_id: message.id, content: event.content, edited_at: turn.now } as const;
  turn.shareContent({ ...message, hiddenAt }, edited);
}

/** [BLOCK-1] Who blocks the sender must not read the new words, nor go on reading the old: for them the message ends. */
function hideIfBlocked(turn: Turn, sender: MemberState, message: MessageState, rev: number): number | null {
  const { room, now } = turn;
  if (!room.blocks.areAgainst(sender.profile.user.id)) return null;
  const hiddenAt = hidingTime(message, now);
  room.store.messages.hide(message.seq, hiddenAt, rev);
  turn.noteEnd(message);
  for (const { profile } of recipientsOf(room, message)) {
    const ended = { type: 'message_expired', message_id: message.id, reason: 'expired', deleted_at: hiddenAt } as const;
    turn.tellAbout(message, profile.user.id, () => ended);
  }
  return hiddenAt;
}

/**
 * [SEND-6] Own, any time; in groups owners and admins, anyone's. It wins over an open lease. Again: nothing more.
 * @throws Refusal `not_found`, `message_gone`, `forbidden`
 */
export function applyDelete(turn: Turn, member: MemberState, event: EventOf<'delete_message'>): void {
  const message = turn.room.requireMessage(member, event.id);
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
  if ((message.reactions.get(member.n)?.emoji ?? null) === emoji) return;
  const reactions = new Map(message.reactions);
  if (emoji === null) reactions.delete(member.n);
  else reactions.set(member.n, { emoji, isHidden: turn.room.blocks.areAgainst(member.profile.user.id) });
  if (new Set([...reactions.values()].map((given) => given.emoji)).size > maxDistinctReactions) throw new Refusal('too_many_reactions');
  turn.room.store.messages.setReactions(message.seq, reactions, turn.touch());
  shareReactions(turn, message, reactions);
}

/** [BLOCK-1] Where one is hidden, each is told what they may see, and only if that has changed. */
function shareReactions(turn: Turn, message: MessageState, reactions: ReadonlyMap<number, Reaction>): void {
  const { room } = turn;
  const event = { type: 'reactions_changed', rev: turn.touch(), message_id: message.id } as const;
  const areHidden = [...message.reactions.values(), ...reactions.values()].some(({ isHidden }) => isHidden);
  if (!areHidden) return turn.shareContent(message, { ...event, reactions: presentReactions(room, reactions, null) });
  for (const { n, profile } of room.roster.present()) {
    const shown = presentReactions(room, reactions, n);
    const isNews = JSON.stringify(shown) !== JSON.stringify(presentReactions(room, message.reactions, n));
    if (isNews) turn.shareContent(message, { ...event, reactions: shown }, (userId) => userId === profile.user.id);
  }
}

function isOwn(turn: Turn, member: MemberState, message: MessageState): boolean {
  return turn.room.roster.userOf(message.sender) === member.profile.user.id;
}

/**
 * [RCPT-3] Whose reading the sender is not told of counts as having read what was delivered: an undone message would tell that
 * they have not. [BLOCK-1] While nothing is told of what was delivered either, what was counts.
 */
function wasRead(turn: Turn, sender: MemberState, message: MessageState): boolean {
  const { room } = turn;
  if (message.maxViews > 0 && room.store.views.ofMessage(message.seq).size > 0) return true;
  if (wasNeverShown(message)) return false;
  return recipientsOf(room, message).some((recipient) => {
    const { delivered, read } = toldProgress(room, sender, recipient);
    const isTold = sender.profile.readReceipts && recipient.toldRead === null && !room.blocks.areSilencing;
    return (isTold ? read : delivered) >= message.seq;
  });
}
