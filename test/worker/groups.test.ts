import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeCodes } from '../../src/protocol/close-codes';
import { chatAnswer, chatsAnswer, framesAnswer, membersAnswer, messagesAnswer, receiptsAnswer } from '../../src/protocol/rest';
import { type Harness, startHarness } from '../support/harness';
import { connectInbox } from '../support/inbox-socket';
import { type Person, signUp } from '../support/people';
import { until } from '../support/poll';
import { connectRoom, enterRoom } from '../support/room-socket';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

interface Group {
  readonly chatId: string;
  readonly owner: Person;
  readonly others: readonly Person[];
}

/** A group of `size` people, the first its owner. */
async function makeGroup(size: number): Promise<Group> {
  const people = await Promise.all(Array.from({ length: size }, (_, i) => signUp(harness.url, `p${i}`)));
  const [owner, ...others] = people;
  if (owner === undefined) throw new Error('A group needs somebody');
  const answer = await owner.call('POST', '/api/chats', { is_group: true, name: 'Rowing', member_ids: others.map((person) => person.id) });
  return { chatId: v.parse(chatAnswer, answer.body).chat.id, owner, others };
}

const join = (person: Person, chatId: string) => enterRoom(harness.url, person.accessToken, chatId);

const text = (content: string) => ({ type: 'send_message', id: randomUUID(), message_type: 'text', content }) as const;
const at = <T>(list: readonly T[], index: number): T => {
  const item = list[index];
  if (item === undefined) throw new Error(`Nothing at ${index}`);
  return item;
};
const membersOf = async (person: Person, chatId: string) =>
  v.parse(membersAnswer, (await person.call('GET', `/api/chats/${chatId}/members?limit=200`)).body).members;
const historyOf = async (person: Person, chatId: string) =>
  v.parse(messagesAnswer, (await person.call('GET', `/api/users/me/chats/${chatId}/messages`)).body).messages;

describe('members', () => {
  test('[GROUP-1] [GROUP-2] [SEND-9] adding tells everybody, with its line; the newcomer sees nothing from before', async () => {
    const { chatId, owner, others } = await makeGroup(2);
    const newcomer = await signUp(harness.url, 'new');
    const socket = await join(at(others, 0), chatId);
    socket.send(text('before'));
    await socket.waitForType('new_message');
    expect((await owner.call('POST', `/api/chats/${chatId}/members`, { user_ids: [newcomer.id] })).status).toBe(204);
    expect((await owner.call('POST', `/api/chats/${chatId}/members`, { user_ids: [newcomer.id] })).status).toBe(204);
    expect(await socket.waitForType('members_changed')).toMatchObject({
      added: [{ user: { id: newcomer.id }, role: 'member' }],
      removed: [],
    });
    const line = await socket.waitForType('new_message', (event) => event.message.message_type === 'system');
    expect(line.message.system).toEqual({ kind: 'member_added', actor_id: owner.id, user_ids: [newcomer.id], value: null });
    expect((await historyOf(newcomer, chatId)).map((message) => message.system?.kind)).toEqual(['member_added']);
    const theirs = await join(newcomer, chatId);
    socket.send({ ...text('after'), reply_to: line.message.id });
    expect((await theirs.waitForType('new_message')).message.content).toBe('after');
    await until('the list', async () => {
      const { chats } = v.parse(chatsAnswer, (await newcomer.call('GET', '/api/users/me/chats')).body);
      return chats[0]?.last_message?.preview === 'after' && chats[0].unread_count === 1;
    });
    await Promise.all([socket.close(), theirs.close()]);
  });

  test('[GROUP-2] [SEND-8] who is removed loses socket, list entry and everything after; their messages stay', async () => {
    const { chatId, owner, others } = await makeGroup(3);
    const gone = at(others, 0);
    const [socket, theirs] = [await join(owner, chatId), await join(gone, chatId)];
    const inbox = connectInbox(harness.url, gone.accessToken);
    await inbox.waitForType('inbox');
    theirs.send(text('my words stay'));
    await socket.waitForType('new_message');
    expect((await owner.call('DELETE', `/api/chats/${chatId}/members/${gone.id}`)).status).toBe(204);
    expect(await theirs.closed).toMatchObject({ code: closeCodes.forbidden });
    expect(await socket.waitForType('members_changed')).toMatchObject({ removed: [gone.id] });
    expect(await inbox.waitForType('chat_removed')).toMatchObject({ chat_room_id: chatId });
    expect((await gone.call('GET', '/api/users/me/chats')).body).toEqual({ chats: [], next_cursor: null });
    expect(await gone.call('GET', `/api/users/me/chats/${chatId}/messages`)).toMatchObject({ status: 404 });
    expect(await connectRoom(harness.url, gone.accessToken, chatId).closed).toMatchObject({ code: closeCodes.notFound });
    const mine = (await historyOf(owner, chatId)).find((message) => message.content === 'my words stay');
    expect(mine?.sender_id).toBe(gone.id);
    // Back again: a new stay, that sees nothing of the time between or before.
    await owner.call('POST', `/api/chats/${chatId}/members`, { user_ids: [gone.id] });
    expect((await historyOf(gone, chatId)).map((message) => message.system?.kind)).toEqual(['member_added']);
    await until(
      'the list entry to be back',
      async () => v.parse(chatsAnswer, (await gone.call('GET', '/api/users/me/chats')).body).chats.length === 1,
    );
    await Promise.all([socket.close(), inbox.close()]);
  });

  test('[GROUP-1] roles: who may do what, and the last owner’s succession', async () => {
    const { chatId, owner, others } = await makeGroup(4);
    const [admin, member, last] = [at(others, 0), at(others, 1), at(others, 2)];
    const refused = async (answer: Promise<{ status: number; body: unknown }>, status: number, code: string) =>
      expect(await answer).toMatchObject({ status, body: { code } });
    await refused(member.call('DELETE', `/api/chats/${chatId}/members/${last.id}`), 403, 'role_required');
    await refused(member.call('POST', `/api/chats/${chatId}/members`, { user_ids: [owner.id] }), 403, 'role_required');
    await refused(member.call('PATCH', `/api/chats/${chatId}`, { name: 'Mine' }), 403, 'role_required');
    await refused(admin.call('PATCH', `/api/chats/${chatId}/members/${admin.id}`, { role: 'admin' }), 403, 'role_required');
    await refused(owner.call('PATCH', `/api/chats/${chatId}/members/${owner.id}`, { role: 'member' }), 409, 'last_owner');
    expect((await owner.call('PATCH', `/api/chats/${chatId}/members/${admin.id}`, { role: 'admin' })).status).toBe(204);
    expect((await admin.call('DELETE', `/api/chats/${chatId}/members/${last.id}`)).status).toBe(204);
    await refused(admin.call('DELETE', `/api/chats/${chatId}/members/${owner.id}`), 403, 'role_required');
    expect((await owner.call('DELETE', `/api/chats/${chatId}/members/me`)).status).toBe(204);
    expect((await membersOf(admin, chatId)).map(({ user, role }) => [user.id, role])).toEqual([
      [admin.id, 'owner'],
      [member.id, 'member'],
    ]);
  });

  test('[GROUP-1] the last member’s leaving erases the room', async () => {
    const { chatId, owner, others } = await makeGroup(2);
    await owner.call('POST', `/api/chats/${chatId}/messages`, text('soon nowhere'));
    for (const person of [at(others, 0), owner]) expect((await person.call('DELETE', `/api/chats/${chatId}/members/me`)).status).toBe(204);
    const storage = await harness.worker.getDurableObjectStorage('Room', { name: chatId });
    await until('the storage to be empty', async () => {
      const tables = await storage.exec("SELECT name FROM sqlite_master WHERE name = 'messages'");
      return tables.length === 0;
    });
    expect(await owner.call('GET', `/api/chats/${chatId}`)).toMatchObject({ status: 404 });
    await until(
      'the lists to be empty',
      async () => v.parse(chatsAnswer, (await owner.call('GET', '/api/users/me/chats')).body).chats.length === 0,
    );
  });

  test('[GROUP-3] a direct chat has no adding, removing, leaving or renaming; either side sets the policy [EXP-6]', async () => {
    const [ada, ben, eve] = await Promise.all([signUp(harness.url), signUp(harness.url), signUp(harness.url)]);
    const { chat } = v.parse(chatAnswer, (await ada.call('POST', '/api/chats', { is_group: false, member_ids: [ben.id] })).body);
    expect(chat.policy).toMatchObject({ expires_in_seconds: 86_400, expire_mode: 'after_read', version: 1, changed_by: null });
    for (const [method, path, body] of [
      ['POST', 'members', { user_ids: [eve.id] }],
      ['DELETE', `members/${ben.id}`, undefined],
      ['DELETE', 'members/me', undefined],
      ['PATCH', `members/${ben.id}`, { role: 'admin' }],
      ['PATCH', '', { name: 'Us' }],
    ] as const) {
      expect(await ada.call(method, `/api/chats/${chat.id}${path && `/${path}`}`, body)).toMatchObject({
        status: 409,
        body: { code: 'conflict' },
      });
    }
    const socket = await join(ada, chat.id);
    const changed = await ben.call('PATCH', `/api/chats/${chat.id}`, { expiry: { expires_in_seconds: 60, expire_mode: 'after_send' } });
    expect(v.parse(chatAnswer, changed.body).chat.policy).toMatchObject({
      expires_in_seconds: 60,
      expire_mode: 'after_send',
      version: 2,
      changed_by: ben.id,
    });
    expect((await socket.waitForType('chat_changed')).chat.policy.expires_in_seconds).toBe(60);
    expect((await socket.waitForType('new_message')).message.system).toMatchObject({
      kind: 'policy_changed',
      actor_id: ben.id,
      value: 'after_send:60',
    });
    socket.send(text('short'));
    expect(await socket.waitForType('message_accepted')).toMatchObject({ expires_in_seconds: 60, expire_mode: 'after_send' });
    await socket.close();
  });

  test('[GROUP-2] renaming tells everybody, with its line, and reaches the lists', async () => {
    const { chatId, owner, others } = await makeGroup(2);
    const socket = await join(at(others, 0), chatId);
    await owner.call('PATCH', `/api/chats/${chatId}`, { name: 'Sailing' });
    expect((await socket.waitForType('chat_changed')).chat.name).toBe('Sailing');
    expect((await socket.waitForType('new_message')).message.system).toMatchObject({ kind: 'renamed', value: 'Sailing' });
    await until(
      'the list',
      async () => v.parse(chatsAnswer, (await at(others, 0).call('GET', '/api/users/me/chats')).body).chats[0]?.name === 'Sailing',
    );
    await socket.close();
  });
});

describe('[SEND-6] editing, deleting, reacting', () => {
  test('own text can be edited and everybody, also who was away, sees the new one', async () => {
    const { chatId, owner, others } = await makeGroup(2);
    const socket = await join(owner, chatId);
    const { epoch, rev } = await socket.waitForType('welcome');
    const line = text('teh');
    socket.send(line);
    await socket.waitForType('new_message');
    socket.send({ type: 'edit_message', id: line.id, content: 'the' });
    const edited = await socket.waitForType('message_edited');
    expect(edited).toMatchObject({ message_id: line.id, content: 'the' });
    const back = connectRoom(harness.url, at(others, 0).accessToken, chatId, { epoch, rev });
    expect((await back.waitForType('welcome')).messages).toMatchObject([{ id: line.id, content: 'the', edited_at: edited.edited_at }]);
    back.send({ type: 'edit_message', id: line.id, content: 'mine' });
    expect(await back.waitForType('error')).toMatchObject({ code: 'forbidden', ref: line.id });
    for (let i = 1; i < 10; i++) socket.send({ type: 'edit_message', id: line.id, content: `edit ${i}` });
    await socket.waitForType('message_edited', (event) => event.content === 'edit 9');
    socket.send({ type: 'edit_message', id: line.id, content: 'one too many' });
    expect(await socket.waitForType('error')).toMatchObject({ code: 'edits_used_up' });
    await Promise.all([socket.close(), back.close()]);
  });

  test('deleting overwrites the content everywhere; at once and unread it leaves no trace', async () => {
    const { chatId, owner, others } = await makeGroup(2);
    const reader = at(others, 0);
    const [socket, theirs] = [await join(owner, chatId), await join(reader, chatId)];
    const [unread, read] = [text('never mind'), text('you saw it')];
    socket.send([unread, read]);
    await theirs.waitForType('new_message', (event) => event.message.id === read.id);
    socket.send({ type: 'delete_message', id: unread.id });
    expect(await theirs.waitForType('message_deleted')).toMatchObject({ message_id: unread.id, deleted_by: owner.id, undone: true });
    theirs.send({ type: 'mark_read', message_id: read.id });
    await socket.waitForType('message_read');
    socket.send([
      { type: 'delete_message', id: read.id },
      { type: 'delete_message', id: read.id },
    ]);
    expect(await theirs.waitForType('message_deleted', (event) => event.message_id === read.id)).toMatchObject({ undone: false });
    const tombstone = (await historyOf(reader, chatId)).find((message) => message.id === read.id);
    expect(tombstone).toMatchObject({ content: null, deleted_reason: 'deleted', deleted_by: owner.id, undone: false });
    const storage = await harness.worker.getDurableObjectStorage('Room', { name: chatId });
    expect(await storage.exec('SELECT 1 FROM messages WHERE id IN (?, ?) AND body IS NOT NULL', unread.id, read.id)).toEqual([]);
    theirs.send({ type: 'delete_message', id: (await historyOf(owner, chatId)).at(-1)?.id ?? '' });
    expect(await theirs.waitForType('error')).toMatchObject({ code: 'forbidden' });
    expect(theirs.eventsOfType('message_deleted')).toHaveLength(2);
    await Promise.all([socket.close(), theirs.close()]);
  });

  test('one reaction a member, the second replaces the first; not on what is gone or no emoji', async () => {
    const { chatId, owner, others } = await makeGroup(3);
    const [socket, theirs] = [await join(owner, chatId), await join(at(others, 0), chatId)];
    const line = text('nice?');
    socket.send(line);
    await theirs.waitForType('new_message');
    theirs.send([
      { type: 'react', id: line.id, emoji: '👍' },
      { type: 'react', id: line.id, emoji: '👩‍👩‍👧' },
    ]);
    socket.send({ type: 'react', id: line.id, emoji: '👩‍👩‍👧' });
    const userIds = [at(others, 0).id, owner.id].sort();
    const both = await socket.waitForType('reactions_changed', (event) => event.reactions[0]?.user_ids.length === 2);
    expect(both.reactions.map(({ emoji, user_ids }) => [emoji, [...user_ids].sort()])).toEqual([['👩‍👩‍👧', userIds]]);
    theirs.send({ type: 'unreact', id: line.id });
    await socket.waitForType('reactions_changed', (event) => event.reactions[0]?.user_ids.join() === owner.id);
    expect((await historyOf(owner, chatId))[0]?.reactions).toEqual([{ emoji: '👩‍👩‍👧', user_ids: [owner.id] }]);
    theirs.sendRaw(JSON.stringify({ type: 'react', id: line.id, emoji: 'ok' }));
    expect(await theirs.waitForType('error')).toMatchObject({ code: 'invalid', ref: line.id });
    socket.send({ type: 'delete_message', id: line.id });
    await theirs.waitForType('message_deleted');
    theirs.send({ type: 'react', id: line.id, emoji: '👍' });
    expect(await theirs.waitForType('error', (event) => event.code === 'message_gone')).toMatchObject({ ref: line.id });
    await Promise.all([socket.close(), theirs.close()]);
  });
});

describe('without a socket', () => {
  test('POST frames: events in order, each answered for itself; receipts are for the sender', async () => {
    const { chatId, owner, others } = await makeGroup(3);
    const line = text('by post');
    const answer = await owner.call('POST', `/api/chats/${chatId}/frames`, [
      line,
      { type: 'no_such' },
      { type: 'react', id: line.id, emoji: '🎉' },
    ]);
    expect(answer.status).toBe(200);
    expect(v.parse(framesAnswer, answer.body).answers).toMatchObject([
      { type: 'error', code: 'invalid' },
      { type: 'message_accepted', id: line.id, seq: 2 },
    ]);
    await at(others, 0).call('POST', `/api/chats/${chatId}/frames`, [{ type: 'mark_read', message_id: line.id }]);
    const receipts = v.parse(receiptsAnswer, (await owner.call('GET', `/api/chats/${chatId}/messages/${line.id}/receipts`)).body);
    expect(receipts.receipts.map(({ user_id, state }) => [user_id, state]).sort()).toEqual(
      [
        [at(others, 0).id, 'read'],
        [at(others, 1).id, 'sent'],
      ].sort(),
    );
    expect(await at(others, 0).call('GET', `/api/chats/${chatId}/messages/${line.id}/receipts`)).toMatchObject({ status: 403 });
    expect((await historyOf(owner, chatId))[0]?.receipts).toEqual({ of: 2, delivered: 1, read: 1, viewed: 0, unopened: 0 });
  });
});

test('[LIVE-2] the room hears who comes and, after a moment’s grace, who goes', async () => {
  const { chatId, owner, others } = await makeGroup(2);
  const socket = await join(owner, chatId);
  const theirs = await join(at(others, 0), chatId);
  await socket.waitForType('here_changed', (event) => event.here?.includes(at(others, 0).id) ?? false);
  await theirs.close();
  await socket.waitForType('here_changed', (event) => event.away?.includes(at(others, 0).id) ?? false);
  await socket.close();
});
