import type { DeletedReason, Message } from '../../src/protocol/models';
import type { MessageAccepted, ServerRoomEvent } from '../../src/protocol/room-frames';
import { assertNever } from '../assert-never';
import type { PendingLine } from './line';

export type ViewChange = Omit<Extract<ServerRoomEvent, { type: 'view_changed' }>, 'type'>;

/** How a message ended, for everybody or for this reader. */
export interface Ending {
  readonly reason: DeletedReason;
  /** Milliseconds since the epoch, server clock. */
  readonly at: number;
  readonly by?: string;
  /** [SEND-6] No trace of it is shown. */
  readonly isUndone?: boolean;
}

/** [SEND-2] The own line as the message that it is with what the server decided. */
export const messageOf = (line: PendingLine, accepted: MessageAccepted): Message => ({
  id: line.id,
  seq: accepted.seq,
  sender_id: line.senderId,
  message_type: line.type,
  content: line.isOnce ? null : line.text,
  media: line.media,
  reply_to: line.replyTo,
  view_once: line.isOnce,
  max_views: line.isOnce ? (line.allowsReplay ? 2 : 1) : null,
  view_state: null,
  expire_mode: accepted.expire_mode,
  expires_in_seconds: accepted.expires_in_seconds,
  expires_at: accepted.expires_at,
  created_at: accepted.created_at,
  edited_at: null,
  deleted_at: null,
  deleted_reason: null,
  deleted_by: null,
  undone: false,
  reactions: [],
});

/** What is held, as `told` has it; but what has ended stays ended, and no end moves to a later moment. */
export function renewed(held: Message, told: Message): Message {
  if (held.deleted_at !== null && told.deleted_at === null) return held;
  return { ...told, view_state: told.view_state ?? held.view_state, expires_at: earlier(held.expires_at, told.expires_at) };
}

/** [SEND-6] An older edit that comes late changes nothing. */
export function edited(message: Message, content: string, editedAt: number): Message {
  return (message.edited_at ?? 0) < editedAt ? { ...message, content, edited_at: editedAt } : message;
}

/** [ONCE-2] */
export function viewed(
  { lease_expires_at: _, replay_until: __, ...message }: Message,
  { view_state, lease_expires_at, replay_until }: ViewChange,
): Message {
  return {
    ...message,
    view_state,
    ...(lease_expires_at === null ? {} : { lease_expires_at }),
    ...(replay_until === undefined ? {} : { replay_until }),
  };
}

/** [EXP-4] A tombstone, without any content. */
export const ended = (message: Message, { reason, at, by, isUndone = false }: Ending): Message => ({
  ...message,
  content: null,
  media: null,
  reactions: [],
  reply_to: null,
  deleted_at: at,
  deleted_reason: reason,
  deleted_by: by ?? null,
  undone: isUndone,
});

/**
 * What time ended leaves no trace. What somebody deleted is said, unless they undid it at once;
 * of a view-once line it is told how it ended, since both sides wait for that.
 */
export function isShown({ deleted_reason, undone, view_once }: Message): boolean {
  switch (deleted_reason) {
    case null:
      return true;
    case 'expired':
      return false;
    case 'deleted':
      return !undone;
    case 'viewed':
    case 'unopened':
      return view_once;
    default:
      return assertNever(deleted_reason);
  }
}

/** The earlier of two ends, null being none. */
export const earlier = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : Math.min(a, b));
