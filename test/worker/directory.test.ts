import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Env } from '../../src/config';
import { type ChatProjection, projectChat, pruneChats, removeChat } from '../../src/directory/chat-rooms';
import { type Directory, openDirectory } from '../../src/directory/directory';
import { findAllMedia, findMedia, insertMedia, removeMedia } from '../../src/directory/media';
import { insertSession, pruneSessions } from '../../src/directory/sessions';
import { loadProfiles } from '../../src/directory/users';
import type { Role } from '../../src/protocol/models';
import { type Harness, startHarness } from '../support/harness';
import { signUp } from '../support/people';

let harness: Harness;
let env: Env;
let directory: Directory;
beforeAll(async () => {
  harness = await startHarness();
  env = await harness.server.getWorker<Env>().getEnv();
  directory = openDirectory(env.DIRECTORY);
});
afterAll(() => harness.close());

async function rowsOf(chatId: string) {
  const room = await env.DIRECTORY.prepare('select * from chat_rooms where id = ?').bind(chatId).first();
  const members = await env.DIRECTORY.prepare('select user_id, role from chat_members where chat_room_id = ? order by joined_at')
    .bind(chatId)
    .all();
  return { room, members: members.results };
}

describe('the directory', () => {
  it('shows a room as its newest projection says, in whatever order and however often they come', async () => {
    const [ada, ben, eve] = [randomUUID(), randomUUID(), randomUUID()];
    const chat = { id: randomUUID(), isGroup: true, createdAt: 1_000 };
    const [first, second, third] = [ada, ben, eve].map((userId, index) => ({ userId, role: 'member' as Role, joinedAt: 1_000 + index }));
    if (first === undefined || second === undefined || third === undefined) throw new Error('Three members were made');
    const projections: ChatProjection[] = [
      { ...chat, name: 'first', version: 1, members: [first, second] },
      { ...chat, name: 'first', version: 4, members: [first, second, third] },
      { ...chat, name: 'second', version: 5, members: [first, third] },
      { ...chat, name: 'second', version: 9, members: [first, { ...third, role: 'admin' }] },
    ];
    const expected = {
      room: { id: chat.id, is_group: 1, name: 'second', created_at: 1_000, version: 9 },
      members: [
        { user_id: ada, role: 'member' },
        { user_id: eve, role: 'admin' },
      ],
    };
    for (const projection of [...projections, ...projections]) await projectChat(directory, projection);
    expect(await rowsOf(chat.id)).toEqual(expected);

    await env.DIRECTORY.batch([
      env.DIRECTORY.prepare('delete from chat_rooms where id = ?').bind(chat.id),
      env.DIRECTORY.prepare('delete from chat_members where chat_room_id = ?').bind(chat.id),
    ]);
    for (const projection of projections.toReversed()) await projectChat(directory, projection);
    expect(await rowsOf(chat.id)).toEqual(expected);
  });

  it('[GROUP-1] forgets a room, also what is told of it too late', async () => {
    const id = randomUUID();
    const member = { userId: randomUUID(), role: 'owner' as Role, joinedAt: 1 };
    const late: ChatProjection = { id, isGroup: true, name: 'late', createdAt: 1, version: 7, members: [member] };
    for (const before of [[], [late]]) {
      for (const projection of before) await projectChat(directory, projection);
      for (const now of [100, 200]) await removeChat(directory, id, now);
      await projectChat(directory, late);
      expect(await rowsOf(id)).toMatchObject({ room: { name: null, created_at: 100 }, members: [] });
      await pruneChats(directory, 100);
      expect((await rowsOf(id)).room).not.toBeNull();
      await pruneChats(directory, 101);
      expect(await rowsOf(id)).toEqual({ room: null, members: [] });
    }
  });

  it('[GROUP-1] takes a room of a thousand members, and its profiles, at once', async () => {
    const person = await signUp(harness.url);
    const userIds = [person.id, ...Array.from({ length: 999 }, () => randomUUID())];
    const id = randomUUID();
    const members = userIds.map((userId) => ({ userId, role: 'member' as const, joinedAt: 1 }));
    await projectChat(directory, { id, isGroup: true, name: 'many', createdAt: 1, version: 1, members });
    expect((await rowsOf(id)).members).toHaveLength(1_000);
    const { settings: _, role: __, created_at: ___, ...user } = person.user;
    expect(await loadProfiles(directory, userIds)).toEqual([{ user, version: 1, readReceipts: true }]);
    expect(await loadProfiles(directory, [])).toEqual([]);
  });

  it('remembers where a medium belongs until it is removed, each step repeatable', async () => {
    const place = { id: randomUUID(), chatRoomId: randomUUID(), uploaderId: randomUUID() };
    await insertMedia(directory, place, 1);
    await insertMedia(directory, { ...place, chatRoomId: randomUUID() }, 2);
    expect(await findMedia(directory, place.id)).toEqual(place);
    expect(await findAllMedia(directory, [randomUUID(), place.id])).toEqual([place]);
    await removeMedia(directory, [place.id]);
    await removeMedia(directory, [place.id]);
    expect(await findMedia(directory, place.id)).toBeNull();
  });

  it('[AUTH-3] forgets the sessions that are over, and no others', async () => {
    const person = await signUp(harness.url);
    const now = 1_800_000_000_000;
    const ids = { live: randomUUID(), idle: randomUUID(), old: randomUUID(), ended: randomUUID() };
    for (const id of Object.values(ids)) await insertSession(directory, { id, userId: person.id, tokenHash: id, now });
    await env.DIRECTORY.batch([
      env.DIRECTORY.prepare('update sessions set rotated_at = ? where id = ?').bind(now - 101, ids.idle),
      env.DIRECTORY.prepare('update sessions set created_at = ? where id = ?').bind(now - 201, ids.old),
      env.DIRECTORY.prepare('update sessions set ended_at = ? where id = ?').bind(now - 51, ids.ended),
    ]);
    await pruneSessions(directory, { usedAt: now - 100, createdAt: now - 200, endedAt: now - 50 });
    const left = await env.DIRECTORY.prepare('select id from sessions where token_hash in (?, ?, ?, ?)')
      .bind(...Object.values(ids))
      .all();
    expect(left.results).toEqual([{ id: ids.live }]);
  });
});
