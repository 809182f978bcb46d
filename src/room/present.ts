import type { Media, Message, SystemFacts } from '../protocol/models';
import { isOver } from './expiry';
import type { MessageState } from './state';

/** What presenting a message needs to know of the room. */
export interface Surroundings {
  readonly chatId: string;
  /** User id of a stay. */
  userOf(n: number): string;
  mediaFacts(id: string): Media | null;
}

/** A message as its readers may see it at `now`: once it is over, its tombstone, whether or not the cleaning has run [EXP-3]. */
export function presentMessage(state: MessageState, around: Surroundings, now: number): Message {
  const over = isOver(state, now);
  const system = state.type === 'system' && !over && state.body !== null ? { system: JSON.parse(state.body) as SystemFacts } : {};
  return {
    id: state.id,
    chat_room_id: around.chatId,
    seq: state.seq,
    sender_id: around.userOf(state.sender),
    message_type: state.type,
    content: over || state.type === 'system' ? null : state.body,
    media: over || state.mediaId === null ? null : around.mediaFacts(state.mediaId),
    ...system,
    reply_to: over ? null : state.replyTo,
    view_once: false,
    max_views: null,
    view_state: null,
    expire_mode: state.expireMode,
    expires_in_seconds: state.expiresInSeconds,
    expires_at: over ? null : state.endsAt,
    created_at: state.createdAt,
    edited_at: null,
    deleted_at: over ? (state.deletedAt ?? state.endsAt) : null,
    deleted_reason: over ? (state.deletedReason ?? 'expired') : null,
    deleted_by: null,
    undone: false,
    reactions: [],
  };
}
