import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** An inbox' SQLite: never any message text. One row a chat, without secondary indexes. */

/** One row, once a socket was there. */
export const inbox = sqliteTable('inbox', {
  k: integer().primaryKey(),
  /** Random, new with the storage: a client that holds another one starts over. */
  epoch: text().notNull(),
});

export const chats = sqliteTable('chats', {
  chat_id: text().primaryKey(),
  /** Rev of the room that `facts` tells; older news change nothing. */
  room_rev: integer().notNull(),
  /** Rev of this inbox when the row last changed. */
  rev: integer().notNull(),
  /** When something last happened in the chat, milliseconds since the epoch. */
  updated_at: integer().notNull(),
  /** JSON of the ChatSummary without its preview. */
  facts: text().notNull(),
  /** 1: no longer a member. The row stays, so that older news cannot bring the chat back. */
  removed: integer().notNull(),
  /** 1: cleared by the user, and nothing has come since. */
  hidden: integer().notNull().default(0),
  /** The user's own: milliseconds since the epoch, or null. */
  muted_until: integer(),
  pinned: integer().notNull().default(0),
  archived: integer().notNull().default(0),
  /** `unread_count` of `facts`; null in rows from before this was kept. */
  unread: integer(),
  /** What the room knows to have reached the user. */
  delivered_seq: integer().notNull().default(0),
  /** JSON of who wrote what is unread [INBOX-5], ids and seqs; null where the room did not say. */
  writers: text(),
});

/** One row, once somebody looked or the user was seen [LIVE-3]. */
export const presence = sqliteTable('presence', {
  k: integer().primaryKey(),
  /** 0: the user lets nobody see when they are there. */
  shown: integer().notNull(),
  last_seen_at: integer(),
  /** JSON: until when which users are told of changes. */
  watchers: text().notNull(),
});

/** One row, once the user has changed something that their rooms keep. */
export const profile = sqliteTable('profile', {
  k: integer().primaryKey(),
  /** JSON of the newest Profile known here. */
  facts: text().notNull(),
});

/** Which rooms a session has opened: ending the session walks them. */
export const open_rooms = sqliteTable(
  'open_rooms',
  {
    sid: text().notNull(),
    chat_id: text().notNull(),
    /** The first time; null in rows from before this was kept. */
    opened_at: integer(),
  },
  (table) => [primaryKey({ columns: [table.sid, table.chat_id] })],
);

/** Sessions that ended, kept until their last access token has run out: none of them opens a room any more. */
export const ended_sessions = sqliteTable('ended_sessions', {
  sid: text().primaryKey(),
  ended_at: integer().notNull(),
});

/** Whom the user blocks, or did: the row stays, so that its version never falls [BLOCK-1]. */
export const blocks = sqliteTable('blocks', {
  other_id: text().primaryKey(),
  blocked: integer().notNull(),
  /** Counts the user's changes of mind: copies elsewhere go by it. */
  version: integer().notNull(),
  changed_at: integer().notNull(),
});

/** Where the device of a session can be reached while no page of it is open [INBOX-5]. Goes with the session. */
export const push_subscriptions = sqliteTable('push_subscriptions', {
  sid: text().primaryKey(),
  user_id: text().notNull(),
  endpoint: text().notNull(),
  /** The device's public key and secret, base64url: only it can read what is pushed. */
  p256dh: text().notNull(),
  auth: text().notNull(),
  /** When the session ends by age if its page does not come back before, milliseconds since the epoch. */
  ends_at: integer().notNull(),
});

/** What a device was told of a chat, or is to be told: ids and times alone [INBOX-5]. Goes once the chat is read, and with the subscription. */
export const pushes = sqliteTable(
  'pushes',
  {
    chat_id: text().notNull(),
    sid: text().notNull(),
    /** Up to which message of the chat. */
    seq: integer().notNull(),
    /** 1: what was told is over, and the device is to be told so. */
    closing: integer().notNull(),
    /** When it was decided, and until when it is worth telling; milliseconds since the epoch. */
    pushed_at: integer().notNull(),
    until: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.chat_id, table.sid] })],
);

/** Work outside the object that the transaction before it made necessary: errands. */
export const jobs = sqliteTable(
  'jobs',
  {
    kind: text().notNull(),
    key: text().notNull(),
    due: integer().notNull(),
    tries: integer().notNull(),
    /** Counts the reasons given: finishing the work for one must not take away a newer one. */
    generation: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.key] })],
);
