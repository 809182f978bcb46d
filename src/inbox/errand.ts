import { assertNever } from '../assert-never';
import { type Env, readConfig } from '../config';
import { directChatId } from '../direct-chat-id';
import { projectBlock } from '../directory/blocks';
import { openDirectory } from '../directory/directory';
import { findUser, settingsOf, toProfile } from '../directory/users';
import type { Job } from '../job-store';
import { avatarKey } from '../media/keys';
import { createS3, eraseObjects } from '../media/s3';
import { roomOf } from '../objects';
import { ProfileWalk } from './profile-walk';
import type { ErrandKind, InboxStore } from './store';

/** What the inbox itself does about an errand. */
export interface ErrandActions {
  endMute(chatId: string): void;
  /** [LIVE-3] */
  showPresence(userId: string, isShown: boolean): void;
  forgetLastSeen(): void;
  /** [INBOX-5] */
  decidePush(chatId: string): void;
  sendPush(sid: string, chatId: string, tries: number): Promise<void>;
}

/** Does one errand. At least once: everything here may be done again without harm. */
export async function performErrand(
  env: Env,
  store: InboxStore,
  { kind, key, tries }: Job<ErrandKind>,
  actions: ErrandActions,
): Promise<void> {
  const [first = '', second = '', third = ''] = key.split(' ');
  switch (kind) {
    case 'end_session':
      return roomOf(env, second).endSession(first);
    case 'tell_block': {
      const block = store.block(second);
      if (block === null) return;
      const room = roomOf(env, await directChatId(first, second));
      return room.setBlock({ userId: first, isActive: block.isActive, version: block.version });
    }
    case 'project_block': {
      const block = store.block(second);
      if (block === null) return;
      return projectBlock(openDirectory(env.DIRECTORY), { blockerId: first, blockedId: second, ...block });
    }
    case 'learn_profile':
      return walk(env, store).learn(key);
    case 'spread_profile':
      return walk(env, store).spread(key);
    case 'tell_profile':
      return walk(env, store).tell(key);
    case 'tell_delivered':
      return roomOf(env, second).noteDelivered(first, Number(third));
    case 'learn_presence': {
      const user = await findUser(openDirectory(env.DIRECTORY), key);
      if (user !== null) actions.showPresence(key, settingsOf(user).presence);
      return;
    }
    case 'forget_last_seen':
      return actions.forgetLastSeen();
    case 'erase_avatar': {
      const user = await findUser(openDirectory(env.DIRECTORY), first);
      // It was asked for before the change, should that break off: then the picture may be the present one.
      if (user?.avatar === second) return;
      return eraseObjects(createS3(readConfig(env).s3), [avatarKey(second)]);
    }
    case 'decide_push':
      return actions.decidePush(key);
    case 'send_push':
      return actions.sendPush(first, second, tries);
    case 'end_mute':
      return actions.endMute(key);
    default:
      return assertNever(kind);
  }
}

function walk(env: Env, store: InboxStore): ProfileWalk {
  return new ProfileWalk({
    store,
    loadProfile: async (userId) => {
      const user = await findUser(openDirectory(env.DIRECTORY), userId);
      return user === null ? null : toProfile(user);
    },
    tellRoom: (chatId, profile) => roomOf(env, chatId).noteProfile(profile),
    now: Date.now,
  });
}
