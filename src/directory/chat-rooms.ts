import { sql } from 'drizzle-orm';
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
  /** Those who changed at this version, at the creation all; `role: null` for who is no longer a member. */
  readonly members: readonly { readonly userId: string; readonly role: Role | null; readonly joinedAt: number }[];
}

/**
 * Brings the directory's rows about a room up to `projection.version`, all or none.
 * Repeatable and in any order: a row that already shows this version or a newer one stays as it is.
 */
export async function projectChat(directory: Directory, projection: ChatProjection): Promise<void> {
  const { id, isGroup, name, createdAt, version } = projection;
  // As one JSON parameter: D1 takes 100 a statement, a room has up to 1,000 members.
  const members = JSON.stringify(projection.members);
  await directory.batch([
    directory
      .insert(chatRooms)
      .values({ id, is_group: isGroup, name, created_at: createdAt, version })
      .onConflictDoUpdate({ target: chatRooms.id, set: { name, version }, setWhere: sql`excluded.version > ${chatRooms.version}` }),
    directory.insert(chatMembers).select(
      sql`select ${id}, value ->> 'userId', value ->> 'role', value ->> 'joinedAt', ${version} from json_each(${members}) where true
        on conflict (chat_room_id, user_id) do update set role = excluded.role, joined_at = excluded.joined_at, version = excluded.version
        where excluded.version > ${chatMembers.version}`,
    ),
  ]);
}
