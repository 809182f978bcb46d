import * as v from 'valibot';
import { maxAudioMs, maxMembers, maxMembersPerCall, maxPushEndpointLength, muteForeverAt } from './limits';
import { maxDurationOf, mediaKindOf, mediaType } from './media-types';
import { chat, chatSummary, expiry, linkedMedia, me, media, member, message, role, settings, timestamp, user } from './models';
import { chatName, displayName, locale, password, username, uuid } from './text';

/** Shapes of the REST calls of spec section 1: `…Body` is what a client sends, `…Answer` what it gets. */

/** `cookie: false` is for clients without cookies: the refresh token then travels in bodies [AUTH-3]. */
const cookie = v.optional(v.boolean(), true);

export const signupBody = v.object({ username, password, display_name: v.optional(displayName), cookie });
/** No rule but a bound on what is tried: a rule that changed must not lock anybody out. */
export const loginBody = v.object({
  username: v.pipe(v.string(), v.maxLength(256)),
  password: v.pipe(v.string(), v.maxLength(512)),
  cookie,
});
export const refreshBody = v.object({ refresh_token: v.optional(v.pipe(v.string(), v.maxLength(256))) });
export const sessionAnswer = v.object({
  user: me,
  access_token: v.string(),
  expires_in: v.number(),
  refresh_token: v.optional(v.string()),
});
export const refreshAnswer = v.object({ access_token: v.string(), expires_in: v.number(), refresh_token: v.optional(v.string()) });

/** `PATCH /api/users/me`: what is left out stays as it is. */
export const patchMeBody = v.object({
  display_name: v.optional(displayName),
  settings: v.optional(v.partial(v.object({ ...settings.entries, locale }))),
});

export const avatarAnswer = v.object({ avatar_url: v.string() });

export const usersAnswer = v.object({ users: v.array(user) });

/** Random ids alone: a direct chat's is derived from its two users, and whoever could choose it could take their place in it. */
const randomUuid = v.pipe(uuid, v.regex(/^.{14}4/, 'is not a version 4 UUID'));

/** `id` makes a group's creation repeatable: the same id from the same creator finds the first result. */
export const createChatBody = v.pipe(
  v.object({
    id: v.optional(randomUuid),
    is_group: v.boolean(),
    name: v.optional(chatName),
    member_ids: v.pipe(v.array(uuid), v.minLength(1, 'is empty'), v.maxLength(maxMembers - 1, `has more than ${maxMembers - 1} entries`)),
    expiry: v.optional(expiry),
  }),
  v.forward(
    v.check((body) => !body.is_group || body.name !== undefined, 'is required for a group'),
    ['name'],
  ),
  v.forward(
    v.check((body) => body.is_group || body.member_ids.length === 1, 'must name one other user for a direct chat'),
    ['member_ids'],
  ),
);
export const chatAnswer = v.object({ chat });
/** [GROUP-1] Whom to add. */
export const addMembersBody = v.object({
  user_ids: v.pipe(v.array(uuid), v.minLength(1, 'is empty'), v.maxLength(maxMembersPerCall, `has more than ${maxMembersPerCall} entries`)),
});
export const setRoleBody = v.object({ role });
export const membersAnswer = v.object({ members: v.array(member), next_cursor: v.nullable(v.string()) });
/** The caller's own list: what is left out stays as it is. `muted_until` is null for not at all, `muteForeverAt` for ever. */
export const patchListedChatBody = v.object({
  muted_until: v.optional(v.nullable(v.pipe(timestamp, v.minValue(0, 'is less than 0'), v.maxValue(muteForeverAt, 'is too far away')))),
  pinned: v.optional(v.boolean()),
  archived: v.optional(v.boolean()),
});
export const patchChatBody = v.object({ name: v.optional(chatName), expiry: v.optional(expiry) });
/** `POST /api/chats/:id/frames`: every client event but typing, and the events that answer them. */
export const framesAnswer = v.object({ answers: v.array(v.looseObject({ type: v.string() })) });
export const receiptsAnswer = v.object({
  receipts: v.array(
    v.object({ user_id: uuid, state: v.picklist(['sent', 'delivered', 'read', 'viewed']), at: v.nullable(timestamp), views: v.number() }),
  ),
  next_cursor: v.nullable(v.string()),
});
export const changePasswordBody = v.object({ current_password: v.pipe(v.string(), v.maxLength(512)), new_password: password });
/** [INBOX-5] Where the device of the session is reached, as its browser says; whether anybody may be called there is for the server to say. */
export const pushBody = v.object({
  endpoint: v.pipe(v.string(), v.maxLength(maxPushEndpointLength, 'is too long')),
  keys: v.object({
    p256dh: v.pipe(v.string(), v.regex(/^[\w-]{87}$/, 'is not 65 bytes in base64url')),
    auth: v.pipe(v.string(), v.regex(/^[\w-]{22}$/, 'is not 16 bytes in base64url')),
  }),
});
/** `GET /api/push/:chat_id`: what a notification may say. `chat_name` is of groups alone; `sender_name` null where a system line is the newest. */
export const pushNames = v.object({ chat_name: v.nullable(v.string()), sender_name: v.nullable(v.string()) });
/** [BLOCK-1] Whom the caller blocks, the latest first. */
export const blocksAnswer = v.object({
  blocks: v.array(v.object({ user, blocked_at: timestamp })),
  next_cursor: v.nullable(v.string()),
});
export const sessionsAnswer = v.object({
  sessions: v.array(v.object({ id: uuid, created_at: timestamp, last_used_at: timestamp, current: v.boolean() })),
});
export const chatsAnswer = v.object({ chats: v.array(chatSummary), next_cursor: v.nullable(v.string()) });
/** Newest first; `next_after` is missing in answers of the first servers. */
export const messagesAnswer = v.object({
  messages: v.array(message),
  next_before: v.nullable(uuid),
  next_after: v.optional(v.nullable(uuid), null),
});
export const messageAnswer = v.object({ message });

/** The webcam call: base64 or a data URL. What is uploaded as view-once can be sent in a view-once message only [ONCE-6]. */
export const uploadBody = v.object({
  chat_id: uuid,
  image_data: v.string(),
  file_type: v.pipe(v.string(), v.maxLength(100)),
  view_once: v.optional(v.boolean(), false),
});
/** The fields beside `file` of the multipart call; all values of a form are text. */
export const uploadForm = v.object({
  chat_id: uuid,
  view_once: v.pipe(
    v.optional(v.picklist(['true', 'false']), 'false'),
    v.transform((value) => value === 'true'),
  ),
});
/**
 * Announces an upload: its URL is bound to this size and type. `duration_ms` counts only where the bytes do not tell it;
 * `file_name` is kept for files alone; `poster_media_id` is an image uploaded before, of which the video takes the thumbnail.
 */
export const reserveMediaBody = v.pipe(
  v.object({
    chat_id: uuid,
    mime_type: mediaType,
    byte_size: v.pipe(v.number(), v.integer('is not a whole number'), v.minValue(1, 'is less than 1')),
    view_once: v.optional(v.boolean(), false),
    file_name: v.optional(v.pipe(v.string(), v.maxLength(1_024, 'is too long'))),
    duration_ms: v.optional(v.pipe(v.number(), v.integer('is not a whole number'), v.minValue(0, 'is less than 0'))),
    poster_media_id: v.optional(uuid),
  }),
  v.forward(
    v.check(({ mime_type, duration_ms = 0 }) => duration_ms <= (maxDurationOf(mediaKindOf(mime_type)) ?? maxAudioMs), 'is too long'),
    ['duration_ms'],
  ),
  v.forward(
    v.check((body) => body.poster_media_id === undefined || mediaKindOf(body.mime_type) === 'video', 'is for videos only'),
    ['poster_media_id'],
  ),
  v.forward(
    v.check((body) => body.poster_media_id === undefined || !body.view_once, 'is not for what is opened once'),
    ['poster_media_id'],
  ),
);
/** Send the bytes to `url` with `method` and `headers`, once, until `expires_at`; then `POST /api/media/:media_id/complete`. */
export const reserveMediaAnswer = v.object({
  media_id: uuid,
  upload: v.object({ method: v.literal('PUT'), url: v.string(), headers: v.record(v.string(), v.string()), expires_at: timestamp }),
});
export const mediaAnswer = v.object({ media });
export const linkedMediaAnswer = v.object({ media: linkedMedia });
export const linkedMediaListAnswer = v.object({ media: v.array(linkedMedia) });

export const configAnswer = v.object({
  protocol: v.literal(1),
  limits: v.record(v.string(), v.number()),
  media_origin: v.nullable(v.string()),
  vapid_public_key: v.nullable(v.string()),
});
export const problem = v.object({
  type: v.string(),
  title: v.string(),
  status: v.number(),
  code: v.string(),
  detail: v.string(),
  errors: v.optional(v.array(v.object({ path: v.string(), message: v.string() }))),
});

export type PushNames = v.InferOutput<typeof pushNames>;
export type PushBody = v.InferOutput<typeof pushBody>;
export type SignupBody = v.InferOutput<typeof signupBody>;
export type PatchMeBody = v.InferOutput<typeof patchMeBody>;
export type CreateChatBody = v.InferOutput<typeof createChatBody>;
export type ReserveMediaBody = v.InferOutput<typeof reserveMediaBody>;
export type SessionAnswer = v.InferOutput<typeof sessionAnswer>;
export type Problem = v.InferOutput<typeof problem>;
