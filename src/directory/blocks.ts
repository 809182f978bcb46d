import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Directory } from './directory';
import { blocks, users } from './schema';

/** What the blocker's inbox tells the directory about a block. */
export interface BlockProjection {
  readonly blockerId: string;
  readonly blockedId: string;
  readonly isActive: boolean;
  /** Grows with every change of mind. */
  readonly version: number;
}

/** Makes the directory show a block as it was at `version`, unless it shows a newer state already. Repeatable. */
export async function projectBlock(directory: Directory, { blockerId, blockedId, isActive, version }: BlockProjection): Promise<void> {
  await directory
    .insert(blocks)
    .values({ blocked_id: blockedId, blocker_id: blockerId, is_active: isActive, version })
    .onConflictDoUpdate({
      target: [blocks.blocked_id, blocks.blocker_id],
      set: { is_active: isActive, version },
      setWhere: sql`excluded.version > ${blocks.version}`,
    });
}

/** Those of the users who block `userId` [BLOCK-1]. Any number of ids: they travel as one parameter. */
export async function findBlockers(directory: Directory, userId: string, ids: readonly string[]): Promise<Set<string>> {
  const among = sql`(select value from json_each(${JSON.stringify(ids)}))`;
  const rows = await directory
    .select({ id: blocks.blocker_id })
    .from(blocks)
    .where(and(eq(blocks.blocked_id, userId), eq(blocks.is_active, true), inArray(blocks.blocker_id, among)));
  return new Set(rows.map((row) => row.id));
}

/** For a query over users: who does not block `userId`. */
export function doesNotBlock(userId: string) {
  return sql`not exists (select 1 from ${blocks} where ${blocks.blocked_id} = ${userId} and ${blocks.blocker_id} = ${users.id} and ${blocks.is_active})`;
}
