import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forEachLimited } from '../../src/limited';
import { largeRoomMembers } from '../../src/protocol/limits';
import { membersAnswer } from '../../src/protocol/rest';
import { text } from '../support/chats';
import { type Harness, startHarness } from '../support/harness';
import { callApi } from '../support/people';
import { until } from '../support/poll';
import { type RoomPosition, type RoomSocket, visitRoom } from '../support/room-socket';
import { type LargeRoom, makeLargeRoom, type Stranger } from './large-rooms';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

async function join({ chatId }: LargeRoom, member: Stranger | undefined, position?: RoomPosition): Promise<RoomSocket> {
  return visitRoom(harness.url, await harness.signIn(member?.id ?? ''), chatId, position);
}

/** Sends lines over the socket; resolves with their ids once all are accepted. */
async function say(socket: RoomSocket, count: number): Promise<string[]> {
  const lines = Array.from({ length: count }, (_, i) => text(`line ${i}`));
  socket.send(lines);
  await socket.waitForType('message_accepted', ({ id }) => id === lines.at(-1)?.id);
  return lines.map(({ id }) => id);
}

const receiptsOf = (socket: RoomSocket) => socket.events.filter(({ type }) => type === 'message_read' || type === 'message_delivered');

test('[RCPT-2] in a room of 500 where everybody reads every message, its sender gets at most four receipt events a second', {
  timeout: 180_000,
}, async () => {
  const large = await makeLargeRoom(harness, 500);
  const [owner, ...readers] = large.members;
  const sender = await join(large, owner);
  const bystander = await join(large, readers[0]);
  const ids = await say(sender, 2);
  const tokens = await Promise.all(readers.map(({ id }) => harness.signIn(id)));
  const beganAt = performance.now();
  const secondsOfEvents: number[] = [];
  sender.onFrame = (events) => {
    for (const { type } of events)
      if (type === 'message_read' || type === 'message_delivered') secondsOfEvents.push((performance.now() - beganAt) / 1_000);
  };
  for (const message_id of ids)
    await forEachLimited(tokens, 20, async (token) => {
      const answer = await callApi(harness.url, 'POST', `/api/chats/${large.chatId}/frames`, [{ type: 'mark_read', message_id }], token);
      expect(answer).toMatchObject({ status: 200, body: { answers: [] } });
    });
  const last = sender.eventsOfType('message_accepted').at(-1)?.seq ?? 0;
  const reached = new Map<string, number>();
  await until(
    'everybody’s reading to be told',
    () => {
      for (const { by } of sender.eventsOfType('message_read')) for (const { user_id, up_to_seq } of by) reached.set(user_id, up_to_seq);
      return readers.every(({ id }) => reached.get(id) === last);
    },
    30_000,
  );
  const seconds = (performance.now() - beganAt) / 1_000;
  const inTheirSecond = secondsOfEvents.map((at) => secondsOfEvents.filter((other) => other > at - 1 && other <= at).length);
  console.log(
    `[RCPT-2] ${readers.length * ids.length} readings in ${seconds.toFixed(1)} s: ${secondsOfEvents.length} events, ${Math.max(...inTheirSecond)} at most in a second`,
  );
  expect(secondsOfEvents.length).toBeLessThanOrEqual(4 * Math.ceil(seconds));
  // Two a second of each kind; what the network bunches together may make it one more.
  expect(Math.max(...inTheirSecond)).toBeLessThanOrEqual(5);
  // Nobody but the sender hears of it, and without a rev: no client takes it for a commit.
  expect(receiptsOf(bystander)).toEqual([]);
  expect(receiptsOf(sender).filter((event) => 'rev' in event)).toEqual([]);
});

describe(`above ${largeRoomMembers} members`, () => {
  const memberCount = largeRoomMembers + 50;

  test('[SYNC-2] the welcome holds the caller, the owner, admins and the senders shown, and counts who is here; the rest is paged', async () => {
    const large = await makeLargeRoom(harness, memberCount);
    const [owner, admin, talker, reader, caller] = large.members;
    const ownersToken = await harness.signIn(owner?.id ?? '');
    const promotion = await callApi(
      harness.url,
      'PATCH',
      `/api/chats/${large.chatId}/members/${admin?.id}`,
      { role: 'admin' },
      ownersToken,
    );
    expect(promotion.status).toBe(204);
    const [ids] = [await say(await join(large, talker), 2)];
    await large.room.takeEvents({ userId: reader?.id ?? '', sid: randomUUID() }, [{ type: 'mark_read', message_id: ids[1] ?? '' }]);

    const socket = await join(large, caller);
    const welcome = await socket.waitForType('welcome');
    const expected = [owner, admin, talker, caller].map((member) => member?.id);
    expect(welcome.members.map(({ user }) => user.id).sort()).toEqual(expected.sort());
    expect(welcome.cursors.map(({ user_id }) => user_id).sort()).toEqual(expected);
    expect([welcome.chat.member_count, welcome.here]).toEqual([memberCount, 2]);

    // A client that resumes learns of a sender it may never have heard of, though nothing about them changed.
    const { epoch, rev } = welcome;
    await say(await join(large, large.members[7]), 1);
    const back = await (await join(large, caller, { epoch, rev })).waitForType('welcome');
    expect([back.reset, back.members.map(({ user }) => user.id)]).toEqual([false, expect.arrayContaining([large.members[7]?.id])]);
    expect(back.members.length).toBeLessThanOrEqual(2);

    const listed: string[] = [];
    const token = await harness.signIn(caller?.id ?? '');
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query: string = cursor === '' ? '?limit=60' : `?limit=60&cursor=${cursor}`;
      const answer = await callApi(harness.url, 'GET', `/api/chats/${large.chatId}/members${query}`, undefined, token);
      const page = v.parse(membersAnswer, answer.body);
      expect(page.members.length).toBeLessThanOrEqual(60);
      listed.push(...page.members.map(({ user }) => user.id));
      cursor = page.next_cursor;
    }
    expect(listed).toEqual(large.members.map(({ id }) => id));
  });

  test('[LIVE-2] who comes and goes is told as a count', async () => {
    const large = await makeLargeRoom(harness, memberCount);
    const watcher = await join(large, large.members[0]);
    await Promise.all(large.members.slice(1, 21).map((member) => join(large, member)));
    await watcher.waitForType('here_changed', (event) => event.count === 21);
    const changes = watcher.eventsOfType('here_changed');
    expect(changes.filter((change) => change.here !== undefined || change.away !== undefined)).toEqual([]);
    expect(changes.length).toBeLessThan(20);
  });

  test('[RCPT-2] a reading is told to those whose messages it is about, on all their devices, and to nobody else', async () => {
    const large = await makeLargeRoom(harness, memberCount);
    const [owner, ada, ben, reader] = large.members;
    const [adas, bens, owners] = [await join(large, ada), await join(large, ben), await join(large, owner)];
    const adasTablet = await join(large, ada);
    const [first] = await say(adas, 1);
    await say(bens, 1);
    await large.room.takeEvents({ userId: reader?.id ?? '', sid: randomUUID() }, [{ type: 'mark_read', message_id: first ?? '' }]);
    for (const socket of [adas, adasTablet]) {
      const event = await socket.waitForType('message_read');
      expect(event).toEqual({ type: 'message_read', by: [{ user_id: reader?.id, up_to_seq: 2, at: expect.any(Number) }] });
    }
    await Promise.all([bens.ping(), owners.ping()]);
    for (const socket of [bens, owners]) expect(receiptsOf(socket)).toEqual([]);
  });

  test('[EXP-1] a reading of hundreds starts all their clocks: every copy ends once for its reader, and lives on for the rest', async () => {
    const large = await makeLargeRoom(harness, memberCount, { expires_in_seconds: 2, expire_mode: 'after_read' });
    const storage = await harness.worker.getDurableObjectStorage('Room', { name: large.chatId });
    const [owner, reader] = large.members;
    const sender = await join(large, owner);
    const ids: string[] = [];
    for (let i = 0; i < 12; i++) ids.push(...(await say(sender, 50)));
    const socket = await join(large, reader);
    socket.send({ type: 'mark_read', message_id: ids.at(-1) ?? '' });
    await sender.waitForType('message_read');
    // No slice of the alarm looks at more than one mark covers.
    const marks = await storage.exec<{ after_seq: number; up_to: number }>('SELECT after_seq, up_to FROM read_marks ORDER BY up_to');
    expect(marks.map(({ up_to }) => up_to)).toEqual([251, 501, 601]);
    expect(marks.map(({ after_seq }) => after_seq)).toEqual([0, 251, 501]);

    await until('all copies to end', () => socket.eventsOfType('message_expired').length >= ids.length);
    const ends = socket.eventsOfType('message_expired');
    expect(ends.map(({ message_id }) => message_id).sort()).toEqual([...ids].sort());
    expect(ends.filter((end) => end.rev !== undefined)).toEqual([]);
    await sender.ping();
    expect(sender.eventsOfType('message_expired')).toEqual([]);
  });
});
