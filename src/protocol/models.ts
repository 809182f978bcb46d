import * as v from 'valibot';
import { maxExpirySeconds, minExpirySeconds } from './limits';
import { uuid } from './text';

/** Milliseconds since the epoch, server clock. */
export const timestamp = v.pipe(v.number(), v.integer());
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

export const expireMode = v.picklist(['after_send', 'after_read']);
export const expiresInSeconds = v.pipe(
  v.number(),
  v.integer('is not a whole number'),
  v.minValue(minExpirySeconds, `is less than ${minExpirySeconds}`),
  v.maxValue(maxExpirySeconds, `is more than ${maxExpirySeconds}`),
);

/** [EXP-6] A chat's clock as it is asked for; `expires_in_seconds: null` is "off". */
export const expiry = v.object({ expires_in_seconds: v.nullable(expiresInSeconds), expire_mode: expireMode });

export const user = v.object({
  id: uuid,
  username: v.string(),
  display_name: v.string(),
  avatar_url: v.nullable(v.string()),
  deleted: v.boolean(),
});

export const role = v.picklist(['owner', 'admin', 'member']);
export const member = v.object({ user, role, joined_at: timestamp });

/** How long messages of a room live; `expires_in_seconds: null` is "off" [EXP-6]. */
export const policy = v.object({
  ...expiry.entries,
  version: count,
  changed_by: v.nullable(uuid),
  changed_at: timestamp,
});

export const settings = v.object({
  /** [RCPT-3] */
  read_receipts: v.boolean(),
  presence: v.boolean(),
  findable: v.boolean(),
  push_shows: v.picklist(['nothing', 'name']),
  /** [EXP-6] What the user's new chats begin with; null for what everybody's do. */
  default_expiry: v.nullable(expiry),
  locale: v.string(),
});

export const me = v.object({ ...user.entries, settings, role: v.picklist(['user', 'admin']), created_at: timestamp });

export const chat = v.object({
  id: uuid,
  is_group: v.boolean(),
  name: v.nullable(v.string()),
  other_user: v.optional(user),
  member_count: count,
  my_role: role,
  policy,
  last_seq: count,
  created_at: timestamp,
});

export const media = v.object({
  id: uuid,
  /** Read from the bytes for what is shown or played in place; of a file, what its uploader calls it. */
  mime_type: v.string(),
  byte_size: count,
  /** Pixels as seen, upright; of images and videos. */
  width: v.nullable(count),
  height: v.nullable(count),
  /** Of video and audio. */
  duration_ms: v.nullable(count),
  /** Of files; without paths, control characters and marks that turn the reading direction. */
  file_name: v.nullable(v.string()),
  /** A ThumbHash in base64, to be shown while the thumbnail loads; of what has one. */
  placeholder: v.nullable(v.string()),
  /** Whether there is a JPEG inside 300×300 [MEDIA-2]; of a video, its poster. */
  has_thumbnail: v.boolean(),
});

/** A medium with links that live for what is left of its message, 300 s at most [EXP-7]. */
export const linkedMedia = v.object({
  ...media.entries,
  url: v.string(),
  thumbnail_url: v.nullable(v.string()),
  url_expires_at: timestamp,
});

export const sentMessageType = v.picklist(['text', 'image', 'video', 'audio', 'file']);
export const messageType = v.picklist(['text', 'image', 'video', 'audio', 'file', 'system']);

export const systemFacts = v.object({
  kind: v.picklist(['created', 'member_added', 'member_removed', 'member_left', 'role_changed', 'renamed', 'policy_changed']),
  actor_id: uuid,
  user_ids: v.array(uuid),
  value: v.nullable(v.string()),
});

export const deletedReason = v.picklist(['expired', 'viewed', 'unopened', 'deleted']);

/** How a view-once message stands for one recipient [ONCE-2]. */
export const viewState = v.picklist(['sealed', 'open', 'open_elsewhere', 'viewed', 'viewed_elsewhere', 'unopened']);
export const reactions = v.array(v.object({ emoji: v.string(), user_ids: v.array(uuid) }));

/**
 * A message in its present state for one reader (spec section 3); after its end, the tombstone. On the wire a field at its
 * default is left out: most messages have few others, and each travels to every member.
 */
export const message = v.object({
  id: uuid,
  seq: count,
  sender_id: uuid,
  message_type: messageType,
  content: v.nullish(v.string(), null),
  media: v.nullish(media, null),
  system: v.optional(systemFacts),
  reply_to: v.nullish(uuid, null),
  view_once: v.optional(v.boolean(), false),
  max_views: v.nullish(v.picklist([1, 2]), null),
  view_state: v.nullish(viewState, null),
  lease_expires_at: v.optional(timestamp),
  /** [ONCE-3] For a recipient who has viewed it and may once more: until when. */
  replay_until: v.optional(timestamp),
  expire_mode: v.optional(expireMode, 'after_send'),
  expires_in_seconds: v.nullish(count, null),
  expires_at: v.nullish(timestamp, null),
  created_at: timestamp,
  edited_at: v.nullish(timestamp, null),
  deleted_at: v.nullish(timestamp, null),
  deleted_reason: v.nullish(deletedReason, null),
  deleted_by: v.nullish(uuid, null),
  undone: v.optional(v.boolean(), false),
  reactions: v.optional(reactions, []),
  receipts: v.optional(v.object({ of: count, delivered: count, read: count, viewed: count, unopened: count })),
  erased_at: v.optional(timestamp),
});

/** The message as it is written on the wire: JSON leaves out what is `undefined` here. */
export function packMessage(full: Message): PackedMessage {
  return {
    ...full,
    content: full.content ?? undefined,
    media: full.media ?? undefined,
    reply_to: full.reply_to ?? undefined,
    view_once: full.view_once || undefined,
    max_views: full.max_views ?? undefined,
    view_state: full.view_state ?? undefined,
    expire_mode: full.expire_mode === 'after_send' ? undefined : full.expire_mode,
    expires_in_seconds: full.expires_in_seconds ?? undefined,
    expires_at: full.expires_at ?? undefined,
    edited_at: full.edited_at ?? undefined,
    deleted_at: full.deleted_at ?? undefined,
    deleted_reason: full.deleted_reason ?? undefined,
    deleted_by: full.deleted_by ?? undefined,
    undone: full.undone || undefined,
    reactions: full.reactions.length === 0 ? undefined : full.reactions,
  };
}

/** What a chat list shows of a chat [INBOX-2]; `preview` only ever passes through memory. */
export const chatSummary = v.object({
  id: uuid,
  name: v.nullable(v.string()),
  is_group: v.boolean(),
  member_count: count,
  other_user: v.optional(user),
  last_message: v.nullable(
    v.object({
      id: uuid,
      sender_id: uuid,
      sender_name: v.string(),
      message_type: messageType,
      preview: v.nullable(v.string()),
      system: v.optional(systemFacts),
      created_at: timestamp,
      expires_at: v.nullable(timestamp),
      edited_at: v.optional(v.nullable(timestamp)),
      view_once: v.boolean(),
    }),
  ),
  last_seq: count,
  last_read_seq: count,
  unread_count: count,
  muted_until: v.nullable(timestamp),
  pinned: v.boolean(),
  archived: v.boolean(),
  policy,
  updated_at: timestamp,
});

export type User = v.InferOutput<typeof user>;
export type Me = v.InferOutput<typeof me>;
export type Settings = v.InferOutput<typeof settings>;
export type Role = v.InferOutput<typeof role>;
export type Member = v.InferOutput<typeof member>;
export type ExpireMode = v.InferOutput<typeof expireMode>;
export type ExpiryChoice = v.InferOutput<typeof expiry>;
export type Policy = v.InferOutput<typeof policy>;
export type Chat = v.InferOutput<typeof chat>;
export type Media = v.InferOutput<typeof media>;
export type LinkedMedia = v.InferOutput<typeof linkedMedia>;
export type SystemFacts = v.InferOutput<typeof systemFacts>;
export type MessageType = v.InferOutput<typeof messageType>;
export type SentMessageType = v.InferOutput<typeof sentMessageType>;
export type DeletedReason = v.InferOutput<typeof deletedReason>;
export type ViewState = v.InferOutput<typeof viewState>;
export type Reactions = v.InferOutput<typeof reactions>;
export type Message = v.InferOutput<typeof message>;
export type PackedMessage = v.InferInput<typeof message>;
export type ChatSummary = v.InferOutput<typeof chatSummary>;
