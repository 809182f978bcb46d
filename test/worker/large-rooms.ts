import { randomUUID } from 'node:crypto';
import type { Env } from '../../src/config';
import type { Room } from '../../src/room/room';
import type { Harness } from '../support/harness';

/** A member who never signed up. */
export interface Stranger {
  readonly id: string;
  readonly sid: string;
}

/** A group of strangers, made by a call to its object: to sign up a thousand people would measure the hashing of passwords. */
export interface LargeRoom {
  readonly chatId: string;
  /** The first is the owner. */
  readonly members: readonly Stranger[];
  /** The object itself. */
  readonly room: DurableObjectStub<Room>;
}

export function profileOf({ id }: Pick<Stranger, 'id'>, name: string) {
  const user = { id, username: name, display_name: name, avatar_url: null, deleted: false };
  return { user, version: 1, readReceipts: true };
}

export function makeStrangers(count: number): Stranger[] {
  return Array.from({ length: count }, () => ({ id: randomUUID(), sid: randomUUID() }));
}

/** @param expiry null for never */
export async function makeLargeRoom(
  harness: Harness,
  memberCount: number,
  expiry: { readonly expires_in_seconds: number; readonly expire_mode: 'after_send' | 'after_read' } | null = null,
): Promise<LargeRoom> {
  const { ROOM } = await harness.server.getWorker<Env>().getEnv();
  const chatId = randomUUID();
  const room = ROOM.get(ROOM.idFromName(chatId));
  const members = makeStrangers(memberCount);
  const [creator, ...others] = members.map((member, index) => profileOf(member, `member_${index}`));
  if (creator === undefined) throw new Error('A room needs somebody');
  const made = await room.create({
    id: chatId,
    isGroup: true,
    name: 'Many',
    creator,
    members: others,
    expiry: expiry ?? { expires_in_seconds: null, expire_mode: 'after_send' },
  });
  if (!made.ok) throw new Error(`No room: ${made.code}`);
  return { chatId, members, room };
}
