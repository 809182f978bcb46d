import { type Env, readConfig } from './config';
import type { Inbox } from './inbox/inbox';
import type { Limiter } from './limiter/limiter';
import type { Room } from './room/room';

/** The objects of this deployment's jurisdiction: it is part of every id from the first day. */
function inJurisdiction<T extends Rpc.DurableObjectBranded>(env: Env, namespace: DurableObjectNamespace<T>): DurableObjectNamespace<T> {
  const { jurisdiction } = readConfig(env);
  return jurisdiction === null ? namespace : namespace.jurisdiction(jurisdiction);
}

/** The one object that owns the chat `chatId`, whether the chat exists or not. */
export function roomOf(env: Env, chatId: string): DurableObjectStub<Room> {
  const rooms = inJurisdiction(env, env.ROOM);
  return rooms.get(rooms.idFromName(chatId));
}

/** The one object that owns what crosses rooms for the user `userId`. */
export function inboxOf(env: Env, userId: string): DurableObjectStub<Inbox> {
  const inboxes = inJurisdiction(env, env.INBOX);
  return inboxes.get(inboxes.idFromName(userId));
}

/** The one object that counts what `subject` names [LIMIT-1]. */
export function limiterOf(env: Env, subject: string): DurableObjectStub<Limiter> {
  const limiters = inJurisdiction(env, env.LIMITER);
  return limiters.get(limiters.idFromName(subject));
}
