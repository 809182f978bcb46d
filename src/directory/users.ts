import { and, asc, eq, gte, inArray, lt, sql } from 'drizzle-orm';
import type { Me, Settings, User } from '../protocol/models';
import type { Directory } from './directory';
import { users } from './schema';

export type UserRow = typeof users.$inferSelect;
/** A user as others see them, with the count of their changes: of two copies the higher is the newer. */
export type Profile = User & { readonly profile_version: number };

const defaultSettings: Settings = {
  read_receipts: true,
  presence: true,
  findable: true,
  push_shows: 'name',
  default_expiry: null,
  locale: 'en',
};

/** @returns the new user, or `null` when the name is taken [AUTH-1]. */
export async function insertUser(
  directory: Directory,
  user: { id: string; username: string; displayName: string; passwordHash: string; now: number },
): Promise<UserRow | null> {
  const row = await directory
    .insert(users)
    .values({
      id: user.id,
      username: user.username,
      display_name: user.displayName,
      password_hash: user.passwordHash,
      settings: defaultSettings,
      role: 'user',
      created_at: user.now,
      profile_version: 1,
    })
    .onConflictDoNothing({ target: users.username })
    .returning()
    .get();
  return row ?? null;
}

export async function findUser(directory: Directory, id: string): Promise<UserRow | null> {
  return (await directory.select().from(users).where(eq(users.id, id)).get()) ?? null;
}

/** @param username in lower case. */
export async function findUserByName(directory: Directory, username: string): Promise<UserRow | null> {
  return (await directory.select().from(users).where(eq(users.username, username)).get()) ?? null;
}

/** Users who let themselves be found and whose name begins with `prefix`, by name, `limit` at most. */
export async function searchUsers(directory: Directory, prefix: string, limit: number): Promise<User[]> {
  const rows = await directory
    .select()
    .from(users)
    .where(
      and(
        // A range, since LIKE would not use the index; DEL sorts after everything a name may hold.
        gte(users.username, prefix),
        lt(users.username, `${prefix}\u{7f}`),
        sql`coalesce(${users.settings} ->> '$.findable', 1)`,
      ),
    )
    .orderBy(asc(users.username))
    .limit(limit);
  return rows.map(toUser);
}

/** The profiles of those `ids` that exist, in no particular order. Any number of ids: they travel as one parameter. */
export async function loadProfiles(directory: Directory, ids: readonly string[]): Promise<Profile[]> {
  if (ids.length === 0) return [];
  const wanted = sql`(select value from json_each(${JSON.stringify(ids)}))`;
  const rows = await directory.select().from(users).where(inArray(users.id, wanted));
  return rows.map((row) => ({ ...toUser(row), profile_version: row.profile_version }));
}

/**
 * Replaces a password's hash unless it was replaced meanwhile.
 *
 * @returns whether it did.
 */
export async function replacePasswordHash(directory: Directory, userId: string, change: { from: string; to: string }): Promise<boolean> {
  const row = await directory
    .update(users)
    .set({ password_hash: change.to })
    .where(and(eq(users.id, userId), eq(users.password_hash, change.from)))
    .returning({ id: users.id })
    .get();
  return row !== undefined;
}

/** What others see of a user. */
export function toUser(row: UserRow): User {
  return { id: row.id, username: row.username, display_name: row.display_name, avatar_url: null, deleted: false };
}

/** What a user sees of themselves. */
export function toMe(row: UserRow): Me {
  return { ...toUser(row), settings: { ...defaultSettings, ...row.settings }, role: row.role, created_at: row.created_at };
}
