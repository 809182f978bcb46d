import { sessionAbsoluteMs, sessionIdleMs } from '../auth/refresh-tokens';
import type { Env } from '../config';
import { openDirectory } from '../directory/directory';
import { pruneSessions } from '../directory/sessions';

/** An ended session is remembered this long, so that a retried logout is told that it is done. */
const endedSessionRetentionMs = 24 * 60 * 60 * 1000;

/** Deletes what the directory need not remember any more; `now` in milliseconds. Repeatable. */
export async function prune(env: Env, now: number): Promise<void> {
  await pruneSessions(openDirectory(env.DIRECTORY), {
    usedAt: now - sessionIdleMs,
    createdAt: now - sessionAbsoluteMs,
    endedAt: now - endedSessionRetentionMs,
  });
}
