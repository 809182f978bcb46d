import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chatAnswer, configAnswer } from '../../src/protocol/rest';
import { type ChatOfTwo, makeDirectChat, makeGroup, text } from '../support/chats';
import { type Harness, startHarness } from '../support/harness';
import { connectInbox, type InboxSocket } from '../support/inbox-socket';
import { callApi, type Person, signInAgain, signUp } from '../support/people';
import { until } from '../support/poll';
import { type PushDevice, PushService } from '../support/push-service';
import { connectRoom } from '../support/room-socket';

let harness: Harness;
let service: PushService;
let vapidKey = '';
const sockets: InboxSocket[] = [];
beforeAll(async () => {
  [harness, service] = await Promise.all([startHarness(), PushService.start()]);
  const { body } = await callApi(harness.url, 'GET', '/api/config');
  vapidKey = v.parse(configAnswer, body).vapid_public_key ?? '';
});
afterAll(async () => {
  await Promise.all(sockets.map((socket) => socket.close()));
  await Promise.all([harness.close(), service.close()]);
  // Whatever was pushed in any test was signed and encrypted as the RFCs say.
  expect(service.faults).toEqual([]);
});

const daysMs = 24 * 60 * 60 * 1000;
/** Longer than what is to be pushed takes: three seconds of grace, a round of the room, and a machine with other work. */
const silenceMs = 6_000;

async function subscribe(person: Person): Promise<PushDevice> {
  const device = service.subscribe(vapidKey);
  expect(await person.call('PUT', '/api/users/me/push', device.subscription)).toMatchObject({ status: 204, body: null });
  return device;
}

async function send(person: Person, chatId: string, content = 'do not repeat this', seconds?: number): Promise<string> {
  const line = text(content, seconds);
  expect((await person.call('POST', `/api/chats/${chatId}/messages`, line)).status).toBe(201);
  return line.id;
}

async function read(person: Person, chatId: string, messageId: string): Promise<void> {
  const { status } = await person.call('POST', `/api/chats/${chatId}/frames`, [{ type: 'mark_read', message_id: messageId }]);
  expect(status).toBe(200);
}

async function openInbox(person: Person): Promise<InboxSocket> {
  const socket = connectInbox(harness.url, person.accessToken);
  await socket.waitForType('inbox');
  sockets.push(socket);
  return socket;
}

/** Rows of the user's inbox. */
async function rowsOf(person: Person, table: string): Promise<Record<string, unknown>[]> {
  const storage = await harness.worker.getDurableObjectStorage('Inbox', { name: person.id });
  return storage.exec(`SELECT * FROM ${table}`);
}

async function remove(person: Person, chatId: string, messageId: string): Promise<void> {
  const { status } = await person.call('POST', `/api/chats/${chatId}/frames`, [{ type: 'delete_message', id: messageId }]);
  expect(status).toBe(200);
}

/** A chat of Ada with Ben, whose one device is told by push and shows no page. */
async function makeAway(make: (url: string) => Promise<ChatOfTwo> = makeDirectChat): Promise<ChatOfTwo & { device: PushDevice }> {
  const chat = await make(harness.url);
  return { ...chat, device: await subscribe(chat.ben) };
}

/** A group of Cy's with both of them, too. */
async function makeThree() {
  const { ada, ben, device } = await makeAway();
  const cy = await signUp(harness.url, 'cy');
  const made = await cy.call('POST', '/api/chats', { is_group: true, name: 'Three', member_ids: [ada.id, ben.id] });
  return { ada, ben, cy, group: v.parse(chatAnswer, made.body).chat.id, device };
}

describe.concurrent('[INBOX-5] a push', () => {
  test('says that something came in a chat, in ids only, and lives for three days at most', async () => {
    const { ada, chatId, device } = await makeAway();
    await send(ada, chatId, 'for Ben alone');
    const push = await device.waitFor(chatId, 1);
    expect(push.news).toEqual({ type: 'message', chat_id: chatId });
    expect(push.text).toBe(JSON.stringify(push.news));
    expect(push.topic).toMatch(/^[\w-]{24}$/);
    expect(push.urgency).toBe('high');
    expect(push.ttlSeconds * 1000).toBeLessThanOrEqual(3 * daysMs);
    expect(push.ttlSeconds * 1000).toBeGreaterThan(3 * daysMs - 60_000);
  });

  test('lives no longer than its message', async () => {
    const { ada, chatId, device } = await makeAway();
    await send(ada, chatId, 'soon gone', 3_600);
    const { ttlSeconds } = await device.waitFor(chatId, 1);
    expect(ttlSeconds).toBeLessThanOrEqual(3_600);
    expect(ttlSeconds).toBeGreaterThan(3_500);
  });

  test('waits three seconds, and is one for a thousand messages', async () => {
    const { ada, chatId, device } = await makeAway((url) => makeGroup(url, null));
    const begun = Date.now();
    const room = connectRoom(harness.url, ada.accessToken, chatId);
    await room.waitForType('welcome');
    const lines = Array.from({ length: 1_000 }, (_, i) => text(`line ${i}`));
    for (let i = 0; i < lines.length; i += 50) room.send(lines.slice(i, i + 50));
    await room.waitFor(() => room.eventsOfType('message_accepted').length === lines.length);
    const sentMs = Date.now() - begun;
    await room.close();
    const { at } = await device.waitFor(chatId, 1);
    expect(at - begun).toBeGreaterThanOrEqual(3_000);
    await delay(silenceMs);
    // What was still being sent when one was decided is told by the next, ten seconds later at the earliest.
    expect(device.of(chatId).length).toBeLessThanOrEqual(1 + Math.ceil(Math.max(0, sentMs - 3_000) / 10_000));
  });

  test('is told to each device once, by topics that do not tell that two are in one chat', async () => {
    const { ada, ben, chatId, device } = await makeAway();
    const phone = await subscribe(await signInAgain(harness.url, ben));
    await send(ada, chatId);
    const pushes = [await device.waitFor(chatId, 1), await phone.waitFor(chatId, 1)];
    expect(pushes[0]?.topic).not.toBe(pushes[1]?.topic);
    await send(ada, chatId);
    // The next of the same chat replaces the one before.
    expect((await device.waitFor(chatId, 2)).topic).toBe(pushes[0]?.topic);
    expect(device.of(chatId).length + phone.of(chatId).length).toBeLessThanOrEqual(4);
  });
});

describe.concurrent('[INBOX-5] nothing is pushed', () => {
  test('to a session whose page is looked at, while its user’s other devices are told', async () => {
    const { ada, ben, chatId, device } = await makeAway();
    const phone = await signInAgain(harness.url, ben);
    const phoneDevice = await subscribe(phone);
    await openInbox(ben);
    await send(ada, chatId);
    await phoneDevice.waitFor(chatId, 1);
    await delay(1_000);
    expect(device.received).toEqual([]);
  });

  test('while the page is visible, and something once it is hidden', async () => {
    const { ada, ben, chatId, device } = await makeAway();
    const socket = await openInbox(ben);
    await send(ada, chatId);
    await delay(silenceMs);
    expect(device.received).toEqual([]);
    socket.send({ type: 'active', visible: false });
    await send(ada, chatId);
    await device.waitFor(chatId, 1);
  });

  test('of what is read within three seconds, on any device', async () => {
    const { ada, ben, chatId, device } = await makeAway();
    const phone = await signInAgain(harness.url, ben);
    await read(phone, chatId, await send(ada, chatId));
    await delay(silenceMs);
    expect(device.received).toEqual([]);
    expect(await rowsOf(ben, 'jobs')).toEqual([]);
  });

  test('of a muted chat', async () => {
    const { ada, ben, chatId, device } = await makeAway();
    await ben.call('PATCH', `/api/users/me/chats/${chatId}`, { muted_until: Date.now() + 60_000 });
    await send(ada, chatId);
    await delay(silenceMs);
    expect(device.received).toEqual([]);
  });

  test('of what the user says on another device', async () => {
    const { ada, ben, chatId, device } = await makeAway();
    const phone = await signInAgain(harness.url, ben);
    const adaDevice = await subscribe(ada);
    await send(phone, chatId);
    await adaDevice.waitFor(chatId, 1);
    await delay(1_000);
    expect(device.received).toEqual([]);
  });

  test('[SEND-9] of system messages', async () => {
    const { ada, chatId, device } = await makeAway((url) => makeGroup(url, null));
    await ada.call('PATCH', `/api/chats/${chatId}`, { name: 'Renamed' });
    const cy = await signUp(harness.url, 'cy');
    await ada.call('POST', `/api/chats/${chatId}/members`, { user_ids: [cy.id] });
    await delay(silenceMs);
    expect(device.received).toEqual([]);
    await send(ada, chatId);
    await device.waitFor(chatId, 1);
  });

  test('[BLOCK-1] of what a blocked user says, alone or in a group', async () => {
    const { ada, ben, chatId, device } = await makeAway();
    const made = await ada.call('POST', '/api/chats', { is_group: true, name: 'Two', member_ids: [ben.id] });
    const group = v.parse(chatAnswer, made.body).chat.id;
    expect((await ben.call('POST', `/api/users/${ada.id}/block`)).status).toBe(204);
    await send(ada, chatId);
    await send(ada, group);
    await delay(silenceMs);
    expect(device.received).toEqual([]);
  });

  test('[BLOCK-1] of several lines at once of a blocked member; something is, of a friend’s among them', async () => {
    const { ada, ben, cy, group, device } = await makeThree();
    expect((await ben.call('POST', `/api/users/${ada.id}/block`)).status).toBe(204);
    await ada.call('POST', `/api/chats/${group}/frames`, [text('one'), text('two'), text('three')]);
    await delay(silenceMs);
    expect(device.received).toEqual([]);
    await Promise.all([send(cy, group), send(ada, group), send(ada, group)]);
    await device.waitFor(group, 1);
  });

  test('[BLOCK-1] of a blocked member’s line, where the friend’s that came with it is gone when it is decided', async () => {
    const { ada, ben, cy, group, device } = await makeThree();
    expect((await ben.call('POST', `/api/users/${ada.id}/block`)).status).toBe(204);
    const id = await send(cy, group);
    await send(ada, group);
    await until('the news', async () => (await rowsOf(ben, 'jobs')).length === 1);
    await remove(cy, group, id);
    await delay(silenceMs);
    expect(device.received).toEqual([]);
    expect(await rowsOf(ben, 'jobs')).toEqual([]);
    // Nor does the next line of the blocked member bring up what was a friend's before.
    await send(ada, group);
    await delay(silenceMs);
    expect(device.received).toEqual([]);
  });

  test('[BLOCK-1] of the line of somebody who is blocked before it is decided', async () => {
    const { ada, ben, group, device } = await makeThree();
    await send(ada, group);
    await until('the news', async () => (await rowsOf(ben, 'jobs')).length === 1);
    expect((await ben.call('POST', `/api/users/${ada.id}/block`)).status).toBe(204);
    await delay(silenceMs);
    expect(device.received).toEqual([]);
  });

  test('after the session has ended, however it does: nothing of the device is kept', async () => {
    const { ada, ben, chatId, device } = await makeAway();
    const [phone, tablet] = [await signInAgain(harness.url, ben), await signInAgain(harness.url, ben)];
    const others = [await subscribe(phone), await subscribe(tablet)];
    expect(await rowsOf(ben, 'push_subscriptions')).toHaveLength(3);
    expect((await phone.call('POST', '/api/logout')).status).toBe(204);
    expect(await rowsOf(ben, 'push_subscriptions')).toHaveLength(2);
    const body = { current_password: ben.password, new_password: `${randomUUID()} other` };
    expect((await ben.call('POST', '/api/users/me/password', body)).status).toBe(204);
    await send(ada, chatId);
    await device.waitFor(chatId, 1);
    expect(others.map(({ calls }) => calls)).toEqual([[], []]);
    expect(await rowsOf(ben, 'push_subscriptions')).toHaveLength(1);
    expect((await phone.call('PUT', '/api/users/me/push', device.subscription)).status).toBe(401);
  });

  test('after the device wants no more; and a device in two sessions is told once', async () => {
    const { ada, ben, chatId, device } = await makeAway();
    const again = await signInAgain(harness.url, ben);
    expect((await again.call('PUT', '/api/users/me/push', device.subscription)).status).toBe(204);
    expect(await rowsOf(ben, 'push_subscriptions')).toHaveLength(1);
    await send(ada, chatId);
    await device.waitFor(chatId, 1);
    for (let i = 0; i < 2; i++) expect((await again.call('DELETE', '/api/users/me/push')).status).toBe(204);
    expect([await rowsOf(ben, 'push_subscriptions'), await rowsOf(ben, 'pushes')]).toEqual([[], []]);
    await send(ada, chatId);
    await delay(silenceMs);
    expect(device.received).toHaveLength(1);
  });
});

describe.concurrent('[INBOX-5] what was pushed is closed', () => {
  const endings: Record<string, (chat: ChatOfTwo, messageId: string) => Promise<unknown>> = {
    'when it is read on another device': async ({ ben, chatId }, id) => read(await signInAgain(harness.url, ben), chatId, id),
    'when it is deleted': ({ ada, chatId }, id) => remove(ada, chatId, id),
    'when the chat is cleared': ({ ben, chatId }) => ben.call('DELETE', `/api/users/me/chats/${chatId}`),
    'when its reader is removed from the chat': ({ ada, ben, chatId }) => ada.call('DELETE', `/api/chats/${chatId}/members/${ben.id}`),
    'when it expires': async () => {},
  };

  test.each(Object.keys(endings))('%s', async (how) => {
    const chat = await makeAway((url) => makeGroup(url, null));
    const id = await send(chat.ada, chat.chatId, 'gone means gone', how === 'when it expires' ? 7 : undefined);
    const { topic } = await chat.device.waitFor(chat.chatId, 1);
    await endings[how]?.(chat, id);
    const closing = await chat.device.waitFor(chat.chatId, 2);
    expect(closing.news).toEqual({ type: 'nothing', chat_id: chat.chatId });
    // The same topic: what was not delivered yet never is.
    expect([closing.topic, closing.urgency]).toEqual([topic, 'normal']);
    await until('the row to go', async () => (await rowsOf(chat.ben, 'pushes')).length === 0);
    expect(await rowsOf(chat.ben, 'jobs')).toEqual([]);
  });

  test('[BLOCK-1] when only lines of a blocked member are left unread', async () => {
    const { ada, ben, cy, group, device } = await makeThree();
    expect((await ben.call('POST', `/api/users/${ada.id}/block`)).status).toBe(204);
    await send(ada, group);
    const id = await send(cy, group);
    await device.waitFor(group, 1);
    await remove(cy, group, id);
    expect((await device.waitFor(group, 2)).news).toEqual({ type: 'nothing', chat_id: group });
  });

  test('by nobody where nothing was pushed, and by the page on a device that shows it', async () => {
    const { ada, ben, chatId, device } = await makeAway();
    await read(ben, chatId, await send(ada, chatId));
    await delay(silenceMs);
    const id = await send(ada, chatId);
    await device.waitFor(chatId, 1);
    await openInbox(ben);
    await read(ben, chatId, id);
    await until('the row to go', async () => (await rowsOf(ben, 'pushes')).length === 0);
    await delay(1_000);
    expect(device.received).toHaveLength(1);
  });
});

describe.concurrent('[INBOX-5] where the push service does not take it', () => {
  test.each([404, 410])('a subscription that is gone (%i) is forgotten', async (status) => {
    const { ada, ben, chatId, device } = await makeAway();
    device.answers.push({ status });
    await send(ada, chatId);
    await until('the row to go', async () => (await rowsOf(ben, 'push_subscriptions')).length === 0, 20_000);
    expect([await rowsOf(ben, 'pushes'), device.calls.length]).toEqual([[], 1]);
    await until('the errand to end', async () => (await rowsOf(ben, 'jobs')).length === 0);
  });

  test('failures are tried again, and the wait that it asks for is kept', async () => {
    const { ada, chatId, device } = await makeAway();
    device.answers.push({ status: 500 }, { status: 429, retryAfter: '4' });
    await send(ada, chatId);
    await device.waitFor(chatId, 1, 40_000);
    const [, second = 0, third = 0] = device.calls;
    expect(device.calls).toHaveLength(3);
    expect(third - second).toBeGreaterThanOrEqual(4_000);
  });

  test('the wait that it asks for is kept by what comes meanwhile, also of another chat', async () => {
    const { ada, ben, chatId, device } = await makeAway();
    const made = await ada.call('POST', '/api/chats', { is_group: true, name: 'Two', member_ids: [ben.id] });
    const group = v.parse(chatAnswer, made.body).chat.id;
    device.answers.push({ status: 429, retryAfter: '16' });
    await send(ada, chatId);
    await until('the refusal', () => device.calls.length === 1, 20_000);
    await Promise.all([send(ada, chatId), send(ada, group)]);
    await Promise.all([device.waitFor(chatId, 1, 60_000), device.waitFor(group, 1, 60_000)]);
    const [first = 0, second = 0] = device.calls;
    expect(second - first).toBeGreaterThanOrEqual(16_000);
    expect(device.calls).toHaveLength(3);
  });

  test('one that hangs holds nobody else up, and is tried again', async () => {
    const { ada, ben, chatId, device } = await makeAway();
    const phone = await subscribe(await signInAgain(harness.url, ben));
    device.answers.push('hang');
    await send(ada, chatId);
    await phone.waitFor(chatId, 1);
    expect(device.received).toEqual([]);
    await device.waitFor(chatId, 1, 40_000);
  });

  test('what it refuses is not tried again, and the next is', async () => {
    const { ada, ben, chatId, device } = await makeAway();
    device.answers.push({ status: 413 });
    await send(ada, chatId);
    await until('the refusal', () => device.calls.length === 1, 20_000);
    await until('the errand to end', async () => (await rowsOf(ben, 'jobs')).length === 0);
    await send(ada, chatId);
    await device.waitFor(chatId, 1);
    expect(device.calls).toHaveLength(2);
  });

  test('a redirection is not followed', async () => {
    const { ada, chatId, device } = await makeAway();
    const victim = await subscribe(ada);
    device.answers.push({ status: 307, location: victim.subscription.endpoint });
    await send(ada, chatId);
    await until('the redirection', () => device.calls.length > 0, 20_000);
    await delay(1_000);
    expect(victim.calls).toEqual([]);
  });
});

describe.concurrent('[INBOX-5] an inbox that tells devices', () => {
  test('tells them what was due when it was evicted', async () => {
    const { ada, ben, chatId, device } = await makeAway();
    await send(ada, chatId);
    await until('the news', async () => (await rowsOf(ben, 'jobs')).length === 1);
    await harness.worker.evictDurableObject('Inbox', { name: ben.id, webSockets: 'hibernate' });
    await device.waitFor(chatId, 1);
    await until('the errand to end', async () => (await rowsOf(ben, 'jobs')).length === 0);
    expect(device.received).toHaveLength(1);
  });

  test('sleeps once it has told them, with a socket that nobody looks at', async () => {
    const { ada, ben, chatId, device } = await makeAway();
    (await openInbox(ben)).send({ type: 'active', visible: false });
    await send(ada, chatId);
    await device.waitFor(chatId, 1);
    await until('the errand to end', async () => (await rowsOf(ben, 'jobs')).length === 0);
    const changes = async () => {
      const storage = await harness.worker.getDurableObjectStorage('Inbox', { name: ben.id });
      return (await storage.exec<{ changes: number }>('SELECT total_changes() AS changes'))[0]?.changes ?? Number.NaN;
    };
    const before = await changes();
    // The count is of one life in memory: it falls when the object has gone, ten seconds after its last work.
    await delay(14_000);
    expect(await changes()).toBeLessThan(before);
  });
});
