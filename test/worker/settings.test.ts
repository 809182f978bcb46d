import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Env } from '../../src/config';
import type { Profile } from '../../src/directory/users';
import { type ChatSummary, type Me, me } from '../../src/protocol/models';
import { chatAnswer, chatsAnswer, membersAnswer, problem, usersAnswer } from '../../src/protocol/rest';
import { makeDirectChat, makeGroup, text } from '../support/chats';
import { type Harness, startHarness } from '../support/harness';
import { connectInbox } from '../support/inbox-socket';
import { type Person, signInAgain, signUp } from '../support/people';
import { until } from '../support/poll';
import { type RoomPosition, visitRoom } from '../support/room-socket';

let harness: Harness;
let env: Env;
beforeAll(async () => {
  harness = await startHarness();
  env = await harness.server.getWorker<Env>().getEnv();
});
afterAll(() => harness.close());

async function change(person: Person, body: object): Promise<Me> {
  const answer = await person.call('PATCH', '/api/users/me', body);
  expect(answer).toMatchObject({ status: 200 });
  return v.parse(me, answer.body);
}

const meOf = async (person: Person) => v.parse(me, (await person.call('GET', '/api/users/me')).body);

async function versionOf(person: Person): Promise<unknown> {
  return env.DIRECTORY.prepare('select profile_version from users where id = ?').bind(person.id).first('profile_version');
}

const join = (person: Person, chatId: string, position?: RoomPosition) => visitRoom(harness.url, person.accessToken, chatId, position);

async function create(person: Person, body: object) {
  return v.parse(chatAnswer, (await person.call('POST', '/api/chats', body)).body).chat;
}

/** How `viewer` sees `person` in the chat. */
async function nameIn(viewer: Person, chatId: string, person: Person): Promise<string | undefined> {
  const { members } = v.parse(membersAnswer, (await viewer.call('GET', `/api/chats/${chatId}/members`)).body);
  return members.find(({ user }) => user.id === person.id)?.user.display_name;
}

async function listedFor(person: Person, chatId: string): Promise<ChatSummary | undefined> {
  const { chats } = v.parse(chatsAnswer, (await person.call('GET', '/api/users/me/chats')).body);
  return chats.find(({ id }) => id === chatId);
}

const roomOf = (chatId: string) => env.ROOM.get(env.ROOM.idFromName(chatId));
const inboxOf = (person: Person) => env.INBOX.get(env.INBOX.idFromName(person.id));

const profileOf = ({ user }: Person, change: { name?: string; version: number }): Profile => {
  const { id, username, avatar_url, deleted, display_name } = user;
  return {
    user: { id, username, avatar_url, deleted, display_name: change.name ?? display_name },
    version: change.version,
    readReceipts: true,
  };
};

async function roomRows(chatId: string, query: string, ...bindings: (string | number)[]) {
  return (await harness.worker.getDurableObjectStorage('Room', { name: chatId })).exec(query, ...bindings);
}

/** Rows of the user's inbox. */
async function inboxRows(person: Person, query: string, ...bindings: (string | number)[]) {
  return (await harness.worker.getDurableObjectStorage('Inbox', { name: person.id })).exec(query, ...bindings);
}

const evictInbox = (person: Person) => harness.worker.evictDurableObject('Inbox', { name: person.id, webSockets: 'hibernate' });

describe('PATCH /api/users/me', () => {
  test('changes what it names, leaves the rest, and says how it is then', async () => {
    const ada = await signUp(harness.url, 'ada');
    const settings = {
      read_receipts: false,
      presence: false,
      findable: false,
      push_shows: 'name',
      default_expiry: { expires_in_seconds: 60, expire_mode: 'after_send' },
      locale: 'de-CH',
    };
    const first = await change(ada, { display_name: '  Ada Lovelace ', settings: { ...settings, locale: 'DE-ch' } });
    expect(first).toEqual({ ...ada.user, display_name: 'Ada Lovelace', settings });
    const expected = { ...first, settings: { ...settings, presence: true, default_expiry: null } };
    expect(await change(ada, { settings: { presence: true, default_expiry: null } })).toEqual(expected);
    expect(await change(ada, { settings: {} })).toEqual(expected);
    expect(await change(ada, { unknown: 1, settings: { unknown: 2 } })).toEqual(expected);
    expect(await meOf(ada)).toEqual(expected);
  });

  test('repeated it changes nothing; only what rooms keep counts as a new version of the profile', async () => {
    const ada = await signUp(harness.url, 'ada');
    for (let i = 0; i < 3; i++) await change(ada, { display_name: 'Ada L.' });
    expect(await versionOf(ada)).toBe(2);
    for (let i = 0; i < 3; i++) await change(ada, { settings: { read_receipts: false, findable: false } });
    expect(await versionOf(ada)).toBe(3);
    await change(ada, { display_name: 'Ada L.', settings: { presence: false, locale: 'fr', default_expiry: null, push_shows: 'name' } });
    expect(await versionOf(ada)).toBe(3);
  });

  test('changes of different settings at once all hold', async () => {
    const ada = await signUp(harness.url, 'ada');
    const changes = [{ read_receipts: false }, { presence: false }, { findable: false }, { push_shows: 'name' }, { locale: 'sv' }];
    await Promise.all(changes.map((settings) => change(ada, { settings })));
    expect((await meOf(ada)).settings).toEqual(Object.assign({ default_expiry: null }, ...changes));
  });

  test('what does not validate is refused by its path and changes nothing', async () => {
    const ada = await signUp(harness.url, 'ada');
    const wrong: [path: string, body: object][] = [
      ['display_name', { display_name: '' }],
      ['display_name', { display_name: ' \u200a ' }],
      ['display_name', { display_name: 'x'.repeat(65) }],
      ['display_name', { display_name: 'a\u0000b' }],
      ['display_name', { display_name: '\ud800' }],
      ['display_name', { display_name: null }],
      ['display_name', { display_name: ['Ada'] }],
      ['settings', { settings: null }],
      ['settings', { settings: true }],
      ['settings.read_receipts', { settings: { read_receipts: 'false' } }],
      ['settings.read_receipts', { settings: { read_receipts: null } }],
      ['settings.presence', { settings: { presence: 0 } }],
      ['settings.findable', { settings: { findable: {} } }],
      ['settings.push_shows', { settings: { push_shows: 'everything' } }],
      ['settings.default_expiry', { settings: { default_expiry: 60 } }],
      [
        'settings.default_expiry.expires_in_seconds',
        { settings: { default_expiry: { expires_in_seconds: 0, expire_mode: 'after_send' } } },
      ],
      [
        'settings.default_expiry.expires_in_seconds',
        { settings: { default_expiry: { expires_in_seconds: 2_419_201, expire_mode: 'after_send' } } },
      ],
      ['settings.default_expiry.expire_mode', { settings: { default_expiry: { expires_in_seconds: 60 } } }],
      ['settings.locale', { settings: { locale: '' } }],
      ['settings.locale', { settings: { locale: 'not a language' } }],
      ['settings.locale', { settings: { locale: `en-${'x'.repeat(40)}` } }],
      ['settings.locale', { settings: { locale: ['en', 'de'] } }],
    ];
    for (const [path, body] of wrong) {
      // What is right beside it must not go through either.
      const { display_name = 'Fine', settings = {} } = body as { display_name?: unknown; settings?: unknown };
      const mixed = {
        display_name,
        settings:
          settings === null || settings === true
            ? settings
            : { ...(settings as object), ...(path.includes('presence') ? {} : { presence: false }) },
      };
      const answer = await ada.call('PATCH', '/api/users/me', mixed);
      expect([answer.status, v.parse(problem, answer.body).errors?.map((error) => error.path)], JSON.stringify(body)).toEqual([
        422,
        [path],
      ]);
    }
    expect(await meOf(ada)).toEqual(ada.user);
    expect(await versionOf(ada)).toBe(1);
  });

  test('a setting is text, whatever it looks like', async () => {
    const ada = await signUp(harness.url, 'ada');
    const display_name = `'); DROP TABLE users; -- "$.findable" {"a":1}`;
    expect(await change(ada, { display_name })).toMatchObject({ display_name, settings: ada.user.settings });
  });

  test('the user’s other devices are told to ask again', async () => {
    const ada = await signUp(harness.url, 'ada');
    const tablet = connectInbox(harness.url, (await signInAgain(harness.url, ada)).accessToken);
    onTestFinished(async () => void (await tablet.close()));
    await tablet.waitForType('inbox');
    await change(ada, { settings: { presence: false } });
    await tablet.waitForType('me_changed');
  });
});

describe('a changed name', () => {
  test('[GROUP-2] is told to the rooms’ sockets, to who was away, and to the lists', async () => {
    const { ada, ben, chatId } = await makeDirectChat(harness.url);
    const { id: groupId } = await create(ada, { is_group: true, name: 'Both', member_ids: [ben.id] });
    const [here, away] = [await join(ben, chatId), await join(ben, groupId)];
    const { epoch, rev } = await away.waitForType('welcome');
    await away.close();
    await ada.call('POST', `/api/chats/${groupId}/messages`, text('who am I?'));
    await change(ada, { display_name: 'Countess' });
    const event = await here.waitForType('members_changed');
    expect(event).toMatchObject({ added: [], removed: [], roles: [], changed: [{ user: { id: ada.id, display_name: 'Countess' } }] });
    expect(event.rev).toBeGreaterThan((await here.waitForType('welcome')).rev);
    await until('the group to know', async () => (await nameIn(ben, groupId, ada)) === 'Countess');
    const back = await (await join(ben, groupId, { epoch, rev })).waitForType('welcome');
    expect(back).toMatchObject({ reset: false, members: [{ user: { id: ada.id, display_name: 'Countess' }, role: 'owner' }] });
    await until('the lists', async () => (await listedFor(ben, chatId))?.other_user?.display_name === 'Countess');
    await until('the lists', async () => (await listedFor(ben, groupId))?.last_message?.sender_name === 'Countess');
    // Its members are who they were: nothing was added to the conversation.
    expect(back.messages.filter(({ message_type }) => message_type === 'system')).toEqual([]);
  });

  test('a room that is joined later takes it as of then', async () => {
    const [ada, ben, cleo] = await Promise.all([signUp(harness.url, 'ada'), signUp(harness.url, 'ben'), signUp(harness.url, 'cleo')]);
    await change(ben, { display_name: 'Benjamin' });
    await change(cleo, { display_name: 'Cleopatra' });
    const { id } = await create(ada, { is_group: true, name: 'Later', member_ids: [ben.id] });
    await ada.call('POST', `/api/chats/${id}/members`, { user_ids: [cleo.id] });
    expect([await nameIn(ada, id, ben), await nameIn(ada, id, cleo)]).toEqual(['Benjamin', 'Cleopatra']);
  });

  test('news of it are applied once, the newest whatever their order', async () => {
    const { ada, ben, chatId } = await makeDirectChat(harness.url);
    const socket = await join(ben, chatId);
    const tell = (name: string, version: number) => roomOf(chatId).noteProfile(profileOf(ada, { name, version }));
    for (const [name, version] of [
      ['third', 3],
      ['second', 2],
      ['third', 3],
      ['fifth', 5],
      ['fourth', 4],
      ['fifth', 5],
    ] as const)
      await tell(name, version);
    expect(await nameIn(ben, chatId, ada)).toBe('fifth');
    await socket.waitForType('members_changed', ({ changed }) => changed?.[0]?.user.display_name === 'fifth');
    expect(socket.eventsOfType('members_changed').map(({ changed }) => changed?.[0]?.user.display_name)).toEqual(['third', 'fifth']);
    // What others do not see takes no rev: no row would remember it.
    const revs = () => roomRows(chatId, 'SELECT rev, profile_version FROM members WHERE user_id = ?', ada.id);
    const [before] = await revs();
    await tell('fifth', 6);
    expect(await revs()).toEqual([{ rev: before?.rev, profile_version: 6 }]);
    expect((await (await join(ada, chatId)).waitForType('welcome')).rev).toBe(before?.rev);
  });

  test('[SEND-8] who has left is none of the room’s business any more, nor is a room that does not exist', async () => {
    const { ada, ben, chatId } = await makeGroup(harness.url, null);
    await ben.call('DELETE', `/api/chats/${chatId}/members/me`);
    const socket = await join(ada, chatId);
    await change(ben, { display_name: 'Gone' });
    await roomOf(chatId).noteProfile(profileOf(ben, { name: 'Gone', version: 9 }));
    await roomOf(randomUUID()).noteProfile(profileOf(ben, { name: 'Gone', version: 9 }));
    await socket.ping();
    expect(socket.eventsOfType('members_changed')).toEqual([]);
  });

  test('a room that took the user in as they were before learns better', async () => {
    const [ada, ben] = await Promise.all([signUp(harness.url, 'ada'), signUp(harness.url, 'ben')]);
    await change(ada, { display_name: 'Renamed' });
    await until('the inbox to know', async () => (await inboxRows(ada, 'SELECT 1 FROM profile')).length === 1);
    const id = randomUUID();
    const [creator, member] = [profileOf(ada, { version: 1 }), profileOf(ben, { version: 1 })];
    await roomOf(id).create({ id, isGroup: true, name: 'Late', creator, members: [member], expiry: null });
    await until('the room to learn', async () => (await nameIn(ben, id, ada)) === 'Renamed');
  });

  test('is expected by the inbox before it is written', async () => {
    const ada = await signUp(harness.url, 'ada');
    const before = Date.now();
    await inboxOf(ada).expectMe(ada.id, { rooms: true, presence: false });
    const [errand] = await inboxRows(ada, 'SELECT kind, key, due FROM jobs');
    expect(errand).toMatchObject({ kind: 'learn_profile', key: ada.id });
    expect(errand?.due).toBeGreaterThan(before + 5_000);
    await inboxOf(ada).meChanged(ada.id, { rooms: true, presence: false });
    expect(await inboxRows(ada, 'SELECT * FROM jobs')).toEqual([]);
  });

  test('reaches the rooms although the Worker failed after writing it', async () => {
    const { ada, ben, chatId } = await makeDirectChat(harness.url);
    await until('the chat in the list', async () => (await listedFor(ada, chatId)) !== undefined);
    await env.DIRECTORY.prepare("update users set display_name = 'Half-way', profile_version = 2 where id = ?").bind(ada.id).run();
    // As `expectMe` has left it, when its time has come.
    await inboxRows(ada, "INSERT INTO jobs(kind, key, due, tries, generation) VALUES ('learn_profile', ?, 1, 0, 0)", ada.id);
    await evictInbox(ada);
    await listedFor(ada, chatId);
    await until('the room to know', async () => (await nameIn(ben, chatId, ada)) === 'Half-way');
    await until('no errand left', async () => (await inboxRows(ada, 'SELECT * FROM jobs')).length === 0);
  });

  test('an inbox evicted on its way through seventy rooms tells every one of them, going on where it was', async () => {
    const [ada, ben] = await Promise.all([signUp(harness.url, 'ada'), signUp(harness.url, 'ben')]);
    const body = { is_group: true, name: 'One of many', member_ids: [ben.id] };
    const chats = await Promise.all(Array.from({ length: 70 }, () => create(ada, body)));
    const ids = chats.map(({ id }) => id).sort();
    const names = () => Promise.all(ids.map((id) => nameIn(ben, id, ada)));
    const listed = async () => (await inboxRows(ada, 'SELECT count(*) AS n FROM chats'))[0]?.n;
    await until('all in the list', async () => (await listed()) === 70);
    await change(ada, { display_name: 'Traveller' });
    await evictInbox(ada);
    await listedFor(ada, '');
    await until('every room to know', async () => (await names()).every((name) => name === 'Traveller'));
    await until('no errand left', async () => (await inboxRows(ada, 'SELECT * FROM jobs')).length === 0);

    // A walk that a crash cut short after forty rooms.
    const facts = JSON.stringify(profileOf(ada, { name: 'Later', version: 9 }));
    await inboxRows(ada, 'UPDATE profile SET facts = ?', facts);
    await inboxRows(ada, "INSERT INTO jobs(kind, key, due, tries, generation) VALUES ('spread_profile', ?, 1, 0, 0)", ids[39] ?? '');
    await evictInbox(ada);
    await listedFor(ada, '');
    await until('the rest of the rooms to know', async () => (await names()).slice(40).every((name) => name === 'Later'));
    expect(new Set((await names()).slice(0, 40))).toEqual(new Set(['Traveller']));
    await until('no errand left', async () => (await inboxRows(ada, 'SELECT * FROM jobs')).length === 0);
  });
});

describe('[EXP-6] default_expiry', () => {
  test('is what the user’s new chats begin with, and nobody else’s', async () => {
    const [ada, ben, cleo] = await Promise.all([signUp(harness.url, 'ada'), signUp(harness.url, 'ben'), signUp(harness.url, 'cleo')]);
    const mine = { expires_in_seconds: 3_600, expire_mode: 'after_send' } as const;
    await change(ada, { settings: { default_expiry: mine } });
    const direct = { is_group: false, member_ids: [ben.id] };
    expect(await create(ada, direct)).toMatchObject({ policy: { ...mine, changed_by: ada.id, version: 1 } });
    const group = { is_group: true, name: 'Ours', member_ids: [ben.id] };
    expect(await create(ada, group)).toMatchObject({ policy: mine });
    const chosen = { expires_in_seconds: 60, expire_mode: 'after_read' };
    expect(await create(ada, { ...group, expiry: chosen })).toMatchObject({ policy: chosen });
    expect(await create(cleo, { is_group: false, member_ids: [ada.id] })).toMatchObject({
      policy: { expires_in_seconds: 86_400, expire_mode: 'after_read', changed_by: null },
    });
    await change(ada, { settings: { default_expiry: { expires_in_seconds: null, expire_mode: 'after_send' } } });
    expect(await create(ada, group)).toMatchObject({ policy: { expires_in_seconds: null, changed_by: ada.id } });
    // A chat that exists keeps what it has.
    expect(await create(ada, direct)).toMatchObject({ policy: mine });
    await change(ada, { settings: { default_expiry: null } });
    expect(await create(ada, group)).toMatchObject({
      policy: { expires_in_seconds: 604_800, expire_mode: 'after_send', changed_by: null },
    });
  });
});

test('findable: who is not is found by the whole username only', async () => {
  const [ada, ben] = await Promise.all([signUp(harness.url, 'ada'), signUp(harness.url, 'hidden')]);
  const find = async (name: string) =>
    v.parse(usersAnswer, (await ada.call('GET', `/api/users?username=${name}`)).body).users.map(({ id }) => id);
  const prefix = ben.username.slice(0, -1);
  expect(await find(prefix)).toEqual([ben.id]);
  await change(ben, { settings: { findable: false } });
  expect(await find(prefix)).toEqual([]);
  expect(await find(ben.username.toUpperCase())).toEqual([ben.id]);
  await change(ben, { settings: { findable: true } });
  expect(await find(prefix)).toEqual([ben.id]);
});
