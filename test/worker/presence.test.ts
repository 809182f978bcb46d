import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { maxWatched } from '../../src/protocol/limits';
import { makeDirectChat, makeGroup } from '../support/chats';
import { type Harness, startHarness } from '../support/harness';
import { type InboxSocket, visitInbox } from '../support/inbox-socket';
import { type Person, signUp } from '../support/people';
import { until } from '../support/poll';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

const open = (person: Person) => visitInbox(harness.url, person.accessToken);

/** What the socket was last told of somebody. */
function lastOf(socket: InboxSocket, { id }: Person) {
  const users = socket.eventsOfType('presence').flatMap((event) => event.users);
  return users.findLast((user) => user.user_id === id);
}

const isOnline = (socket: InboxSocket, person: Person) => lastOf(socket, person)?.online;

async function watch(socket: InboxSocket, ...people: Person[]): Promise<void> {
  const before = socket.eventsOfType('presence').length;
  socket.send({ type: 'watch_presence', user_ids: people.map(({ id }) => id) });
  await until('the answer', () => socket.eventsOfType('presence').length > before);
}

async function listed(...people: Person[]): Promise<void> {
  for (const person of people)
    await until('the list', async () => JSON.stringify((await person.call('GET', '/api/users/me/chats')).body).includes('last_seq'));
}

const setPresence = async (person: Person, presence: boolean) =>
  expect((await person.call('PATCH', '/api/users/me', { settings: { presence } })).status).toBe(200);

describe('[LIVE-3] [INBOX-6] presence', () => {
  test('of a direct chat’s other is told when asked and when it changes, also after both inboxes were evicted', async () => {
    const { ada, ben } = await makeDirectChat(harness.url);
    await listed(ada, ben);
    const looking = await open(ada);
    await watch(looking, ben);
    expect(lastOf(looking, ben)).toEqual({ user_id: ben.id, online: false, last_seen_at: null });
    const socket = await open(ben);
    await until('Ben to be online', () => isOnline(looking, ben) === true);
    await socket.ping();
    await Promise.all([ada, ben].map(({ id }) => harness.worker.evictDurableObject('Inbox', { name: id })));
    const before = Date.now();
    await socket.close();
    await until('Ben to be offline', () => isOnline(looking, ben) === false);
    expect(lastOf(looking, ben)?.last_seen_at).toBeGreaterThanOrEqual(before - 1_000);
    await watch(await open(ben), ada);
    await watch(looking, ben);
    await until('Ben to be back', () => isOnline(looking, ben) === true);
  });

  test('is no longer told of who is not watched any more', async () => {
    const { ada, ben } = await makeDirectChat(harness.url);
    await listed(ada, ben);
    const [looking, alsoLooking] = [await open(ada), await open(ada)];
    await watch(looking, ben);
    await watch(alsoLooking, ben);
    await watch(looking);
    const told = looking.eventsOfType('presence').length;
    const socket = await open(ben);
    await until('the other socket to hear of it', () => isOnline(alsoLooking, ben) === true);
    await socket.close();
    await until('the other socket to hear of that', () => isOnline(alsoLooking, ben) === false);
    expect(looking.eventsOfType('presence')).toHaveLength(told);
  });

  test('is for members of a common chat: strangers and unknown ids look offline', async () => {
    const { ada, ben } = await makeGroup(harness.url, null);
    const eve = await signUp(harness.url, 'eve');
    await open(ben);
    const [member, stranger] = [await open(ada), await open(eve)];
    await until('the directory to know the group', async () => {
      await watch(member, ben);
      return isOnline(member, ben) === true;
    });
    await watch(stranger, ben);
    expect(lastOf(stranger, ben)).toEqual({ user_id: ben.id, online: false, last_seen_at: null });
    const unknown = randomUUID();
    stranger.send({ type: 'watch_presence', user_ids: [unknown] });
    const answer = await stranger.waitForType('presence', ({ users }) => users[0]?.user_id === unknown);
    expect(answer.users).toEqual([{ user_id: unknown, online: false, last_seen_at: null }]);
  });

  test('turned off it is off both ways, at once, and nothing of it is kept', async () => {
    const { ada, ben } = await makeDirectChat(harness.url);
    await listed(ada, ben);
    const [adaSocket, benSocket] = [await open(ada), await open(ben)];
    await watch(adaSocket, ben);
    await watch(benSocket, ada);
    expect([isOnline(adaSocket, ben), isOnline(benSocket, ada)]).toEqual([true, true]);
    await setPresence(ben, false);
    await until('both to look offline', () => isOnline(adaSocket, ben) === false && isOnline(benSocket, ada) === false);
    expect(lastOf(adaSocket, ben)?.last_seen_at).toBeNull();
    await benSocket.close();
    await watch(await open(ben), ada);
    await watch(adaSocket, ben);
    expect(lastOf(adaSocket, ben)).toEqual({ user_id: ben.id, online: false, last_seen_at: null });
    const storage = await harness.worker.getDurableObjectStorage('Inbox', { name: ben.id });
    expect(await storage.exec('SELECT last_seen_at, watchers FROM presence')).toEqual([{ last_seen_at: null, watchers: '{}' }]);
    await setPresence(ben, true);
    const back = await open(ben);
    await watch(back, ada);
    expect(isOnline(back, ada)).toBe(true);
    await until('Ada to see Ben again', async () => {
      await watch(adaSocket, ben);
      return isOnline(adaSocket, ben) === true;
    });
  });

  test('[BLOCK-1] a block hides it both ways, at once', async () => {
    const { ada, ben } = await makeDirectChat(harness.url);
    await listed(ada, ben);
    const [adaSocket, benSocket] = [await open(ada), await open(ben)];
    await watch(adaSocket, ben);
    await watch(benSocket, ada);
    expect((await ada.call('POST', `/api/users/${ben.id}/block`)).status).toBe(204);
    await until('both to look offline', () => isOnline(adaSocket, ben) === false && isOnline(benSocket, ada) === false);
    await watch(adaSocket, ben);
    await watch(benSocket, ada);
    for (const seen of [lastOf(adaSocket, ben), lastOf(benSocket, ada)]) expect(seen).toMatchObject({ online: false, last_seen_at: null });
  });

  test('bad looks are refused', async () => {
    const socket = await open(await signUp(harness.url));
    const many = Array.from({ length: maxWatched + 1 }, () => randomUUID());
    const bad = [{ user_ids: many }, { user_ids: ['x'] }, { user_ids: randomUUID() }, {}].map((event) => ({
      type: 'watch_presence',
      ...event,
    }));
    socket.sendRaw(JSON.stringify([...bad, { type: 'active' }, { type: 'active', visible: 'no' }]));
    await socket.waitFor(() => socket.eventsOfType('error').length === 6);
    expect(new Set(socket.eventsOfType('error').map(({ code }) => code))).toEqual(new Set(['invalid']));
    expect(socket.eventsOfType('presence')).toEqual([]);
    socket.send({ type: 'watch_presence', user_ids: many.slice(1) });
    expect((await socket.waitForType('presence')).users).toHaveLength(maxWatched);
  });
});
