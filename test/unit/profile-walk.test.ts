import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Profile } from '../../src/directory/users';
import { ProfileWalk, roomsPerSlice } from '../../src/inbox/profile-walk';
import type { ErrandKind } from '../../src/inbox/store';

const profile = (version: number): Profile => ({
  user: { id: 'ada', username: 'ada', display_name: `Ada ${version}`, avatar_url: null, deleted: false },
  version,
  readReceipts: true,
});

/** The errands of an inbox with so many chats, in memory, and rooms that keep the versions they are told. */
function makeInbox(chatCount: number) {
  const chatIds = Array.from({ length: chatCount }, (_, i) => `chat-${String(i).padStart(5, '0')}`);
  const jobs = new Set<string>();
  const told = new Map<string, number[]>();
  const inbox = {
    jobs,
    told,
    directory: profile(1) as Profile | null,
    kept: null as Profile | null,
    underWay: 0,
    most: 0,
    broken: new Set<string>(),
  };
  const walk = new ProfileWalk({
    store: {
      transaction: (work) => work(),
      profile: () => inbox.kept,
      putProfile: (kept) => {
        inbox.kept = kept;
      },
      chatIdsAfter: (after, limit) => chatIds.filter((id) => id > after).slice(0, limit),
      jobs: { put: ({ kind, key }) => void jobs.add(`${kind} ${key}`) },
    },
    loadProfile: async () => inbox.directory,
    tellRoom: async (chatId, { version }) => {
      inbox.most = Math.max(inbox.most, ++inbox.underWay);
      await Promise.resolve();
      inbox.underWay -= 1;
      if (inbox.broken.has(chatId)) throw new Error('out of reach');
      told.set(chatId, [...(told.get(chatId) ?? []), version]);
    },
    now: () => 0,
  });
  const perform = (job: string) => {
    const [kind, key = ''] = job.split(' ') as [ErrandKind, string];
    return kind === 'learn_profile' ? walk.learn(key) : kind === 'spread_profile' ? walk.spread(key) : walk.tell(key);
  };
  /** Does the oldest errand; `crash` forgets that it was done. */
  const step = async (crash = false) => {
    const [job] = jobs;
    if (job === undefined) return false;
    await perform(job);
    if (!crash) jobs.delete(job);
    return true;
  };
  const finish = async () => {
    while (await step());
  };
  return { inbox, chatIds, walk, step, finish };
}

describe('telling the rooms of a user who they are now', () => {
  beforeEach(() => void vi.restoreAllMocks());

  it('reaches all of five thousand rooms, each once, a slice at a time', async () => {
    const { inbox, chatIds, walk, finish } = makeInbox(5_000);
    await walk.learn('ada');
    await finish();
    expect([...inbox.told.keys()].sort()).toEqual(chatIds);
    expect([...inbox.told.values()].every((versions) => versions.length === 1)).toBe(true);
    expect(inbox.most).toBe(roomsPerSlice);
  });

  it.each([0, 1, roomsPerSlice - 1, roomsPerSlice, roomsPerSlice + 1])('ends behind the last of %i rooms', async (count) => {
    const { inbox, walk, finish } = makeInbox(count);
    await walk.learn('ada');
    await finish();
    expect([inbox.told.size, inbox.jobs.size]).toEqual([count, 0]);
  });

  it('does not begin for a version it knows, nor for a user whom nobody knows', async () => {
    const { inbox, walk, finish } = makeInbox(3);
    await walk.learn('ada');
    await finish();
    await walk.learn('ada');
    expect(inbox.jobs.size).toBe(0);
    inbox.directory = null;
    await walk.learn('ada');
    expect(inbox.jobs.size).toBe(0);
  });

  it('leaves a room out of reach to an errand of its own and goes on', async () => {
    const { inbox, chatIds, walk, step, finish } = makeInbox(100);
    const lost = chatIds[5] ?? '';
    inbox.broken.add(lost);
    await walk.learn('ada');
    while ([...inbox.jobs].some((job) => job.startsWith('spread_profile'))) {
      const isStuck = [...inbox.jobs][0]?.startsWith('tell_profile') ?? false;
      if (isStuck) {
        await expect(step()).rejects.toThrow('out of reach');
        inbox.jobs.delete(`tell_profile ${lost}`);
        inbox.jobs.add(`tell_profile ${lost}`);
      } else await step();
    }
    expect(inbox.told.size).toBe(99);
    expect(inbox.jobs).toEqual(new Set([`tell_profile ${lost}`]));
    inbox.broken.clear();
    await finish();
    expect(inbox.told.get(lost)).toEqual([1]);
  });

  it('goes on after a crash, and tells everybody the newest of two changes last', async () => {
    const { inbox, chatIds, walk, step, finish } = makeInbox(100);
    await walk.learn('ada');
    await step();
    await step(true);
    inbox.directory = profile(2);
    await walk.learn('ada');
    await finish();
    expect([...inbox.told.keys()].sort()).toEqual(chatIds);
    for (const versions of inbox.told.values()) expect(versions.at(-1)).toBe(2);
  });
});
