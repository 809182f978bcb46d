import { Refusal } from '../protocol/errors';
import { mediaKindOf } from '../protocol/media-types';
import { type Media, packMessage, type SentMessageType, type SystemFacts } from '../protocol/models';
import type { MessageAccepted, SendMessage } from '../protocol/room-frames';
import { unopenedLimit } from './ending';
import { computeEndsAt, computeExpiry, type Expiry, type ExpiryRule, earlier, isOver } from './expiry';
import type { LiveRoom } from './live-room';
import { noReactions } from './rows';
import type { MediaState, MemberState, MessageState } from './state';
import type { Turn } from './turn';

/** What a send came to: the message, and whether this call made it. */
export interface SendOutcome {
  readonly message: MessageState;
  readonly created: boolean;
  readonly accepted: MessageAccepted;
}

/**
 * [SEND-1] [SEND-2] [SEND-5] Takes a `send_message`; the same id again from the same sender gives the first result.
 * @throws Refusal `id_reused`, `invalid`, `not_found`, `media_not_ready`, `media_used`
 */
export function applySend(turn: Turn, sender: MemberState, event: SendMessage): SendOutcome {
  const { room, now } = turn;
  if (event.reply_to !== undefined || event.media_id !== undefined) {
    // What was sent already is not refused for what became of the reply or the medium since.
    const existing = room.store.messages.byId(event.id);
    if (existing !== null) return firstOutcome(room, sender, existing);
    requireVisibleReply(room, sender, event, now);
    requireUsableMedium(sender, event, event.media_id === undefined ? null : room.store.media.find(event.media_id));
  }
  const message = newMessage(turn, sender, event);
  // Nearly every id is new: to look for it first would cost every message a statement more.
  if (!room.store.messages.insert(message)) return firstOutcome(room, sender, room.store.messages.byId(event.id));
  turn.noteSent(message);
  if (message.mediaId !== null) room.store.media.attach(message.mediaId, message.seq);
  turn.wakeAt(message.endsAt);
  turn.senders.add(sender.profile.user.id);
  if (message.hiddenAt === null) reveal(turn, message.rev0);
  turn.shareAbout(message, { type: 'new_message', rev: message.rev0, message: packMessage(room.present(message, null, now)) });
  return { message, created: true, accepted: acceptedEvent(room, message) };
}

/** [SEND-2] What the first call with the id came to. */
function firstOutcome(room: LiveRoom, sender: MemberState, existing: MessageState | null): SendOutcome {
  const isTheirs = existing !== null && existing.type !== 'system' && room.roster.userOf(existing.sender) === sender.profile.user.id;
  if (!isTheirs) throw new Refusal('id_reused');
  return { message: existing, created: false, accepted: acceptedEvent(room, existing) };
}

/** [BLOCK-1] There is something here that everybody may see: so the chat is there for everybody. */
function reveal(turn: Turn, rev: number): void {
  const { room } = turn;
  if (room.roster.concealed.length === 0) return;
  for (const { n } of room.roster.concealed) room.store.reveal(n, rev);
  room.reloadRoster();
}

/**
 * [SEND-9] The line that tells what became of the room: it takes a `seq`, is never unread and never ends.
 * @param isPrivate whether only the actor is shown it; also where the others block them [BLOCK-1]
 */
export function applySystemMessage(turn: Turn, actor: MemberState, facts: Omit<SystemFacts, 'actor_id'>, isPrivate = false): void {
  const { room, now } = turn;
  const body = JSON.stringify({ ...facts, actor_id: actor.profile.user.id } satisfies SystemFacts);
  const message: MessageState = {
    ...blankMessage,
    seq: turn.nextSeq,
    id: crypto.randomUUID(),
    sender: actor.n,
    rev0: turn.nextRev,
    type: 'system',
    body,
    createdAt: now,
    hiddenAt: isPrivate || room.blocks.areAgainst(actor.profile.user.id) ? now : null,
  };
  room.store.messages.insert(message);
  turn.noteSent(message);
  turn.shareAbout(message, { type: 'new_message', rev: message.rev0, message: packMessage(room.present(message, null, now)) });
}

/** What a message has none of until something gives it one. */
export const blankMessage = {
  changed: null,
  mediaId: null,
  replyTo: null,
  expireMode: 'after_send',
  sendSeconds: null,
  readSeconds: null,
  endsAt: null,
  maxViews: 0,
  editedAt: null,
  edits: 0,
  reactions: noReactions,
  deletedAt: null,
  deletedReason: null,
  deletedBy: null,
  undone: false,
  erasedAt: null,
  hiddenAt: null,
} as const satisfies Partial<MessageState>;

function newMessage(turn: Turn, sender: MemberState, event: SendMessage): MessageState {
  const { room, now } = turn;
  const { policy } = room.facts;
  const requested: ExpiryRule | null =
    event.expires_in_seconds === undefined ? null : { seconds: event.expires_in_seconds, mode: event.expire_mode ?? 'after_send' };
  const expiry = computeExpiry({ seconds: policy.expires_in_seconds, mode: policy.expire_mode }, requested, event.view_once);
  return {
    ...blankMessage,
    seq: turn.nextSeq,
    id: event.id,
    sender: sender.n,
    rev0: turn.nextRev,
    type: event.message_type,
    body: event.content ?? null,
    mediaId: event.media_id ?? null,
    replyTo: event.reply_to ?? null,
    createdAt: now,
    expireMode: expiry.mode,
    sendSeconds: expiry.sendSeconds,
    readSeconds: expiry.readSeconds,
    endsAt: firstEndsAt(room, expiry, now, event.view_once),
    maxViews: event.view_once ? (event.max_views ?? 1) : 0,
    hiddenAt: room.blocks.areAgainst(sender.profile.user.id) ? now : null,
  };
}

function firstEndsAt(room: LiveRoom, expiry: Expiry, createdAt: number, isViewOnce: boolean): number | null {
  return earlier(computeEndsAt(expiry, createdAt), isViewOnce ? unopenedLimit(room, createdAt) : null);
}

function requireVisibleReply(room: LiveRoom, sender: MemberState, event: SendMessage, now: number): void {
  if (event.reply_to === undefined) return;
  const repliedTo = room.find(sender, event.reply_to);
  const isVisible = repliedTo !== null && room.present(repliedTo, { member: sender, sid: null }, now).deleted_at === null;
  if (!isVisible)
    throw new Refusal('invalid', 'There is no such message to reply to.', {
      fields: [{ path: 'reply_to', message: 'is not a message of this chat' }],
    });
}

function requireUsableMedium(sender: MemberState, event: SendMessage, medium: MediaState | null): void {
  if (event.media_id === undefined) return;
  if (medium === null || medium.owner !== sender.profile.user.id)
    throw new Refusal('not_found', 'There is no such medium of yours in this chat.');
  if (medium.seq !== null) throw new Refusal('media_used');
  if (medium.facts === null || medium.due === null) throw new Refusal('media_not_ready');
  if (medium.viewOnce !== event.view_once) {
    throw new Refusal('invalid', 'The medium was uploaded for another kind of message.', {
      fields: [{ path: 'view_once', message: 'is not what the upload said' }],
    });
  }
  if (!suits(event.message_type, medium.facts)) {
    throw new Refusal('invalid', 'The medium is of another type than the message.', {
      fields: [{ path: 'message_type', message: `does not suit ${medium.facts.mime_type}` }],
    });
  }
}

function suits(type: SentMessageType, facts: Media): boolean {
  return type === 'file' || type === mediaKindOf(facts.mime_type);
}

/** [SEND-2] The first result, however often it is asked for: from what never changes of the message. */
function acceptedEvent(room: LiveRoom, message: MessageState): MessageAccepted {
  return {
    type: 'message_accepted',
    id: message.id,
    seq: message.seq,
    created_at: message.createdAt,
    expires_at: firstEndsAt(room, { ...message, mode: message.expireMode }, message.createdAt, message.maxViews > 0),
    expires_in_seconds: message.expireMode === 'after_read' ? message.readSeconds : message.sendSeconds,
    expire_mode: message.expireMode,
  };
}

/**
 * The live message with this id, for a member who may see it.
 * @throws Refusal `not_found`, or `message_gone` when it is over for this member
 */
export function requireLive(turn: Turn, member: MemberState, id: string): MessageState {
  const message = turn.room.requireMessage(member, id);
  const shown = turn.room.present(message, { member, sid: null }, turn.now);
  if (shown.deleted_at !== null || isOver(message, turn.now)) throw new Refusal('message_gone');
  return message;
}
