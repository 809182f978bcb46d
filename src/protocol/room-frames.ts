import * as v from 'valibot';
import { chat, deletedReason, expireMode, expiresInSeconds, member, message, role, sentMessageType, timestamp } from './models';
import { messageText, uuid } from './text';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** What an `error` event repeats so that the client finds the event it answers [SOCK-4]. */
const ref = v.optional(v.pipe(v.string(), v.maxLength(64)));

/** [SEND-1] The id is made by the client and is the message's id for ever. */
export const sendMessage = v.pipe(
  v.object({
    type: v.literal('send_message'),
    id: uuid,
    message_type: sentMessageType,
    content: v.optional(messageText),
    media_id: v.optional(uuid),
    reply_to: v.optional(uuid),
    expires_in_seconds: v.optional(expiresInSeconds),
    expire_mode: v.optional(expireMode),
    ref,
  }),
  v.forward(
    v.check((event) => event.message_type !== 'text' || event.content !== undefined, 'is required for a text message'),
    ['content'],
  ),
  v.forward(
    v.check(
      (event) => (event.message_type === 'text') === (event.media_id === undefined),
      'is required for every type but text, and for those only',
    ),
    ['media_id'],
  ),
);

export const typingStart = v.object({ type: v.literal('typing_start'), ref });
export const typingStop = v.object({ type: v.literal('typing_stop'), ref });

/** Every event a client may send to a room. */
export const clientRoomEvent = v.variant('type', [sendMessage, typingStart, typingStop]);

export const errorEvent = v.object({
  type: v.literal('error'),
  code: v.string(),
  detail: v.string(),
  ref: v.optional(v.string()),
  retry_after_ms: v.optional(count),
});

export const cursor = v.object({ user_id: uuid, delivered_seq: count, read_seq: count });

/** [SYNC-1] The first frame of every room socket. */
export const welcome = v.object({
  type: v.literal('welcome'),
  protocol: v.literal(1),
  epoch: v.string(),
  rev: count,
  server_time: timestamp,
  chat,
  me: v.object({ user_id: uuid, role }),
  members: v.array(member),
  messages: v.array(message),
  reset: v.boolean(),
  /** Users with a socket in the room; a bare count above 100 members. */
  here: v.union([v.array(uuid), count]),
  typing: v.array(v.object({ user_id: uuid, expires_at: timestamp })),
  cursors: v.array(cursor),
});

/** [SEND-2] What the server decided, to the sending socket only. */
export const messageAccepted = v.object({
  type: v.literal('message_accepted'),
  id: uuid,
  seq: count,
  created_at: timestamp,
  expires_at: v.nullable(timestamp),
  expires_in_seconds: v.nullable(count),
  expire_mode: expireMode,
});

export const newMessage = v.object({ type: v.literal('new_message'), rev: count, message });
/** [EXP-4] `rev` is there when the message ended for everybody. */
export const messageExpired = v.object({
  type: v.literal('message_expired'),
  rev: v.optional(count),
  message_id: uuid,
  reason: deletedReason,
  deleted_at: timestamp,
});
export const membersChanged = v.object({
  type: v.literal('members_changed'),
  rev: count,
  added: v.array(member),
  removed: v.array(uuid),
  roles: v.array(v.object({ user_id: uuid, role })),
});
export const userTyping = v.object({ type: v.literal('user_typing'), user_id: uuid, expires_at: timestamp });
export const userStoppedTyping = v.object({ type: v.literal('user_stopped_typing'), user_id: uuid });

/** Every event a room sends. Clients ignore types they do not know [SOCK-4]. */
export const serverRoomEvent = v.variant('type', [
  welcome,
  messageAccepted,
  newMessage,
  messageExpired,
  membersChanged,
  userTyping,
  userStoppedTyping,
  errorEvent,
]);

export type ClientRoomEvent = v.InferOutput<typeof clientRoomEvent>;
/** What a client writes, before the schema has normalised it. */
export type ClientRoomEventInput = v.InferInput<typeof clientRoomEvent>;
export type SendMessage = v.InferOutput<typeof sendMessage>;
export type ServerRoomEvent = v.InferOutput<typeof serverRoomEvent>;
export type Welcome = v.InferOutput<typeof welcome>;
export type MessageAccepted = v.InferOutput<typeof messageAccepted>;
export type ErrorEvent = v.InferOutput<typeof errorEvent>;
export type Cursor = v.InferOutput<typeof cursor>;
