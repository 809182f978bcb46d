import type { Media, Message, Reactions, SystemFacts, ViewState } from '../protocol/models';
import { computeEndsAt, earlier, isOver } from './expiry';
import type { LiveRoom } from './live-room';
import { computeReceipts, hasUntoldReader } from './receipts';
import type { MemberState, MessageState, Reaction } from './state';
import type { View } from './view-once';

/** Whose eyes a message is shown to; a session matters to view-once only. */
export interface Reader {
  readonly member: MemberState;
  readonly sid: string | null;
}

/**
 * A message as a reader may see it at `now`: once it is over for them, its tombstone, whether or not the cleaning has run
 * [EXP-3]. Without a reader, as everybody may see it: nothing personal, view-once sealed.
 */
export function presentMessage(room: LiveRoom, message: MessageState, reader: Reader | null, now: number): Message {
  const isSender = reader !== null && room.roster.userOf(message.sender) === reader.member.profile.user.id;
  // [BLOCK-1] What is hidden from a reader who was shown it has ended for them then, whatever became of it later.
  const hiddenAt = reader === null || isSender ? null : message.hiddenAt;
  const copyEnd = reader === null || isSender ? null : copyEndOf(room, message, reader.member.n);
  const endsAt = earlier(message.endsAt, copyEnd);
  const deleted = hiddenAt === null ? message : { deletedAt: hiddenAt, deletedReason: null, deletedBy: null, undone: false };
  const over = isOver({ endsAt, deletedAt: deleted.deletedAt }, now);
  const isSealed = message.maxViews > 0;
  const isHidden = over || isSealed || message.type === 'system';
  const view = isSealed && reader !== null && !isSender ? room.store.views.get(message.seq, reader.member.n) : null;
  return {
    id: message.id,
    seq: message.seq,
    sender_id: room.roster.userOf(message.sender),
    message_type: message.type,
    content: isHidden ? null : message.body,
    media: over || message.mediaId === null ? null : presentMedia(room.store.media.find(message.mediaId)?.facts ?? null, isSealed),
    reply_to: over ? null : message.replyTo,
    view_once: isSealed,
    max_views: message.maxViews === 0 ? null : message.maxViews,
    view_state: isSealed && !isSender ? presentView(view, reader, over) : null,
    expire_mode: message.expireMode,
    expires_in_seconds: message.expireMode === 'after_read' ? message.readSeconds : message.sendSeconds,
    expires_at: over ? null : isSender ? toldEndsAt(room, message, reader.member) : endsAt,
    created_at: message.createdAt,
    edited_at: over ? null : message.editedAt,
    deleted_at: over ? (deleted.deletedAt ?? endsAt) : null,
    deleted_reason: over ? (deleted.deletedReason ?? 'expired') : null,
    deleted_by: deleted.deletedBy === null ? null : room.roster.userOf(deleted.deletedBy),
    undone: deleted.undone,
    reactions: isHidden ? [] : presentReactions(room, message.reactions, reader?.member.n ?? null),
    // What only some have comes last: what follows a spread is defined key by key, many times as slowly.
    ...(message.type === 'system' && message.body !== null ? { system: JSON.parse(message.body) as SystemFacts } : {}),
    ...(view?.state === 'open' && !over ? { lease_expires_at: view.due } : {}),
    ...(view !== null && !over ? replayOf(view) : {}),
    ...(isSender && message.type !== 'system' ? { receipts: computeReceipts(room, message, reader.member) } : {}),
    ...(isSender && message.erasedAt !== null ? { erased_at: message.erasedAt } : {}),
  };
}

/** [RCPT-3] When the message ends, as far as its sender may know: an end that follows from a reading would tell it. */
function toldEndsAt(room: LiveRoom, message: MessageState, sender: MemberState): number | null {
  if (message.readSeconds === null || !hasUntoldReader(room, message, sender)) return message.endsAt;
  return computeEndsAt(message, message.createdAt);
}

/** [EXP-1] When this reader's own copy ends by the reading clock; null when it does not, or has not started. */
export function copyEndOf(room: LiveRoom, message: MessageState, n: number): number | null {
  if (message.readSeconds === null || message.deletedAt !== null || room.store.readings.progress(n).read < message.seq) return null;
  const readAt = room.store.readings.readAt(n, message.seq);
  return readAt === null ? null : readAt + message.readSeconds * 1000;
}

/** [ONCE-1] Of a sealed medium only type, size, dimensions and duration are told. */
function presentMedia(facts: Media | null, isSealed: boolean): Media | null {
  if (facts === null || !isSealed) return facts;
  return { ...facts, file_name: null, placeholder: null, has_thumbnail: false };
}

function presentView(view: View | null, reader: Reader | null, over: boolean): ViewState {
  if (view === null) return 'sealed';
  const isHere = view.state === 'sealed' && view.views === 0 ? false : view.sid === reader?.sid;
  if (view.state === 'viewed') return isHere ? 'viewed' : 'viewed_elsewhere';
  if (over) return view.views > 0 ? (isHere ? 'viewed' : 'viewed_elsewhere') : 'unopened';
  if (view.state === 'open') return isHere ? 'open' : 'open_elsewhere';
  return 'sealed';
}

/** [ONCE-3] Until when a second view, if there is one, can be begun. */
export function replayOf(view: View): Pick<Message, 'replay_until'> {
  return view.state === 'sealed' && view.views === 1 ? { replay_until: view.due } : {};
}

/** By emoji, in the order they were first used, as stay `n` may see them; null for what everybody may. */
export function presentReactions(room: LiveRoom, reactions: ReadonlyMap<number, Reaction>, n: number | null): Reactions {
  const shown = [...reactions].filter(([giver, { isHidden }]) => !isHidden || giver === n);
  const byEmoji = Map.groupBy(shown, ([, { emoji }]) => emoji);
  return [...byEmoji].map(([emoji, given]) => ({ emoji, user_ids: given.map(([n]) => room.roster.userOf(n)) }));
}
