import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Message } from '../../src/protocol/models';
import { chatAnswer, chatsAnswer, framesAnswer, mediaAnswer, messageAnswer, messagesAnswer, receiptsAnswer } from '../../src/protocol/rest';
import { type ChatOfTwo, makeDirectChat, text } from '../support/chats';
import { type Harness, startHarness } from '../support/harness';
import { readImage } from '../support/images';
import { connectInbox } from '../support/inbox-socket';
import { type Person, signInAgain, signUp } from '../support/people';
import { until } from '../support/poll';
import { type RoomPosition, visitRoom } from '../support/room-socket';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

const dayMs = 24 * 60 * 60 * 1_000;
const secret = 'the swan is under the bridge';

/** A view-once text that nobody sent yet. */
const once = (maxViews?: 1 | 2) => ({ ...text(secret), view_once: true, ...(maxViews === undefined ? {} : { max_views: maxViews }) });

const join = (person: Person, chatId: string, position?: RoomPosition) => visitRoom(harness.url, person.accessToken, chatId, position);

/** A group of Ada's with Ben and Cleo. */
async function makeGroupOfThree(): Promise<ChatOfTwo & { cleo: Person }> {
  const [ada, ben, cleo] = await Promise.all([signUp(harness.url, 'ada'), signUp(harness.url, 'ben'), signUp(harness.url, 'cleo')]);
  const body = { is_group: true, name: 'Three', member_ids: [ben.id, cleo.id] };
  return { ada, ben, cleo, chatId: v.parse(chatAnswer, (await ada.call('POST', '/api/chats', body)).body).chat.id };
}

async function post(person: Person, chatId: string, event: object): Promise<Message> {
  const answer = await person.call('POST', `/api/chats/${chatId}/messages`, event);
  expect(answer).toMatchObject({ status: 201 });
  return v.parse(messageAnswer, answer.body).message;
}

/** Sends a view-once picture without a caption. */
async function postPicture({ ada, chatId }: ChatOfTwo, more: object = {}): Promise<Message> {
  const image_data = Buffer.from(readImage('gray.jpg')).toString('base64');
  const upload = { chat_id: chatId, image_data, file_type: 'image/jpeg', view_once: true };
  const { media } = v.parse(mediaAnswer, (await ada.call('POST', '/api/media/upload', upload)).body);
  return post(ada, chatId, { id: randomUUID(), message_type: 'image', media_id: media.id, view_once: true, ...more });
}

const open = (person: Person, chatId: string, id: string) => person.call('POST', `/api/chats/${chatId}/messages/${id}/open`);
const close = (person: Person, chatId: string, id: string) => person.call('POST', `/api/chats/${chatId}/messages/${id}/viewed`);

async function messageFor(person: Person, chatId: string, id: string): Promise<Message | undefined> {
  const answer = await person.call('GET', `/api/users/me/chats/${chatId}/messages`);
  return v.parse(messagesAnswer, answer.body).messages.find((message) => message.id === id);
}

async function receiptsFor(person: Person, chatId: string, id: string) {
  const answer = await person.call('GET', `/api/chats/${chatId}/messages/${id}/receipts`);
  return new Map(v.parse(receiptsAnswer, answer.body).receipts.map(({ user_id, state, views }) => [user_id, { state, views }]));
}

/** Statements run inside the room; then it goes to sleep, and wakes to find the time changed. */
async function meddle(chatId: string, statement: string, ...bindings: (string | number)[]): Promise<void> {
  await (await harness.worker.getDurableObjectStorage('Room', { name: chatId })).exec(statement, ...bindings);
  await harness.worker.evictDurableObject('Room', { name: chatId, webSockets: 'hibernate' });
}

describe('[ONCE-1] sealed', () => {
  test('its content is in no frame, page, list, preview or reply, for the sender as little as for anybody', async () => {
    const chat = await makeDirectChat(harness.url);
    const { ada, ben, chatId } = chat;
    const sockets = [await join(ada, chatId), await join(ben, chatId)];
    const [position] = await Promise.all(sockets.map((socket) => socket.waitForType('welcome')));
    const message = once();
    sockets[0]?.send(message);
    for (const socket of sockets) {
      const { message: sent } = await socket.waitForType('new_message', (event) => event.message.id === message.id);
      expect(sent).toMatchObject({ content: null, media: null, view_once: true, max_views: 1, view_state: 'sealed' });
    }
    sockets[1]?.send({ ...text('what is it?'), reply_to: message.id });
    const reply = await sockets[0]?.waitForType('new_message', (event) => event.message.reply_to !== null);
    expect(reply?.message.reply_to).toBe(message.id);

    const seen: unknown[] = sockets.flatMap((socket) => socket.events);
    for (const person of [ada, ben]) {
      for (const at of [undefined, position]) {
        const socket = await join(person, chatId, at);
        const { messages } = await socket.waitForType('welcome');
        seen.push(messages);
        expect(messages.find(({ id }) => id === message.id)?.view_state).toBe(person === ada ? null : 'sealed');
      }
      seen.push(await messageFor(person, chatId, message.id));
      const list = await person.call('GET', '/api/users/me/chats');
      seen.push(list.body);
    }
    seen.push((await ada.call('POST', `/api/chats/${chatId}/messages`, message)).body);
    expect(JSON.stringify(seen)).toContain(message.id);
    expect(JSON.stringify(seen)).not.toContain(secret);
  });

  test('as the newest of a chat it is listed without a preview', async () => {
    const { ada, ben, chatId } = await makeDirectChat(harness.url);
    const message = await post(ada, chatId, once());
    for (const person of [ada, ben]) {
      const listed = async () => v.parse(chatsAnswer, (await person.call('GET', '/api/users/me/chats')).body).chats[0]?.last_message;
      await until('the list to show it', async () => (await listed())?.id === message.id);
      expect(await listed()).toMatchObject({ preview: null, view_once: true });
      const inbox = connectInbox(harness.url, person.accessToken);
      await inbox.waitForType('inbox');
      inbox.send({ type: 'want_previews', chat_room_ids: [chatId] });
      expect((await inbox.waitForType('previews')).items).toMatchObject([{ chat_room_id: chatId, preview: null }]);
      await inbox.close();
    }
  });

  test('of a medium only type, size and dimensions are told; its caption and name are not', async () => {
    const chat = await makeDirectChat(harness.url);
    const message = await postPicture(chat, { content: secret });
    const { media, content } = (await messageFor(chat.ben, chat.chatId, message.id)) ?? message;
    expect(content).toBeNull();
    expect(media).toMatchObject({ mime_type: 'image/jpeg', file_name: null, placeholder: null, has_thumbnail: false });
    expect([media?.byte_size, media?.width, media?.height].every((fact) => (fact ?? 0) > 0)).toBe(true);
  });
});

describe('[ONCE-2] opening', () => {
  test('only the asking socket gets the content; every socket of the user learns where it is open', async () => {
    const { ada, ben, cleo, chatId } = await makeGroupOfThree();
    const bensTablet = await signInAgain(harness.url, ben);
    const [asking, tab, tablet] = [await join(ben, chatId), await join(ben, chatId), await join(bensTablet, chatId)];
    const others = [await join(ada, chatId), await join(cleo, chatId)];
    const { id } = await post(ada, chatId, once());
    asking.send({ type: 'open_message', id });
    const opened = await asking.waitForType('message_opened');
    expect(opened).toEqual({
      type: 'message_opened',
      id,
      content: secret,
      media: null,
      lease_expires_at: expect.any(Number),
      views_left: 0,
    });
    for (const [socket, view_state] of [
      [asking, 'open'],
      [tab, 'open'],
      [tablet, 'open_elsewhere'],
    ] as const) {
      const event = { type: 'view_changed', message_id: id, view_state, lease_expires_at: opened.lease_expires_at };
      expect(await socket.waitForType('view_changed')).toEqual(event);
    }
    expect(await messageFor(ben, chatId, id)).toMatchObject({
      view_state: 'open',
      lease_expires_at: opened.lease_expires_at,
      content: null,
    });
    expect(await messageFor(bensTablet, chatId, id)).toMatchObject({ view_state: 'open_elsewhere', content: null });
    expect(await messageFor(cleo, chatId, id)).toMatchObject({ view_state: 'sealed' });

    await Promise.all(others.map((socket) => socket.ping()));
    for (const socket of others) expect(socket.eventsOfType('view_changed')).toEqual([]);
    for (const socket of [tab, tablet, ...others]) expect(socket.eventsOfType('message_opened')).toEqual([]);
  });

  test('tabs of one login are one session, over HTTP too, also after the room slept; another session is refused', async () => {
    const { ada, ben, chatId } = await makeDirectChat(harness.url);
    const bensTablet = await signInAgain(harness.url, ben);
    const [socket, tab, tablet] = [await join(ben, chatId), await join(ben, chatId), await join(bensTablet, chatId)];
    const { id } = await post(ada, chatId, once());
    socket.send({ type: 'open_message', id });
    const first = await socket.waitForType('message_opened');
    tab.send({ type: 'open_message', id });
    expect(await tab.waitForType('message_opened')).toEqual(first);
    await harness.worker.evictDurableObject('Room', { name: chatId, webSockets: 'hibernate' });
    expect(await open(ben, chatId, id)).toMatchObject({ status: 200, body: first });
    tablet.send({ type: 'open_message', id });
    expect(await tablet.waitForType('error')).toMatchObject({ code: 'already_opened', ref: id });
    expect(await open(bensTablet, chatId, id)).toMatchObject({ status: 409, body: { code: 'already_opened' } });
    expect(socket.eventsOfType('message_opened')).toHaveLength(1);
  });

  test('what cannot be opened is refused with its reason, and nothing changes', async () => {
    const { ada, ben, chatId } = await makeDirectChat(harness.url);
    const stranger = await signUp(harness.url);
    const [sealed, plain] = [await post(ada, chatId, once()), await post(ada, chatId, text('in the open'))];
    expect(await open(ada, chatId, sealed.id)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(await open(stranger, chatId, sealed.id)).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(await open(ben, chatId, plain.id)).toMatchObject({ status: 422, body: { code: 'invalid' } });
    expect(await open(ben, chatId, randomUUID())).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(await open(ben, chatId, 'no-id')).toMatchObject({ status: 404 });
    const socket = await join(ben, chatId);
    for (const wrong of [{}, { id: 7 }, { id: null }, { id: 'x' }, { id: [sealed.id] }])
      socket.sendRaw(JSON.stringify({ type: 'open_message', ...wrong }));
    await until('the answers', () => socket.eventsOfType('error').length === 5);
    expect(new Set(socket.eventsOfType('error').map(({ code }) => code))).toEqual(new Set(['invalid']));
    expect(await close(stranger, chatId, sealed.id)).toMatchObject({ status: 404 });
    expect(await close(ben, chatId, sealed.id)).toMatchObject({ status: 200 });
    expect(await messageFor(ben, chatId, sealed.id)).toMatchObject({ view_state: 'sealed' });
    for (const wrong of [
      { ...text('x'), max_views: 1 },
      { ...once(), max_views: 3 },
      { ...once(), view_once: 'yes' },
      { ...once(), expires_in_seconds: 60, expire_mode: 'after_read' },
    ])
      expect(await ada.call('POST', `/api/chats/${chatId}/messages`, wrong)).toMatchObject({ status: 422, body: { code: 'invalid' } });
  });

  test('two thousand races of two sessions, over sockets and over HTTP: exactly one winner each', async () => {
    const { ada, ben, chatId } = await makeDirectChat(harness.url);
    const people = [ben, await signInAgain(harness.url, ben)] as const;
    const sockets = [await join(people[0], chatId), await join(people[1], chatId)] as const;
    const sender = await join(ada, chatId);
    const messages = Array.from({ length: 2_000 }, () => once());
    for (let i = 0; i < messages.length; i += 50) {
      sender.send(messages.slice(i, i + 50));
      // A sender who does not wait is a slow reader of what comes back [SOCK-3].
      await sender.waitForType('message_accepted', ({ id }) => id === messages[i + 49]?.id);
    }

    type Answer = { type: string; id?: unknown; ref?: unknown; code?: unknown };
    const overHttp: [Answer[], Answer[]] = [[], []];
    const answersOf = (side: 0 | 1): Answer[] => [...sockets[side].events, ...overHttp[side]];
    const race = async (side: 0 | 1, way: 'socket' | 'frames' | 'call', events: { type: 'open_message'; id: string }[]) => {
      if (way === 'socket') return sockets[side].send(events);
      if (way === 'frames') {
        const answer = await people[side].call('POST', `/api/chats/${chatId}/frames`, events);
        overHttp[side].push(...v.parse(framesAnswer, answer.body).answers);
        return;
      }
      const calls = events.map(async ({ id }) => ({ id, answer: await open(people[side], chatId, id) }));
      for (const { id, answer } of await Promise.all(calls)) {
        const { code } = v.parse(v.object({ code: v.optional(v.string()) }), answer.body);
        overHttp[side].push(answer.status === 200 ? { type: 'message_opened', id } : { type: 'error', ref: id, code });
      }
    };
    const ways = [
      ...Array(8).fill(['socket', 'socket']),
      ['socket', 'frames'],
      ['call', 'socket'],
      ['frames', 'call'],
      ['call', 'call'],
    ] as const;
    const batchSize = 20;
    for (let i = 0; i * batchSize < messages.length; i++) {
      const events = messages.slice(i * batchSize, (i + 1) * batchSize).map(({ id }) => ({ type: 'open_message' as const, id }));
      const way = ways[i % ways.length] ?? ['socket', 'socket'];
      // Who is a little earlier changes from batch to batch.
      const first = i % 2 === 0 ? 0 : 1;
      await Promise.all([race(first, way[first], events), race(first === 0 ? 1 : 0, way[first === 0 ? 1 : 0], events)]);
    }
    const isAnswer = ({ type }: Answer) => type === 'message_opened' || type === 'error';
    const answered = () => [0, 1].map((side) => answersOf(side === 0 ? 0 : 1).filter(isAnswer).length);
    await until('both to be answered', () => answered().every((count) => count === messages.length), 30_000);

    const wins = ([0, 1] as const).map((side) => answersOf(side).flatMap(({ type, id }) => (type === 'message_opened' ? [id] : [])));
    const losses = ([0, 1] as const).map((side) =>
      answersOf(side).flatMap(({ type, ref, code }) => (type === 'error' ? [{ ref, code }] : [])),
    );
    expect(wins.flat().sort()).toEqual(messages.map(({ id }) => id).sort());
    for (const [side, lost] of losses.entries()) {
      expect(new Set(lost.map(({ code }) => code))).toEqual(new Set(['already_opened']));
      expect(lost.map(({ ref }) => ref).sort()).toEqual(wins[1 - side]?.sort());
    }
    console.log(`[ONCE-2] won: ${wins.map((won) => won.length).join(' and ')}`);
    await until('the sender to hear of each', () => sender.eventsOfType('message_viewed').length >= messages.length);
    expect(new Set(sender.eventsOfType('message_viewed').map(({ message_id }) => message_id)).size).toBe(messages.length);
    expect(sender.eventsOfType('message_viewed')).toHaveLength(messages.length);
  }, 120_000);
});

describe('[ONCE-3] the end of a view', () => {
  test('the holder’s mark_viewed ends it, nobody else’s', async () => {
    const { ada, ben, cleo, chatId } = await makeGroupOfThree();
    const bensTablet = await signInAgain(harness.url, ben);
    const [socket, tab, tablet] = [await join(ben, chatId), await join(ben, chatId), await join(bensTablet, chatId)];
    const { id } = await post(ada, chatId, once());
    socket.send({ type: 'open_message', id });
    await tablet.waitForType('view_changed');
    tablet.send({ type: 'mark_viewed', message_id: id });
    for (const person of [bensTablet, ada, cleo]) expect(await close(person, chatId, id)).toMatchObject({ status: 200 });
    expect(await messageFor(ben, chatId, id)).toMatchObject({ view_state: 'open' });
    tab.send([
      { type: 'mark_viewed', message_id: id },
      { type: 'mark_viewed', message_id: id },
    ]);
    for (const [at, state] of [
      [socket, 'viewed'],
      [tab, 'viewed'],
      [tablet, 'viewed_elsewhere'],
    ] as const) {
      const event = { type: 'view_changed', message_id: id, view_state: state, lease_expires_at: null };
      expect(await at.waitForType('view_changed', ({ view_state }) => view_state.startsWith('viewed'))).toEqual(event);
      await at.ping();
      expect(at.eventsOfType('view_changed')).toHaveLength(2);
    }
    expect(await open(ben, chatId, id)).toMatchObject({ status: 409, body: { code: 'already_opened' } });
    expect(await messageFor(bensTablet, chatId, id)).toMatchObject({ view_state: 'viewed_elsewhere', deleted_at: null });
  });

  test('the lease’s end does it without the client', async () => {
    const { ada, ben, chatId } = await makeGroupOfThree();
    const socket = await join(ben, chatId);
    const { id } = await post(ada, chatId, once());
    socket.send({ type: 'open_message', id });
    const { lease_expires_at } = await socket.waitForType('message_opened');
    const left = lease_expires_at - Date.now();
    expect(left).toBeLessThanOrEqual(60_000);
    expect(left).toBeGreaterThan(30_000);
    await meddle(chatId, 'UPDATE views SET due = ?', Date.now() - 1);
    socket.send({ type: 'typing_stop' });
    await socket.waitForType('view_changed', ({ view_state }) => view_state === 'viewed');
    expect(await open(ben, chatId, id)).toMatchObject({ status: 409, body: { code: 'already_opened' } });
  });

  test('a medium of which nothing left is sealed again, for any session, and the sender has heard nothing', async () => {
    const chat = await makeDirectChat(harness.url);
    const { ada, ben, chatId } = chat;
    const bensTablet = await signInAgain(harness.url, ben);
    const [sender, socket, tablet] = [await join(ada, chatId), await join(ben, chatId), await join(bensTablet, chatId)];
    const { id } = await postPicture(chat);
    socket.send({ type: 'open_message', id });
    const { media } = await socket.waitForType('message_opened');
    await meddle(chatId, 'UPDATE views SET due = ?', Date.now() - 1);
    const fetchLate = (url: string) => fetch(`${harness.url}${url}`, { headers: { authorization: `Bearer ${ben.accessToken}` } });
    const late = await fetchLate(media?.url ?? '');
    expect([404, 410]).toContain(late.status);
    await late.text();
    for (const at of [socket, tablet]) {
      const event = { type: 'view_changed', message_id: id, view_state: 'sealed', lease_expires_at: null };
      expect(await at.waitForType('view_changed', ({ view_state }) => view_state === 'sealed')).toEqual(event);
    }
    // A minute later the row knows nothing of the lease any more: its name says that it is over.
    const endedUrl = media?.url?.replace(/\.\d+\./, `.${Date.now() - 1}.`) ?? '';
    expect(endedUrl).not.toBe(media?.url);
    const ended = await fetchLate(endedUrl);
    expect([ended.status, await ended.json()]).toEqual([410, expect.objectContaining({ code: 'lease_over' })]);
    tablet.send({ type: 'open_message', id });
    const again = await tablet.waitForType('message_opened');
    expect(again.media?.url).not.toBe(media?.url);
    expect(sender.eventsOfType('message_viewed')).toEqual([]);
    const bytes = await fetch(`${harness.url}${again.media?.url}`, { headers: { authorization: `Bearer ${bensTablet.accessToken}` } });
    expect(bytes.status).toBe(200);
    await bytes.bytes();
    expect(await sender.waitForType('message_viewed')).toMatchObject({ message_id: id, views: 1 });
  });

  test('with two views it is sealed again after the first, for a day, and over after the second', async () => {
    const { ada, ben, chatId } = await makeDirectChat(harness.url);
    const bensTablet = await signInAgain(harness.url, ben);
    const [sender, socket, tablet] = [await join(ada, chatId), await join(ben, chatId), await join(bensTablet, chatId)];
    const [first, second] = [await post(ada, chatId, once(2)), await post(ada, chatId, once(2))];
    for (const { id } of [first, second]) {
      socket.send({ type: 'open_message', id });
      expect(await socket.waitForType('message_opened', (event) => event.id === id)).toMatchObject({ content: secret, views_left: 1 });
      tablet.send({ type: 'open_message', id });
      expect(await tablet.waitForType('error', ({ ref }) => ref === id)).toMatchObject({ code: 'already_opened' });
      socket.send({ type: 'mark_viewed', message_id: id });
      const { replay_until } = await tablet.waitForType(
        'view_changed',
        (event) => event.message_id === id && event.view_state === 'sealed',
      );
      const { viewed_at } = await sender.waitForType('message_viewed', (event) => event.message_id === id);
      expect(replay_until).toBe(viewed_at + dayMs);
      for (const person of [ben, bensTablet])
        expect(await messageFor(person, chatId, id)).toMatchObject({ view_state: 'sealed', replay_until });
      expect(await messageFor(ada, chatId, id)).not.toHaveProperty('replay_until');
    }
    tablet.send({ type: 'open_message', id: first.id });
    expect(await tablet.waitForType('message_opened')).toMatchObject({ content: secret, views_left: 0 });
    tablet.send({ type: 'mark_viewed', message_id: first.id });
    expect(await sender.waitForType('message_expired')).toMatchObject({ message_id: first.id, reason: 'viewed' });
    const views = sender.eventsOfType('message_viewed').filter((event) => event.message_id === first.id);
    expect(views).toMatchObject([{ views: 1 }, { views: 2 }]);
    expect(await receiptsFor(ada, chatId, first.id)).toEqual(new Map([[ben.id, { state: 'viewed', views: 2 }]]));

    const [row] = await (await harness.worker.getDurableObjectStorage('Room', { name: chatId })).exec<{ due: number; at: number }>(
      "SELECT due, first_viewed_at AS at FROM views WHERE state = 'sealed'",
    );
    expect((row?.due ?? 0) - (row?.at ?? 0)).toBe(dayMs);
    await meddle(chatId, "UPDATE views SET due = ? WHERE state = 'sealed'", Date.now() - 1);
    expect([409, 410]).toContain((await open(bensTablet, chatId, second.id)).status);
    await sender.waitForType('message_expired', (event) => event.message_id === second.id && event.reason === 'viewed');
    expect(await open(bensTablet, chatId, second.id)).toMatchObject({ status: 410, body: { code: 'message_gone' } });
  });
});

test('[ONCE-4] every device of the sender hears of the view when content leaves, and nobody else does', async () => {
  const { ada, ben, cleo, chatId } = await makeGroupOfThree();
  const adasTablet = await signInAgain(harness.url, ada);
  const [phone, tablet] = [await join(ada, chatId), await join(adasTablet, chatId)];
  const others = [await join(ben, chatId), await join(cleo, chatId)];
  const { id } = await post(ada, chatId, once());
  expect(await open(ben, chatId, id)).toMatchObject({ status: 200, body: { content: secret } });
  const viewed = await phone.waitForType('message_viewed');
  expect(viewed).toEqual({ type: 'message_viewed', message_id: id, user_id: ben.id, viewed_at: expect.any(Number), views: 1 });
  expect(await tablet.waitForType('message_viewed')).toEqual(viewed);
  await close(ben, chatId, id);
  await Promise.all(others.map((socket) => socket.ping()));
  for (const socket of others) expect(socket.eventsOfType('message_viewed')).toEqual([]);
  expect(phone.eventsOfType('message_viewed')).toHaveLength(1);
  expect(await receiptsFor(ada, chatId, id)).toEqual(
    new Map([
      [ben.id, { state: 'viewed', views: 1 }],
      [cleo.id, { state: 'sent', views: 0 }],
    ]),
  );
  expect((await messageFor(adasTablet, chatId, id))?.receipts).toMatchObject({ of: 2, viewed: 1, unopened: 0 });
});

describe('[ONCE-5] the end of the message', () => {
  test('comes with the last recipient’s view, and leaves nothing but a tombstone', async () => {
    const { ada, ben, cleo, chatId } = await makeGroupOfThree();
    const socket = await join(ada, chatId);
    const bensTablet = await signInAgain(harness.url, ben);
    const { id } = await post(ada, chatId, once());
    await open(ben, chatId, id);
    await close(ben, chatId, id);
    await open(cleo, chatId, id);
    expect(socket.eventsOfType('message_expired')).toEqual([]);
    await close(cleo, chatId, id);
    expect(await socket.waitForType('message_expired')).toMatchObject({ message_id: id, reason: 'viewed', rev: expect.any(Number) });
    for (const [person, view_state] of [
      [ada, null],
      [ben, 'viewed'],
      [bensTablet, 'viewed_elsewhere'],
      [cleo, 'viewed'],
    ] as const)
      expect(await messageFor(person, chatId, id)).toMatchObject({ content: null, deleted_reason: 'viewed', view_once: true, view_state });
    expect((await messageFor(ada, chatId, id))?.receipts).toEqual({ of: 2, delivered: 2, read: 2, viewed: 2, unopened: 0 });
    const storage = await harness.worker.getDurableObjectStorage('Room', { name: chatId });
    expect(await storage.exec('SELECT body FROM messages WHERE id = ?', id)).toEqual([{ body: null }]);
    for (const person of [ben, cleo]) expect(await open(person, chatId, id)).toMatchObject({ status: 410, body: { code: 'message_gone' } });
  });

  test('comes for unopened ones after 31 days in a direct chat and 7 in a group; both sides see when', async () => {
    const [direct, group] = [await makeDirectChat(harness.url), await makeGroupOfThree()];
    for (const [chat, days] of [
      [direct, 31],
      [group, 7],
    ] as const) {
      const { id, created_at } = await post(chat.ada, chat.chatId, once());
      for (const person of [chat.ada, chat.ben])
        expect(await messageFor(person, chat.chatId, id)).toMatchObject({ expires_at: created_at + days * dayMs });
    }
    const { ada, ben, cleo, chatId } = group;
    const [none, one] = [await post(ada, chatId, once()), await post(ada, chatId, once())];
    await open(ben, chatId, one.id);
    const socket = await join(ada, chatId);
    await meddle(chatId, 'UPDATE messages SET ends_at = ? WHERE ends_at IS NOT NULL', Date.now() - 1);
    expect(await messageFor(ada, chatId, none.id)).toMatchObject({ content: null, deleted_at: expect.any(Number) });
    await socket.waitForType('message_expired', ({ message_id, reason }) => message_id === none.id && reason === 'unopened');
    await socket.waitForType('message_expired', ({ message_id, reason }) => message_id === one.id && reason === 'viewed');
    expect(await messageFor(ben, chatId, none.id)).toMatchObject({ deleted_reason: 'unopened', view_state: 'unopened' });
    expect(await messageFor(ben, chatId, one.id)).toMatchObject({ deleted_reason: 'viewed', view_state: 'viewed' });
    expect(await messageFor(cleo, chatId, one.id)).toMatchObject({ deleted_reason: 'viewed', view_state: 'unopened' });
    expect((await messageFor(ada, chatId, none.id))?.receipts).toMatchObject({ of: 2, viewed: 0, unopened: 2 });
    expect((await messageFor(ada, chatId, one.id))?.receipts).toMatchObject({ of: 2, viewed: 1, unopened: 1 });
    expect(await open(ben, chatId, none.id)).toMatchObject({ status: 410, body: { code: 'message_gone' } });
  });

  test('[EXP-1] comes with the clock from the sending when that is earlier, and says so', async () => {
    const { ada, ben, chatId } = await makeDirectChat(harness.url);
    const socket = await join(ben, chatId);
    const { id } = await post(ada, chatId, { ...once(), expires_in_seconds: 1 });
    await open(ben, chatId, id);
    expect(await socket.waitForType('message_expired')).toMatchObject({ message_id: id, reason: 'expired' });
    await close(ben, chatId, id);
    expect(await messageFor(ben, chatId, id)).toMatchObject({ deleted_reason: 'expired', view_state: 'viewed' });
  });

  test('[SEND-6] comes at once when it is deleted, whoever has it open', async () => {
    const chat = await makeDirectChat(harness.url);
    const { ada, ben, chatId } = chat;
    const [line, shown] = [await post(ada, chatId, once()), await postPicture(chat)];
    const socket = await join(ben, chatId);
    socket.send([line.id, shown.id].map((id) => ({ type: 'open_message', id }) as const));
    const { media } = await socket.waitForType('message_opened', (event) => event.media !== null);
    const deletions = [line.id, shown.id].map((id) => ({ type: 'delete_message', id }));
    expect(await ada.call('POST', `/api/chats/${chatId}/frames`, deletions)).toMatchObject({ status: 200, body: { answers: [] } });
    await socket.waitForType('message_deleted', (event) => event.message_id === shown.id);
    const late = await fetch(`${harness.url}${media?.url}`, { headers: { authorization: `Bearer ${ben.accessToken}` } });
    expect([404, 410]).toContain(late.status);
    await late.text();
    socket.send([
      { type: 'mark_viewed', message_id: line.id },
      { type: 'open_message', id: line.id },
    ]);
    expect(await socket.waitForType('error')).toMatchObject({ code: 'message_gone', ref: line.id });
    expect(await messageFor(ben, chatId, line.id)).toMatchObject({ content: null, deleted_reason: 'deleted', deleted_by: ada.id });
  });

  test('[GROUP-2] does not wait for who left without opening it; what they had open counts', async () => {
    const { ada, ben, cleo, chatId } = await makeGroupOfThree();
    const socket = await join(ada, chatId);
    const [one, none] = [await post(ada, chatId, once()), await postPicture({ ada, ben, chatId })];
    await open(ben, chatId, one.id);
    await close(ben, chatId, one.id);
    await open(cleo, chatId, none.id);
    expect(await cleo.call('DELETE', `/api/chats/${chatId}/members/me`)).toMatchObject({ status: 204 });
    expect(await socket.waitForType('message_expired')).toMatchObject({ message_id: one.id, reason: 'viewed' });
    expect(await ben.call('DELETE', `/api/chats/${chatId}/members/me`)).toMatchObject({ status: 204 });
    await socket.waitForType('message_expired', ({ message_id, reason }) => message_id === none.id && reason === 'unopened');
    expect(socket.eventsOfType('message_viewed')).toMatchObject([{ message_id: one.id, user_id: ben.id }]);
  });
});
