import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Role, Settings } from '../protocol/models';

/** Every `…_at` is milliseconds since the epoch. No table here ever holds the content of a message. */

export const users = sqliteTable('users', {
  id: text().primaryKey(),
  username: text().notNull().unique(),
  display_name: text().notNull(),
  /** PHC string [AUTH-1]. */
  password_hash: text().notNull(),
  settings: text({ mode: 'json' }).$type<Settings>().notNull(),
  role: text().$type<'user' | 'admin'>().notNull(),
  created_at: integer().notNull(),
  /** Random name of the picture in the bucket, new with every picture; null without one. */
  avatar: text().unique(),
  /** Counts changes of what rooms keep of this user (name, picture, receipts), so that a copy elsewhere knows it is old. */
  profile_version: integer().notNull(),
});

/** One row a login; it carries the family of its refresh tokens [AUTH-3]. */
export const sessions = sqliteTable(
  'sessions',
  {
    id: text().primaryKey(),
    user_id: text()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    created_at: integer().notNull(),
    /** SHA-256, base64url, of the token that is valid now. */
    token_hash: text().notNull(),
    /** The same of the one spent last; null before the first rotation. */
    spent_token_hash: text(),
    /** The last rotation, or the login. */
    rotated_at: integer().notNull(),
    /** Set once, never cleared. */
    ended_at: integer(),
  },
  (table) => [index('sessions_of_user').on(table.user_id)],
);

/** Projection of what the Room owns; only the Room's outbox writes it. */
export const chatRooms = sqliteTable('chat_rooms', {
  id: text().primaryKey(),
  is_group: integer({ mode: 'boolean' }).notNull(),
  name: text(),
  created_at: integer().notNull(),
  /** The room's revision that this row and its members show; an older one changes nothing. */
  version: integer().notNull(),
});

/** Projection of a room's members, as of its `chat_rooms.version`. */
export const chatMembers = sqliteTable(
  'chat_members',
  {
    chat_room_id: text().notNull(),
    user_id: text().notNull(),
    role: text().$type<Role>().notNull(),
    joined_at: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.chat_room_id, table.user_id] }), index('chats_of_user').on(table.user_id)],
);

/** Projection of whom users block; only the blocker's inbox writes it. A row stays after the block, so that its version never falls. */
export const blocks = sqliteTable(
  'blocks',
  {
    blocked_id: text().notNull(),
    blocker_id: text().notNull(),
    is_active: integer({ mode: 'boolean' }).notNull(),
    /** Counts the blocker's changes of mind; an older one changes nothing. */
    version: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.blocked_id, table.blocker_id] })],
);

/** Only the way from a medium's id to its room; everything else about it is the Room's. */
export const media = sqliteTable('media', {
  id: text().primaryKey(),
  chat_room_id: text().notNull(),
  uploader_id: text().notNull(),
  created_at: integer().notNull(),
});
