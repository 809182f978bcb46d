import { and, asc, eq, gte, inArray, lt, or, type SQL, sql } from 'drizzle-orm';
import type { Me, Settings, User } from '../protocol/models';
import { doesNotBlock } from './blocks';
import type { Directory } from './directory';
import { users } from './schema';

export type UserRow = typeof users.$inferSelect;
/** What rooms keep of a user; of two copies the one with the higher version is the newer. */
export interface Profile {
  readonly user: User;
  readonly version: number;
  /** [RCPT-3] */
  readonly readReceipts: boolean;
}

const defaultSettings: Settings = {
  read_receipts: true,
  presence: true,
  findable: true,
  push_shows: 'nothing',
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

/** What a user may change of themselves; what is left out stays as it is. */
export interface UserChange {
  readonly displayName?: string | undefined;
  readonly settings?: { readonly [Name in keyof Settings]?: Settings[Name] | undefined } | undefined;
}

/**
 * Changes what the user says of themselves, each setting for itself: two changes at once do not undo each other. The version
 * goes up when rooms have something to learn from it, and only then, so repeating a change is none.
 *
 * @returns the user as they are then, or `null` for an unknown id.
 */
export async function changeUser(directory: Directory, id: string, { displayName, settings = {} }: UserChange): Promise<UserRow | null> {
  const entries = Object.entries(settings).filter(([, value]) => value !== undefined);
  const path = (name: string) => `$.${name}`;
  const settingsNow = entries.reduce<SQL>(
    (so, [name, value]) => sql`json_set(${so}, ${path(name)}, json(${JSON.stringify(value)}))`,
    sql`${users.settings}`,
  );
  const told = (json: SQL) => sql`coalesce(${json} ->> '$.read_receipts', 1)`;
  const nameNow = displayName === undefined ? sql`${users.display_name}` : sql`${displayName}`;
  const isNews = sql`(${users.display_name} <> ${nameNow} or ${told(sql`${users.settings}`)} <> ${told(settingsNow)})`;
  const row = await directory
    .update(users)
    .set({ display_name: nameNow, settings: settingsNow, profile_version: sql`${users.profile_version} + ${isNews}` })
    .where(eq(users.id, id))
    .returning()
    .get();
  return row ?? null;
}

/**
 * Gives the user another picture, by its name, or none. The version goes up with every change, and only then.
 *
 * @returns the user as they are then, or `null` for an unknown id.
 */
export async function changeAvatar(directory: Directory, id: string, avatar: string | null): Promise<UserRow | null> {
  const row = await directory
    .update(users)
    .set({ avatar, profile_version: sql`${users.profile_version} + (${users.avatar} is not ${avatar})` })
    .where(eq(users.id, id))
    .returning()
    .get();
  return row ?? null;
}

/** Whether it is somebody's present picture. */
export async function hasAvatar(directory: Directory, name: string): Promise<boolean> {
  return (await directory.select({ id: users.id }).from(users).where(eq(users.avatar, name)).get()) !== undefined;
}

/** Those of the `names` that are somebody's present picture. Any number of names: they travel as one parameter. */
export async function findAvatars(directory: Directory, names: readonly string[]): Promise<Set<string>> {
  if (names.length === 0) return new Set();
  const wanted = sql`(select value from json_each(${JSON.stringify(names)}))`;
  const rows = await directory.select({ avatar: users.avatar }).from(users).where(inArray(users.avatar, wanted));
  return new Set(rows.flatMap(({ avatar }) => avatar ?? []));
}

/** Users whose name begins with `prefix` and who let themselves be found, or whose very name it is; by name, `limit` at most. Nobody who blocks the searcher [BLOCK-1]. */
export async function searchUsers(directory: Directory, searcherId: string, prefix: string, limit: number): Promise<User[]> {
  const rows = await directory
    .select()
    .from(users)
    .where(
      and(
        // A range, since LIKE would not use the index; DEL sorts after everything a name may hold.
        gte(users.username, prefix),
        lt(users.username, `${prefix}\u{7f}`),
        or(eq(users.username, prefix), sql`coalesce(${users.settings} ->> '$.findable', 1)`),
        doesNotBlock(searcherId),
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
  return rows.map(toProfile);
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
  return { id: row.id, username: row.username, display_name: row.display_name, avatar_url: avatarUrl(row.avatar), deleted: false };
}

/** Relative to the deployment's origin, so that what rooms keep outlives a move. */
export function avatarUrl(name: string | null): string | null {
  return name === null ? null : `/avatars/${name}`;
}

/** What rooms keep of a user. */
export function toProfile(row: UserRow): Profile {
  return { user: toUser(row), version: row.profile_version, readReceipts: settingsOf(row).read_receipts };
}

/** What a user sees of themselves. */
export function toMe(row: UserRow): Me {
  return { ...toUser(row), settings: settingsOf(row), role: row.role, created_at: row.created_at };
}

/** Rows from before a setting was there have its default. */
export function settingsOf(row: UserRow): Settings {
  return { ...defaultSettings, ...row.settings };
}
