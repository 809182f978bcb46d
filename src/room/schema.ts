import { sql } from 'drizzle-orm';
import { blob, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

/**
 * A room's SQLite. Rows written are what a room costs, so every index here earns its place
 * (docs/storage.md says which read it serves). Times are milliseconds since the epoch.
 */

/** One row: what the room is. `*_floor` carry the counters over rows that were purged. */
export const room = sqliteTable('room', {
  k: integer().primaryKey(),
  id: text().notNull(),
  epoch: text().notNull(),
  is_group: integer().notNull(),
  name: text(),
  created_at: integer().notNull(),
  policy_seconds: integer(),
  policy_mode: text().notNull(),
  policy_version: integer().notNull(),
  policy_changed_by: text(),
  policy_changed_at: integer().notNull(),
  rev_floor: integer().notNull(),
  seq_floor: integer().notNull(),
  /** Highest rev of a purged tombstone: who resumes from before it must start over. */
  purged_rev: integer().notNull(),
  /** What `cursors.fanned_rev` is, as it was kept before. */
  fanned_rev: integer().notNull(),
});

/** Who is or was in the room. `n` numbers a stay: who comes back gets a new one. */
export const members = sqliteTable(
  'members',
  {
    n: integer().primaryKey(),
    user_id: text().notNull(),
    role: text().notNull(),
    joined_at: integer().notNull(),
    joined_seq: integer().notNull(),
    joined_rev: integer().notNull(),
    left_rev: integer(),
    /** Rev of the last change anybody else should see. */
    rev: integer().notNull(),
    username: text().notNull(),
    display_name: text().notNull(),
    avatar_url: text(),
    profile_version: integer().notNull(),
    /** 1: sends and sees read receipts. */
    read_receipts: integer().notNull().default(1),
    /** The last `seq` others may know to be read; null when that is all that is. */
    told_read: integer(),
    /** 1: for this member the chat is not there yet: somebody whom they block made it, and it holds nothing that they may see. */
    concealed: integer().notNull().default(0),
    /** The member has cleared the chat up to this `seq`, in the commit of this rev: nothing up to it is shown to them. */
    cleared_seq: integer().notNull().default(0),
    cleared_rev: integer().notNull().default(0),
  },
  (table) => [uniqueIndex('members_present').on(table.user_id).where(sql`left_rev IS NULL`)],
);

/** Messages and, after their end, tombstones. */
export const messages = sqliteTable(
  'messages',
  {
    seq: integer().primaryKey(),
    id: text().notNull(),
    sender: integer().notNull(),
    /** Rev of the insertion; grows with `seq`, so it needs no index. */
    rev0: integer().notNull(),
    /** Rev of the last change after the insertion. */
    changed: integer(),
    /** Where only the sender cares for the last change, the one before it. */
    changed_for_others: integer(),
    type: text().notNull(),
    body_format: integer().notNull(),
    body: blob({ mode: 'buffer' }),
    media_id: text(),
    reply_to: text(),
    created_at: integer().notNull(),
    /** What was asked for; which of the two clocks the sender thinks of. */
    expire_mode: text().notNull(),
    /** Clock from the sending, and clock from each reader's reading: null when it does not run. */
    send_seconds: integer(),
    read_seconds: integer(),
    /** When it ends for everybody; null when it never does, and once it has. */
    ends_at: integer(),
    /** 0: not view-once; else how often it may be opened. */
    max_views: integer().notNull(),
    edited_at: integer(),
    edits: integer().notNull(),
    /** JSON: emoji by stay number. */
    reactions: text(),
    deleted_at: integer(),
    deleted_reason: text(),
    /** `n` of the stay that deleted it. */
    deleted_by: integer(),
    undone: integer().notNull(),
    erased_at: integer(),
    /** From then on only its sender sees it; the time of the sending when nobody else ever did [BLOCK-1]. */
    hidden_at: integer(),
  },
  (table) => [
    uniqueIndex('messages_id').on(table.id),
    index('messages_changed').on(table.changed).where(sql`changed IS NOT NULL`),
    index('messages_ends').on(table.ends_at).where(sql`ends_at IS NOT NULL`),
  ],
);

/** How far each member got: 256 stays a row, 8 bytes each (delivered and read seq, 32 bits, little-endian). */
export const cursors = sqliteTable('cursors', {
  chunk: integer().primaryKey(),
  packed: blob({ mode: 'buffer' }).notNull(),
  /** Every inbox has been told of every commit that is news up to this rev: the highest of all rows counts. */
  fanned_rev: integer().notNull().default(0),
});

/** One row a reading, and only while it holds messages with a reading clock that end earlier for this reader than for all. */
export const read_marks = sqliteTable(
  'read_marks',
  {
    n: integer().notNull(),
    /** The reading covered (`after_seq`, `up_to`]. */
    up_to: integer().notNull(),
    after_seq: integer().notNull(),
    at: integer().notNull(),
    /** Rev of the reading, then of the last commit in which copies ended by it: who resumes from before is told. */
    rev: integer().notNull(),
    /** When the next of its messages ends for this reader; null when all have. */
    next_due: integer(),
  },
  (table) => [primaryKey({ columns: [table.n, table.up_to] }), index('read_marks_due').on(table.next_due).where(sql`next_due IS NOT NULL`)],
);

/** View-once, per message and recipient: no row means sealed. */
export const views = sqliteTable(
  'views',
  {
    seq: integer().notNull(),
    n: integer().notNull(),
    state: text().notNull(),
    /** The session that holds or held the lease. */
    sid: text().notNull(),
    lease: text(),
    /** While open, when the lease ends; while a second view is left, when that chance ends. */
    due: integer(),
    served_at: integer(),
    views: integer().notNull(),
    first_viewed_at: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.seq, table.n] }),
    index('views_due').on(table.due).where(sql`due IS NOT NULL`),
    uniqueIndex('views_lease').on(table.lease).where(sql`lease IS NOT NULL`),
  ],
);

/** Media in the room's charge, from before their bytes exist until their message ends. */
export const media = sqliteTable(
  'media',
  {
    id: text().primaryKey(),
    owner: text().notNull(),
    view_once: integer().notNull(),
    /** JSON of what its uploader said of it, while its bytes are on their way by a URL. */
    claim: text(),
    /** JSON of the protocol's Media once the bytes are checked and stored. */
    facts: text(),
    /** The message that carries or carried it. */
    seq: integer(),
    /** When it is erased unless a message carries it by then; null once one does, and once its erasure is a job. */
    due: integer(),
  },
  (table) => [index('media_due').on(table.due).where(sql`due IS NOT NULL`)],
);

/** In a direct chat, who blocks the other [BLOCK-1]; there before the room is, if need be. */
export const blocks = sqliteTable('blocks', {
  /** Who blocks. */
  user_id: text().primaryKey(),
  blocked: integer().notNull(),
  /** Counts the user's changes of mind: an older one changes nothing. */
  version: integer().notNull(),
  /** While blocked: what the other sent after this `seq` is hidden. */
  since_seq: integer().notNull(),
  /** JSON: the ranges of `seq` in which, in earlier times, what the other sent was hidden. */
  missed: text().notNull(),
  /** JSON by user id: the cursors of both as they were when the first of the present blocks began. */
  shown: text().notNull(),
});

/** Work outside the object that the transaction before it made necessary. */
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

/** Sessions that ended lately: an upgrade that was already on its way must not come in. */
export const ended_sessions = sqliteTable('ended_sessions', {
  sid: text().primaryKey(),
  ended_at: integer().notNull(),
});
