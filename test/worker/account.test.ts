import * as v from 'valibot';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeCodes } from '../../src/protocol/close-codes';
import { sessionAnswer, sessionsAnswer } from '../../src/protocol/rest';
import { makeDirectChat } from '../support/chats';
import { type Harness, startHarness } from '../support/harness';
import { connectInbox } from '../support/inbox-socket';
import { callApi, type Person } from '../support/people';
import { connectRoom } from '../support/room-socket';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

async function logInAgain({ username, password }: Person) {
  const answer = await callApi(harness.url, 'POST', '/api/login', { username, password, cookie: false });
  return v.parse(sessionAnswer, answer.body);
}

/** Sockets of one session to a room and to the inbox, each of which has spoken. */
async function connectBoth(accessToken: string, chatId: string) {
  const room = connectRoom(harness.url, accessToken, chatId);
  const inbox = connectInbox(harness.url, accessToken);
  await Promise.all([room.waitForType('welcome'), inbox.waitForType('inbox')]);
  // workerd 2026-11-17 keeps the connection of a socket that never received an event open for 10 s after the close frame.
  room.send({ type: 'typing_stop' });
  inbox.send({ type: 'want_previews', chat_room_ids: [] });
  await inbox.waitForType('previews');
  return { room, inbox };
}

test('[AUTH-4] [SOCK-6] changing the password ends every other session, its sockets and its REST access', async () => {
  const { ada, chatId } = await makeDirectChat(harness.url);
  const other = await logInAgain(ada);
  const [mine, theirs] = [await connectBoth(ada.accessToken, chatId), await connectBoth(other.access_token, chatId)];
  const change = { current_password: ada.password, new_password: 'a wholly new passphrase' };
  expect(await ada.call('POST', '/api/users/me/password', { ...change, current_password: 'not it at all' })).toMatchObject({
    status: 401,
    body: { code: 'wrong_password' },
  });
  expect(await ada.call('POST', '/api/users/me/password', { ...change, new_password: 'password123' })).toMatchObject({
    status: 422,
    body: { code: 'weak_password' },
  });
  await theirs.room.ping();
  expect((await ada.call('POST', '/api/users/me/password', change)).status).toBe(204);
  expect(await theirs.room.closed).toMatchObject({ code: closeCodes.unauthenticated });
  expect(await theirs.inbox.closed).toMatchObject({ code: closeCodes.unauthenticated });
  expect(await callApi(harness.url, 'GET', '/api/users/me', undefined, other.access_token)).toMatchObject({
    status: 401,
    body: { code: 'session_ended' },
  });
  expect(await callApi(harness.url, 'POST', '/api/token/refresh', { refresh_token: other.refresh_token })).toMatchObject({ status: 401 });
  await Promise.all([mine.room.ping(), mine.inbox.ping()]);
  const login = (password: string) => callApi(harness.url, 'POST', '/api/login', { username: ada.username, password, cookie: false });
  expect([(await login(ada.password)).status, (await login(change.new_password)).status]).toEqual([401, 200]);
  await Promise.all([mine.room.close(), mine.inbox.close()]);
});

test('[AUTH-4] a session can be seen and revoked from another one; a stranger’s cannot', async () => {
  const { ada, ben, chatId } = await makeDirectChat(harness.url);
  const other = await logInAgain(ada);
  const listed = v.parse(sessionsAnswer, (await ada.call('GET', '/api/users/me/sessions')).body).sessions;
  expect(listed.map((session) => session.current).sort()).toEqual([false, true]);
  const theirs = await connectBoth(other.access_token, chatId);
  const id = listed.find((session) => !session.current)?.id;
  expect(await ben.call('DELETE', `/api/users/me/sessions/${id}`)).toMatchObject({ status: 404 });
  await theirs.room.ping();
  expect((await ada.call('DELETE', `/api/users/me/sessions/${id}`)).status).toBe(204);
  expect((await ada.call('DELETE', `/api/users/me/sessions/${id}`)).status).toBe(204);
  expect(await theirs.room.closed).toMatchObject({ code: closeCodes.unauthenticated });
  expect(await theirs.inbox.closed).toMatchObject({ code: closeCodes.unauthenticated });
  expect(v.parse(sessionsAnswer, (await ada.call('GET', '/api/users/me/sessions')).body).sessions).toHaveLength(1);
});
