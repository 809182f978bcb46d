import * as v from 'valibot';
import { maxWatched } from './limits';
import { chatSummary, timestamp } from './models';
import { errorEvent } from './room-frames';
import { uuid } from './text';

/** What an `error` event repeats so that the client finds the event it answers [SOCK-4]. */
const ref = v.optional(v.pipe(v.string(), v.maxLength(64)));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** [INBOX-2] Asks the rooms for what may be shown of their last messages; the inbox itself stores no text. */
export const wantPreviews = v.object({
  type: v.literal('want_previews'),
  chat_room_ids: v.pipe(v.array(uuid), v.maxLength(50)),
  ref,
});
/** [INBOX-4] Everything of the chat up to it has reached this user. */
export const markDelivered = v.object({
  type: v.literal('mark_delivered'),
  chat_room_id: uuid,
  up_to_seq: count,
  ref,
});
/** [INBOX-5] Whether somebody may be looking at the page; visible until it is said otherwise. */
export const active = v.object({ type: v.literal('active'), visible: v.boolean(), ref });
/** [INBOX-6] Replaces what this socket watches. It lasts some minutes: repeat it as long as they are on the screen. */
export const watchPresence = v.object({ type: v.literal('watch_presence'), user_ids: v.pipe(v.array(uuid), v.maxLength(maxWatched)), ref });
export const clientInboxEvent = v.variant('type', [wantPreviews, markDelivered, active, watchPresence]);

/** Unread messages, and chats that hold any, without muted and archived chats. */
const totals = { unread_total: count, unread_chats: count };

/** [INBOX-1] The first frame of every inbox socket: with `reset` the newest chats, else those that changed, and those that went. */
export const inbox = v.object({
  type: v.literal('inbox'),
  epoch: v.string(),
  rev: count,
  server_time: timestamp,
  chats: v.array(chatSummary),
  removed: v.array(uuid),
  next_cursor: v.nullable(v.string()),
  ...totals,
  reset: v.boolean(),
});
export const chatUpdated = v.object({ type: v.literal('chat_updated'), rev: count, chat: chatSummary, ...totals });
/** The user has left the chat, or cleared it: then it comes back with the next message. */
export const chatRemoved = v.object({ type: v.literal('chat_removed'), rev: count, chat_room_id: uuid, ...totals });
export const previews = v.object({
  type: v.literal('previews'),
  items: v.array(v.object({ chat_room_id: uuid, message_id: v.nullable(uuid), preview: v.nullable(v.string()) })),
});

/** The user's name or settings changed, perhaps on another device: `GET /api/users/me` says how. */
export const meChanged = v.object({ type: v.literal('me_changed') });
/** [BLOCK-1] The user blocks somebody, perhaps on another device, or does so no more. */
export const blockChanged = v.object({ type: v.literal('block_changed'), user_id: uuid, blocked: v.boolean() });

/** [LIVE-3] How watched users are; `last_seen_at` is null while online, after 24 h, and of whom this user may not see. */
export const presence = v.object({
  type: v.literal('presence'),
  users: v.array(v.object({ user_id: uuid, online: v.boolean(), last_seen_at: v.nullable(timestamp) })),
});

/** Every event an inbox sends. */
export const serverInboxEvent = v.variant('type', [
  presence,
  inbox,
  chatUpdated,
  chatRemoved,
  previews,
  meChanged,
  blockChanged,
  errorEvent,
]);

export type WatchPresence = v.InferOutput<typeof watchPresence>;
export type MarkDelivered = v.InferOutput<typeof markDelivered>;
export type ClientInboxEvent = v.InferOutput<typeof clientInboxEvent>;
export type ServerInboxEvent = v.InferOutput<typeof serverInboxEvent>;
export type InboxFrame = v.InferOutput<typeof inbox>;
