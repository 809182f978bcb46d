import { assertNever } from '../assert-never';
import { type Env, readConfig } from '../config';
import { projectChat, removeChat } from '../directory/chat-rooms';
import { openDirectory } from '../directory/directory';
import { removeMedia } from '../directory/media';
import type { Job } from '../job-store';
import { uploadKey } from '../media/keys';
import { createS3, eraseMedia, eraseObjects } from '../media/s3';
import { inboxOf } from '../objects';
import type { LaneRule } from '../outbox';
import type { LiveRoom } from './live-room';
import type { JobKind } from './store';

/** Media are in one store; every inbox is an object of its own. */
export const errandLanes: Readonly<Record<JobKind, LaneRule>> = {
  erase_media: { atOnce: 4, isOnePlace: true },
  erase_upload: { atOnce: 4, isOnePlace: true },
  project_chat: { atOnce: 1, isOnePlace: true },
  tell_inbox: { atOnce: 4, isOnePlace: false },
};

/**
 * Does one job of the outbox. At least once: everything here may be done again without harm.
 * @param tell brings a user's inbox up to date
 */
export async function performJob(env: Env, room: LiveRoom, job: Job<JobKind>, tell: (userId: string) => Promise<void>): Promise<void> {
  switch (job.kind) {
    case 'erase_media':
      await eraseMedia(createS3(readConfig(env).s3), room.facts.id, job.key);
      return removeMedia(openDirectory(env.DIRECTORY), [job.key]);
    case 'erase_upload':
      return eraseObjects(createS3(readConfig(env).s3), [uploadKey(room.facts.id, job.key)]);
    case 'project_chat':
      // [GROUP-1] Where nobody is left, the room is about to be erased.
      if (room.roster.size === 0) return removeChat(openDirectory(env.DIRECTORY), room.facts.id, Date.now());
      return projectChat(openDirectory(env.DIRECTORY), room.projection());
    case 'tell_inbox':
      return tell(job.key);
    default:
      return assertNever(job.kind);
  }
}

/**
 * Tells a member's inbox how the chat stands, or somebody who is no longer one that it is gone [GROUP-2]. Answers how far
 * the messages have reached them, where the room does not know it yet [INBOX-4].
 */
export async function tellInbox(env: Env, room: LiveRoom, userId: string): Promise<{ deliveredSeq: number | null }> {
  const member = room.roster.find(userId);
  const inbox = inboxOf(env, userId);
  if (member === null) await inbox.removeChat(room.rev, room.facts.id);
  if (member === null || member.concealed) return { deliveredSeq: null };
  const now = Date.now();
  return inbox.noteChat(room.rev, room.lists.summary(member, now), member.profile.version, room.lists.newsOf(member, now));
}
