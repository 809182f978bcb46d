import { assertNever } from '../../../src/assert-never';
import type { SendMessage } from '../../../src/protocol/room-frames';
import type { DurableEvent } from '../../../src/room/dispatch';
import { isBlocked, lastSeqOf, toldProgress } from './blocks';
import { clocksOf, endForAll, isOverFor, isOverForAll, isReadBy, isVisibleTo, recipientsOf } from './clocks';
import { done, type Outcome, refused } from './entries';
import type { End, ModelMessage, ModelState, Stay } from './state';
import { closeView, leaseMs, serveView, settleView } from './views';

const editWindowMs = 24 * 60 * 60_000;
const maxEdits = 10;
export const undoMs = 10_000;
const maxEmoji = 20;

/** What an event does to the room, and what its sender is told. */
export function applyEvent(room: ModelState, stay: Stay, sid: string, event: DurableEvent, now: number): Outcome {
  switch (event.type) {
    case 'send_message':
      return send(room, stay, event, now);
    case 'edit_message':
      return edit(room, stay, event.id, event.content, now);
    case 'delete_message':
      return remove(room, stay, event.id, now);
    case 'react':
      return react(room, stay, event.id, event.emoji, now);
    case 'unreact':
      return react(room, stay, event.id, null, now);
    case 'mark_delivered':
      stay.deliveredSeq = Math.max(stay.deliveredSeq, Math.min(event.up_to_seq, lastSeqOf(room, stay)));
      return done;
    case 'mark_read':
      return read(room, stay, event.message_id, now);
    case 'open_message':
      return open(room, stay, sid, event.id, now);
    case 'mark_viewed':
      return viewed(room, stay, sid, event.message_id, now);
    default:
      return assertNever(event);
  }
}

export function find(room: ModelState, id: string): ModelMessage | undefined {
  return [...room.messages.values()].find((message) => message.id === id);
}

/** [SEND-1] [SEND-2] [SEND-5] */
function send(room: ModelState, stay: Stay, event: SendMessage, now: number): Outcome {
  const existing = find(room, event.id);
  if (existing !== undefined) {
    const isOwn = existing.type !== 'system' && existing.senderId === stay.userId;
    return isOwn ? { kind: 'accepted', seq: existing.seq, created: false, event } : refused('id_reused');
  }
  if (event.reply_to !== undefined) {
    const answered = find(room, event.reply_to);
    const isThere = answered !== undefined && isVisibleTo(answered, stay) && !isOverFor(room, answered, stay, now);
    if (!isThere) return refused('invalid');
  }
  const refusal = event.media_id === undefined ? null : mediumRefusal(room, stay, event, event.media_id);
  if (refusal !== null) return refusal;
  const { policy } = room;
  const own =
    event.expires_in_seconds === undefined ? null : { seconds: event.expires_in_seconds, mode: event.expire_mode ?? 'after_send' };
  room.seq += 1;
  room.messages.set(room.seq, {
    seq: room.seq,
    id: event.id,
    senderId: stay.userId,
    type: event.message_type,
    content: event.content ?? null,
    system: null,
    mediaId: event.media_id ?? null,
    replyTo: event.reply_to ?? null,
    createdAt: now,
    ...clocksOf({ seconds: policy.expires_in_seconds, mode: policy.expire_mode }, own, event.view_once),
    maxViews: event.view_once ? (event.max_views ?? 1) : 0,
    editedAt: null,
    edits: 0,
    reactions: new Map(),
    views: new Map(),
    allReadEnd: null,
    hidden: isBlocked(room, stay.userId) ? 'always' : null,
    end: null,
  });
  // [BLOCK-1] There is something that both may see: so the chat is there for both.
  if (!isBlocked(room, stay.userId)) for (const other of room.stays) other.isConcealed = false;
  const medium = event.media_id === undefined ? undefined : room.media.get(event.media_id);
  if (medium !== undefined) Object.assign(medium, { seq: room.seq, due: null });
  return { kind: 'accepted', seq: room.seq, created: true, event };
}

function mediumRefusal(room: ModelState, stay: Stay, event: SendMessage, id: string): Outcome | null {
  const medium = room.media.get(id);
  if (medium === undefined || medium.ownerId !== stay.userId) return refused('not_found');
  // Its row goes when its bytes are gone: when that is, is nobody's business.
  if (medium.seq !== null) return refused('media_used', 'not_found');
  if (medium.due === null) return refused('media_not_ready', 'not_found');
  if (medium.facts === null) return refused('media_not_ready');
  const isSuitable = event.message_type === 'file' || medium.facts.mime_type.startsWith(`${event.message_type}/`);
  return medium.viewOnce === event.view_once && isSuitable ? null : refused('invalid');
}

/** The message, if the stay may still do something with it. */
function living(room: ModelState, stay: Stay, id: string, now: number): ModelMessage | Outcome {
  const message = find(room, id);
  if (message === undefined || !isVisibleTo(message, stay)) return refused('not_found');
  return isOverFor(room, message, stay, now) ? refused('message_gone') : message;
}

/** [SEND-6] */
function edit(room: ModelState, stay: Stay, id: string, content: string, now: number): Outcome {
  const message = living(room, stay, id, now);
  if ('kind' in message) return message;
  if (message.senderId !== stay.userId) return refused('forbidden');
  if (message.type !== 'text' || message.maxViews > 0) return refused('invalid');
  if (message.content === content) return done;
  if (now - message.createdAt > editWindowMs) return refused('edit_window_over');
  if (message.edits >= maxEdits) return refused('edits_used_up');
  Object.assign(message, { content, editedAt: now, edits: message.edits + 1 });
  // [BLOCK-1] Who blocks the sender reads neither the new words nor the old. It is never hidden from its first millisecond on.
  if (isBlocked(room, stay.userId)) message.hidden ??= Math.max(now, message.createdAt + 1);
  return done;
}

/** [SEND-6] */
function remove(room: ModelState, stay: Stay, id: string, now: number): Outcome {
  const message = find(room, id);
  if (message === undefined || !isVisibleTo(message, stay)) return refused('not_found');
  const isOwn = message.senderId === stay.userId;
  if (message.type === 'system' || !(isOwn || (room.isGroup && stay.role !== 'member'))) return refused('forbidden');
  if (message.end?.reason === 'deleted') return done;
  if (isOverForAll(room, message, now)) return refused('message_gone');
  const wasSeen =
    [...message.views.values()].some((view) => view.state !== 'sealed' || view.views > 0) ||
    (message.hidden !== 'always' && recipientsOf(room, message).some((recipient) => wasToldRead(room, message, stay, recipient)));
  const undone = isOwn && now - message.createdAt <= undoMs && !wasSeen;
  endMessage(room, message, { at: now, reason: 'deleted', byUserId: stay.userId, undone });
  return done;
}

/** [SEND-6] Whether the sender may know that the recipient has read it; where readings are not told, what was delivered counts. */
function wasToldRead(room: ModelState, message: ModelMessage, sender: Stay, recipient: Stay): boolean {
  const areTold = sender.hasReceipts && recipient.toldReadSeq === null && room.standing === null;
  const { delivered, read } = toldProgress(room, sender, recipient);
  return (areTold ? read : delivered) >= message.seq;
}

/** [SEND-6] */
function react(room: ModelState, stay: Stay, id: string, emoji: string | null, now: number): Outcome {
  const message = living(room, stay, id, now);
  if ('kind' in message) return message;
  if (message.type === 'system') return refused('invalid');
  if (message.maxViews > 0) return refused('sealed');
  if ((message.reactions.get(stay.n)?.emoji ?? null) === emoji) return done;
  const others = [...message.reactions].filter(([n]) => n !== stay.n).map(([, given]) => given.emoji);
  if (emoji !== null && new Set([...others, emoji]).size > maxEmoji) return refused('too_many_reactions');
  if (emoji === null) message.reactions.delete(stay.n);
  else message.reactions.set(stay.n, { emoji, isHidden: isBlocked(room, stay.userId) });
  return done;
}

/** [RCPT-1] [EXP-1] Everything up to the message is read now. */
function read(room: ModelState, stay: Stay, id: string, now: number): Outcome {
  const upTo = find(room, id);
  if (upTo === undefined || !isVisibleTo(upTo, stay)) return refused('not_found');
  const isNew = (message: ModelMessage) => message.seq > stay.readSeq && message.seq <= upTo.seq && isReadBy(message, stay);
  const nowRead = [...room.messages.values()].filter(isNew);
  for (const message of nowRead) stay.readAt.set(message.seq, now);
  // [RCPT-3] The first reading after turning receipts on again tells of all before it.
  if (stay.hasReceipts && upTo.seq > stay.readSeq) stay.toldReadSeq = null;
  stay.readSeq = Math.max(stay.readSeq, upTo.seq);
  stay.deliveredSeq = Math.max(stay.deliveredSeq, stay.readSeq);
  for (const message of nowRead) noteIfAllHaveRead(room, message, stay, now);
  return done;
}

/** [EXP-1] Whoever reads last, or leaves unread, makes the end for everybody known. */
export function noteIfAllHaveRead(room: ModelState, message: ModelMessage, mover: Stay, now: number): void {
  const concerns = message.senderId !== mover.userId && isReadBy(message, mover);
  if (message.readSeconds === null || !concerns || isOverForAll(room, message, now)) return;
  const recipients = recipientsOf(room, message);
  if (recipients.some((stay) => stay.readSeq < message.seq)) return;
  const lastReadAt = recipients.length === 0 ? now : Math.max(...recipients.map((stay) => stay.readAt.get(message.seq) ?? now));
  const end = lastReadAt + message.readSeconds * 1_000;
  message.allReadEnd = Math.min(message.allReadEnd ?? end, end);
}

/** [ONCE-2] */
function open(room: ModelState, stay: Stay, sid: string, id: string, now: number): Outcome {
  const message = living(room, stay, id, now);
  if ('kind' in message) return message;
  if (message.maxViews === 0) return refused('invalid');
  if (message.senderId === stay.userId) return refused('forbidden');
  const facts = message.mediaId === null ? null : (room.media.get(message.mediaId)?.facts ?? null);
  const view = message.views.get(stay.n) ?? sealedView();
  // What time did to it is written only when something comes of it.
  const settled = { ...view };
  settleView(message, settled, now);
  if (settled.state === 'viewed' || (settled.state === 'open' && settled.sid !== sid)) return refused('already_opened');
  if (settled.state === 'sealed') {
    Object.assign(settled, { state: 'open', sid, due: now + leaseMs(message, facts), isServed: false, lease: null });
    if (message.content !== null) serveView(settled, now);
  }
  message.views.set(stay.n, settled);
  const viewsLeft = message.maxViews - settled.views - (settled.isServed ? 0 : 1);
  return { kind: 'opened', content: message.content, media: facts, leaseExpiresAt: settled.due ?? 0, viewsLeft };
}

/** [ONCE-3] */
function viewed(room: ModelState, stay: Stay, sid: string, id: string, now: number): Outcome {
  const message = find(room, id);
  if (message === undefined || !isVisibleTo(message, stay)) return refused('not_found');
  const view = message.views.get(stay.n);
  if (message.end !== null || view === undefined) return done;
  const settled = settleView(message, view, now);
  const closes = view.state === 'open' && view.sid === sid;
  if (closes) closeView(message, view, now);
  if ((settled || closes) && view.state === 'viewed') endIfAllViewed(room, message, now);
  return done;
}

/** [ONCE-6] The bytes of a view-once medium are asked for under a lease. */
export function serve(room: ModelState, stay: Stay, sid: string, lease: string, now: number): Outcome {
  const message = [...room.messages.values()].find((candidate) => candidate.views.get(stay.n)?.lease === lease);
  const view = message?.views.get(stay.n);
  if (message === undefined || view === undefined || message.end !== null || view.sid !== sid || !isVisibleTo(message, stay))
    return refused('not_found');
  if (isOverFor(room, message, stay, now)) return refused('message_gone');
  const facts = message.mediaId === null ? null : (room.media.get(message.mediaId)?.facts ?? null);
  if (facts === null) return refused('not_found');
  if ((view.due ?? 0) <= now) return refused('lease_over');
  serveView(view, now);
  return { kind: 'served', media: facts };
}

/** [ONCE-5] */
export function endIfAllViewed(room: ModelState, message: ModelMessage, now: number): void {
  const isDone = recipientsOf(room, message).every((stay) => message.views.get(stay.n)?.state === 'viewed');
  if (isDone && message.end === null) endMessage(room, message, { at: now, reason: viewedReason(message), byUserId: null, undone: false });
}

export function viewedReason(message: ModelMessage): 'viewed' | 'unopened' {
  return [...message.views.values()].some((view) => view.views > 0) ? 'viewed' : 'unopened';
}

/** [EXP-4] Content, reactions and medium go; the tombstone stays. */
export function endMessage(room: ModelState, message: ModelMessage, end: End): void {
  message.end = end;
  message.content = null;
  message.reactions.clear();
  for (const view of message.views.values()) Object.assign(view, { due: null, lease: null });
  const medium = message.mediaId === null ? undefined : room.media.get(message.mediaId);
  if (medium !== undefined) medium.facts = null;
}

/** [EXP-4] [ONCE-5] Why time ends it. */
export function reasonOfTime(room: ModelState, message: ModelMessage): End['reason'] {
  const clock = message.sendSeconds === null ? Number.POSITIVE_INFINITY : message.createdAt + message.sendSeconds * 1_000;
  if (message.maxViews === 0 || clock < message.createdAt + (room.isGroup ? 7 : 31) * editWindowMs) return 'expired';
  return viewedReason(message);
}

export function timeEnd(room: ModelState, message: ModelMessage): End {
  return { at: endForAll(room, message) ?? 0, reason: reasonOfTime(room, message), byUserId: null, undone: false };
}

function sealedView() {
  const view = { state: 'sealed', views: 0, sid: '', due: null, isServed: false, firstViewedAt: null, lease: null } as const;
  return { ...view } as ModelMessage['views'] extends Map<number, infer View> ? View : never;
}
