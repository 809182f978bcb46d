import { and, eq, exists, inArray, lt, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/sqlite-core';
import type { Role } from '../protocol/models';
import type { Directory } from './directory';
import { chatMembers, chatRooms } from './schema';

/** What the Room tells the directory about itself after a commit. */
export interface ChatProjection {
  readonly id: string;
  readonly isGroup: boolean;
  readonly name: string | null;
  readonly createdAt: number;
  /** The room's revision that this shows; grows with every change of the chat or its members. */
  readonly version: number;
  /** All members; who is not named is none any more. */
  readonly members: readonly { readonly userId: string; readonly role: Role; readonly joinedAt: number }[];
}

/**
 * Makes the directory show a room as it was at `projection.version`, unless it shows a newer state already; all or
 * nothing. Repeatable, and late repeats do no harm. Only rows that differ are written.
 */
export async function projectChat(directory: Directory, projection: ChatProjection): Promise<void> {
  const { id, isGroup, name, createdAt, version } = projection;
  // As one JSON parameter: D1 takes 100 a statement, a room has up to 1,000 members.
  const members = JSON.stringify(projection.members);
  const isNewest = sql`(select ${chatRooms.version} from ${chatRooms} where ${chatRooms.id} = ${id}) = ${version}`;
  await directory.batch([
    directory
      .insert(chatRooms)
      .values({ id, is_group: isGroup, name, created_at: createdAt, version })
      .onConflictDoUpdate({ target: chatRooms.id, set: { name, version }, setWhere: sql`excluded.version > ${chatRooms.version}` }),
    directory.insert(chatMembers).select(
      sql`select ${id}, value ->> 'userId', value ->> 'role', value ->> 'joinedAt' from json_each(${members}) where ${isNewest}
        on conflict (chat_room_id, user_id) do update set role = excluded.role, joined_at = excluded.joined_at
        where (excluded.role, excluded.joined_at) is not (${chatMembers.role}, ${chatMembers.joined_at})`,
    ),
    directory.delete(chatMembers).where(
      sql`${chatMembers.chat_room_id} = ${id} and ${isNewest}
          and ${chatMembers.user_id} not in (select value ->> 'userId' from json_each(${members}))`,
    ),
  ]);
}

/** Whether the directory knows the user to be in the chat: soon after the room does. */
export async function isChatOf(directory: Directory, id: string, userId: string): Promise<boolean> {
  const found = await directory
    .select({ id: chatMembers.chat_room_id })
    .from(chatMembers)
    .where(and(eq(chatMembers.chat_room_id, id), eq(chatMembers.user_id, userId)));
  return found.length > 0;
}

/** Those of `others` who are in some chat with the user, as far as the directory knows. */
export async function findAcquaintances(directory: Directory, userId: string, others: readonly string[]): Promise<Set<string>> {
  const theirs = alias(chatMembers, 'theirs');
  const own = directory
    .select({ one: sql`1` })
    .from(chatMembers)
    .where(and(eq(chatMembers.chat_room_id, theirs.chat_room_id), eq(chatMembers.user_id, userId)));
  const found = await directory
    .selectDistinct({ id: theirs.user_id })
    .from(theirs)
    .where(and(inArray(theirs.user_id, sql`(select value from json_each(${JSON.stringify(others)}))`), exists(own)));
  return new Set(found.map(({ id }) => id));
}

/** Newer than every projection. */
const removedVersion = Number.MAX_SAFE_INTEGER;

/**
 * Forgets a room that was erased; a second time changes nothing. A projection that is still on its way must not bring it
 * back: so its id stays until `pruneChats`, with the time of the removal in place of the creation's.
 * @param now milliseconds
 */
export async function removeChat(directory: Directory, id: string, now: number): Promise<void> {
  const removed = { name: null, created_at: now, version: removedVersion };
  await directory.batch([
    directory
      .insert(chatRooms)
      .values({ id, is_group: true, ...removed })
      .onConflictDoUpdate({ target: chatRooms.id, set: removed, setWhere: lt(chatRooms.version, removedVersion) }),
    directory.delete(chatMembers).where(eq(chatMembers.chat_room_id, id)),
  ]);
}

/** Forgets that rooms removed before then ever were. */
export async function pruneChats(directory: Directory, removedBefore: number): Promise<void> {
  await directory.delete(chatRooms).where(and(eq(chatRooms.version, removedVersion), lt(chatRooms.created_at, removedBefore)));
}
