import * as v from 'valibot';
import {
  chat,
  deletedReason,
  expireMode,
  expiresInSeconds,
  media,
  member,
  message,
  reactions,
  role,
  sentMessageType,
  timestamp,
  viewState,
} from './models';
import { emoji, messageText, uuid } from './text';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** What an `error` event repeats so that the client finds the event it answers [SOCK-4]. */
const ref = v.optional(v.pipe(v.string(), v.maxLength(64)));

const sendMessageEntries = v.object({
  type: v.literal('send_message'),
  id: uuid,
  message_type: sentMessageType,
  content: v.optional(messageText),
  media_id: v.optional(uuid),
  reply_to: v.optional(uuid),
  view_once: v.optional(v.boolean(), false),
  /** How often a view-once message may be opened; only with `view_once`. */
  max_views: v.optional(v.picklist([1, 2])),
  expires_in_seconds: v.optional(expiresInSeconds),
  expire_mode: v.optional(expireMode),
  ref,
});

/** Which of the fields does not go with the others, and why. */
function misfitOf(event: v.InferOutput<typeof sendMessageEntries>): readonly [keyof typeof event, string] | null {
  const isText = event.message_type === 'text';
  if (isText && event.content === undefined) return ['content', 'is required for a text message'];
  if (isText !== (event.media_id === undefined)) return ['media_id', 'is required for every type but text, and for those only'];
  if (event.max_views !== undefined && !event.view_once) return ['max_views', 'is for view-once messages only'];
  if (event.expire_mode === undefined) return null;
  if (event.expires_in_seconds === undefined) return ['expire_mode', 'needs expires_in_seconds'];
  return event.view_once && event.expire_mode === 'after_read' ? ['expire_mode', 'is after_send for view-once messages'] : null;
}

/** [SEND-1] The id is made by the client and is the message's id for ever. */
export const sendMessage = v.pipe(
  sendMessageEntries,
  v.rawCheck(({ dataset, addIssue }) => {
    const misfit = dataset.typed ? misfitOf(dataset.value) : null;
    if (misfit === null || !dataset.typed) return;
    const [key, message] = misfit;
    addIssue({ message, path: [{ type: 'object', origin: 'value', input: dataset.value, key, value: dataset.value[key] }] });
  }),
);

/** [SEND-6] Own text, within 24 h, at most 10 times; no clock moves. */
export const editMessage = v.object({ type: v.literal('edit_message'), id: uuid, content: messageText, ref });
/** [SEND-6] Own, any time; owners and admins, anyone's. */
export const deleteMessage = v.object({ type: v.literal('delete_message'), id: uuid, ref });
/** [SEND-6] One a member and message: a second replaces the first. */
export const react = v.object({ type: v.literal('react'), id: uuid, emoji, ref });
export const unreact = v.object({ type: v.literal('unreact'), id: uuid, ref });

/** [RCPT-1] Everything up to it has reached this user. */
export const markDelivered = v.object({ type: v.literal('mark_delivered'), up_to_seq: count, ref });
/** [RCPT-1] Everything up to it was on this user's screen. */
export const markRead = v.object({ type: v.literal('mark_read'), message_id: uuid, ref });

/** [ONCE-2] Asks for a view-once message's content, and with it for the lease. */
export const openMessage = v.object({ type: v.literal('open_message'), id: uuid, ref });
/** [ONCE-3] The reader closed the viewer. */
export const markViewed = v.object({ type: v.literal('mark_viewed'), message_id: uuid, ref });

export const typingStart = v.object({ type: v.literal('typing_start'), ref });
export const typingStop = v.object({ type: v.literal('typing_stop'), ref });

/** Every event a client may send to a room. */
export const clientRoomEvent = v.variant('type', [
  sendMessage,
  editMessage,
  deleteMessage,
  react,
  unreact,
  markDelivered,
  markRead,
  openMessage,
  markViewed,
  typingStart,
  typingStop,
]);

export const errorEvent = v.object({
  type: v.literal('error'),
  code: v.string(),
  detail: v.string(),
  ref: v.optional(v.string()),
  retry_after_ms: v.optional(count),
});

/** [BLOCK-1] Ranges, both ends included, in which a user's cursor means nothing for what the reader sent: they were never shown it. */
const missed = v.optional(v.array(v.object({ from_seq: count, to_seq: count })));
export const cursor = v.object({ user_id: uuid, delivered_seq: count, read_seq: count, missed });

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
  /** Who is called otherwise now. */
  changed: v.optional(v.array(member)),
});
/** [GROUP-2] The chat's name or policy changed. `my_role` and `other_user` are each receiver's own matter and stay as they were. */
export const chatChanged = v.object({ type: v.literal('chat_changed'), rev: count, chat: v.omit(chat, ['my_role', 'other_user']) });
export const messageEdited = v.object({
  type: v.literal('message_edited'),
  rev: count,
  message_id: uuid,
  content: v.string(),
  edited_at: timestamp,
});
/** [SEND-6] Deleted by hand; `undone`: within 10 s and read by nobody, so clients show no trace. */
export const messageDeleted = v.object({
  type: v.literal('message_deleted'),
  rev: count,
  message_id: uuid,
  deleted_at: timestamp,
  deleted_by: uuid,
  undone: v.boolean(),
});
/** The user has cleared the chat for themselves, perhaps on another device: nothing up to this `seq` is there for them any more. */
export const chatCleared = v.object({ type: v.literal('chat_cleared'), up_to_seq: count });
export const reactionsChanged = v.object({ type: v.literal('reactions_changed'), rev: count, message_id: uuid, reactions });
const moved = v.array(v.object({ user_id: uuid, up_to_seq: count, at: timestamp, missed }));
/** [RCPT-2] Everybody whose cursor moved since the last such event; without `rev` above 100 members. */
export const messageDelivered = v.object({ type: v.literal('message_delivered'), rev: v.optional(count), by: moved });
export const messageRead = v.object({ type: v.literal('message_read'), rev: v.optional(count), by: moved });
/** [ONCE-2] The content of a view-once message, to the asking socket only. */
export const messageOpened = v.object({
  type: v.literal('message_opened'),
  id: uuid,
  content: v.nullable(v.string()),
  media: v.nullable(v.object({ ...media.entries, url: v.string() })),
  lease_expires_at: timestamp,
  views_left: count,
});
/** [ONCE-2] To every socket of the user whose view it is. */
export const viewChanged = v.object({
  type: v.literal('view_changed'),
  message_id: uuid,
  view_state: viewState,
  lease_expires_at: v.nullable(timestamp),
  /** [ONCE-3] Until when it may be opened once more. */
  replay_until: v.optional(timestamp),
});
/** [ONCE-4] To the sender, when content left. */
export const messageViewed = v.object({
  type: v.literal('message_viewed'),
  message_id: uuid,
  user_id: uuid,
  viewed_at: timestamp,
  views: count,
});
/** [EXP-5] To the sender: the stored bytes are gone. */
export const messageErased = v.object({ type: v.literal('message_erased'), message_id: uuid, erased_at: timestamp });
/** [LIVE-2] Who came and who went; a bare count above 100 members. */
export const hereChanged = v.object({
  type: v.literal('here_changed'),
  here: v.optional(v.array(uuid)),
  away: v.optional(v.array(uuid)),
  count: v.optional(count),
});
export const userTyping = v.object({ type: v.literal('user_typing'), user_id: uuid, expires_at: timestamp });
export const userStoppedTyping = v.object({ type: v.literal('user_stopped_typing'), user_id: uuid });

/** Every event a room sends. Clients ignore types they do not know [SOCK-4]. */
export const serverRoomEvent = v.variant('type', [
  welcome,
  messageAccepted,
  newMessage,
  messageExpired,
  messageEdited,
  messageDeleted,
  reactionsChanged,
  chatCleared,
  messageDelivered,
  messageRead,
  messageOpened,
  viewChanged,
  messageViewed,
  messageErased,
  membersChanged,
  chatChanged,
  hereChanged,
  userTyping,
  userStoppedTyping,
  errorEvent,
]);

export type ClientRoomEvent = v.InferOutput<typeof clientRoomEvent>;
/** What a client writes, before the schema has normalised it. */
export type ClientRoomEventInput = v.InferInput<typeof clientRoomEvent>;
export type SendMessage = v.InferOutput<typeof sendMessage>;
export type ServerRoomEvent = v.InferOutput<typeof serverRoomEvent>;
/** What a server writes: of messages only what is not at its default. */
export type ServerRoomEventInput = v.InferInput<typeof serverRoomEvent>;
export type Welcome = v.InferOutput<typeof welcome>;
export type WelcomeInput = v.InferInput<typeof welcome>;
export type MessageAccepted = v.InferOutput<typeof messageAccepted>;
export type ErrorEvent = v.InferOutput<typeof errorEvent>;
export type Cursor = v.InferOutput<typeof cursor>;
