import { sessionAbsoluteMs, sessionIdleMs } from '../auth/refresh-tokens';
import type { Env } from '../config';
import { pruneChats } from '../directory/chat-rooms';
import { openDirectory } from '../directory/directory';
import { pruneSessions } from '../directory/sessions';

/** An ended session is remembered this long, so that a retried logout is told that it is done. */
const endedSessionRetentionMs = 24 * 60 * 60 * 1000;

/** No call to the directory is on its way for longer. */
const removedChatRetentionMs = 24 * 60 * 60 * 1000;

/** Deletes what the directory need not remember any more; `now` in milliseconds. Repeatable. */
export async function prune(env: Env, now: number): Promise<void> {
  const directory = openDirectory(env.DIRECTORY);
  await pruneChats(directory, now - removedChatRetentionMs);
  await pruneSessions(directory, {
    usedAt: now - sessionIdleMs,
    createdAt: now - sessionAbsoluteMs,
    endedAt: now - endedSessionRetentionMs,
  });
}
