import { and, desc, eq, gte, isNull, lt, or } from 'drizzle-orm';
import type { Directory } from './directory';
import { sessions } from './schema';

export type SessionRow = typeof sessions.$inferSelect;

export async function insertSession(
  directory: Directory,
  session: { id: string; userId: string; tokenHash: string; now: number },
): Promise<void> {
  await directory.insert(sessions).values({
    id: session.id,
    user_id: session.userId,
    created_at: session.now,
    token_hash: session.tokenHash,
    spent_token_hash: null,
    rotated_at: session.now,
    ended_at: null,
  });
}

export async function findSession(directory: Directory, id: string): Promise<SessionRow | null> {
  return (await directory.select().from(sessions).where(eq(sessions.id, id)).get()) ?? null;
}

/** The user's sessions that have not ended and were used since `usedSince`, newest first. */
export async function findLiveSessions(directory: Directory, userId: string, usedSince: number): Promise<SessionRow[]> {
  return directory
    .select()
    .from(sessions)
    .where(and(eq(sessions.user_id, userId), isNull(sessions.ended_at), gte(sessions.rotated_at, usedSince)))
    .orderBy(desc(sessions.created_at));
}

/**
 * Puts the successor in the place of the presented token if that is still the current one of a live session:
 * one conditional statement, so that of two that race one rotates and the other finds it done.
 *
 * @returns the session's user, or `null` when nothing was changed.
 */
export async function rotateToken(
  directory: Directory,
  rotation: { sessionId: string; tokenHash: string; successorHash: string; usedSince: number; createdSince: number; now: number },
): Promise<string | null> {
  const row = await directory
    .update(sessions)
    .set({ token_hash: rotation.successorHash, spent_token_hash: rotation.tokenHash, rotated_at: rotation.now })
    .where(
      and(
        eq(sessions.id, rotation.sessionId),
        eq(sessions.token_hash, rotation.tokenHash),
        isNull(sessions.ended_at),
        gte(sessions.rotated_at, rotation.usedSince),
        gte(sessions.created_at, rotation.createdSince),
      ),
    )
    .returning({ userId: sessions.user_id })
    .get();
  return row?.userId ?? null;
}

/** Ends the session for refreshing; a second time changes nothing. Its sockets and REST access end in the Inbox. */
export async function markSessionEnded(directory: Directory, id: string, now: number): Promise<void> {
  await directory
    .update(sessions)
    .set({ ended_at: now })
    .where(and(eq(sessions.id, id), isNull(sessions.ended_at)));
}

/** Deletes sessions that nothing can bring back: last used, begun or ended before the given times. */
export async function pruneSessions(directory: Directory, before: { usedAt: number; createdAt: number; endedAt: number }): Promise<void> {
  await directory
    .delete(sessions)
    .where(or(lt(sessions.rotated_at, before.usedAt), lt(sessions.created_at, before.createdAt), lt(sessions.ended_at, before.endedAt)));
}
