import * as v from 'valibot';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Env } from '../../src/config';
import { inspectImage } from '../../src/media/inspect-image';
import { me, type User } from '../../src/protocol/models';
import { avatarAnswer, chatsAnswer, membersAnswer, problem, usersAnswer } from '../../src/protocol/rest';
import { announce } from '../support/announce';
import { Bucket } from '../support/bucket';
import { makeDirectChat } from '../support/chats';
import { type Harness, startHarness } from '../support/harness';
import { readImage } from '../support/images';
import { type Person, signUp } from '../support/people';

let harness: Harness;
let bucket: Bucket;
beforeAll(async () => {
  harness = await startHarness();
  bucket = new Bucket(harness.url);
});
afterAll(async () => {
  bucket.close();
  await harness.close();
});

const stored = () => bucket.keysUnder('avatars/');

async function put(person: Person, bytes: Uint8Array<ArrayBuffer>, type = 'image/jpeg'): Promise<{ status: number; body: unknown }> {
  const body = new FormData();
  body.append('file', new File([bytes], 'me', { type }));
  const headers = { authorization: `Bearer ${person.accessToken}` };
  const answer = await fetch(`${harness.url}/api/users/me/avatar`, { method: 'PUT', headers, body });
  return { status: answer.status, body: await answer.json() };
}

async function choose(person: Person): Promise<string> {
  const answer = await put(person, new Uint8Array(readImage('phone-orientation-6.jpg')));
  expect(answer.status).toBe(200);
  return v.parse(avatarAnswer, answer.body).avatar_url;
}

/** As everybody sees it, without a token. */
const see = (url: string) => fetch(`${harness.url}${url}`);
const eventually = <T>(read: () => Promise<T>) => expect.poll(read, { timeout: 10_000 });
const codeOf = (body: unknown) => v.parse(problem, body).code;

/** How `viewer` sees `person`: found by name, in the list of chats, and in their room. */
async function seenBy(viewer: Person, chatId: string, person: Person): Promise<(string | null | undefined)[]> {
  const { users } = v.parse(usersAnswer, (await viewer.call('GET', `/api/users?username=${person.username}`)).body);
  const { chats } = v.parse(chatsAnswer, (await viewer.call('GET', '/api/users/me/chats')).body);
  const { members } = v.parse(membersAnswer, (await viewer.call('GET', `/api/chats/${chatId}/members`)).body);
  const all: (User | undefined)[] = [users[0], chats[0]?.other_user, members.find(({ user }) => user.id === person.id)?.user];
  return all.map((user) => user?.avatar_url);
}

test('[MEDIA-1] [GROUP-2] a picture of oneself is a bare upright square that everybody sees everywhere; the one before it is gone, and so is a removed one', async () => {
  const { ada, ben, chatId } = await makeDirectChat(harness.url);
  const first = await choose(ada);
  expect(first).toMatch(/^\/avatars\/[\w-]{22}$/);
  await eventually(() => seenBy(ben, chatId, ada)).toEqual([first, first, first]);
  expect(v.parse(me, (await ada.call('GET', '/api/users/me')).body).avatar_url).toBe(first);

  const shown = await see(first);
  expect(Object.fromEntries(shown.headers)).toMatchObject({
    'content-type': 'image/jpeg',
    'cache-control': 'private, max-age=3600',
    'x-content-type-options': 'nosniff',
  });
  const bytes = new Uint8Array(await shown.arrayBuffer());
  // The picture has 64×48 pixels, lying on its side.
  expect(inspectImage(bytes, 'image/jpeg')).toMatchObject({ ok: true, value: { facts: { width: 48, height: 48, orientation: 1 } } });
  expect(Buffer.from(bytes).toString('latin1')).not.toMatch(/secret|exif/i);

  const second = await choose(ada);
  expect(second).not.toBe(first);
  expect([(await see(first)).status, (await see(second)).status]).toEqual([404, 200]);
  await eventually(() => stored()).toEqual([second.slice(1)]);
  await eventually(() => seenBy(ben, chatId, ada)).toEqual([second, second, second]);

  for (let time = 0; time < 2; time++) expect((await ada.call('DELETE', '/api/users/me/avatar')).status).toBe(204);
  expect((await see(second)).status).toBe(404);
  await eventually(() => stored()).toEqual([]);
  await eventually(() => seenBy(ben, chatId, ada)).toEqual([null, null, null]);
});

test('[MEDIA-1] what is no picture, or none that can be made small safely, is refused, and the present one stays', async () => {
  const ada = await signUp(harness.url, 'Ada');
  const present = await choose(ada);
  const refusals = await Promise.all([
    put(ada, Uint8Array.from(Buffer.from('<svg onload="alert(1)"/>')), 'image/svg+xml'),
    put(ada, Uint8Array.from(Buffer.from('not a picture')), 'image/jpeg'),
    put(ada, new Uint8Array(readImage('palette.png')).slice(0, 60), 'image/png'),
    announce(ada, `${harness.url}/api/users/me/avatar`, {
      method: 'PUT',
      type: 'multipart/form-data; boundary=b',
      byteLength: 13 * 1024 * 1024,
    }),
  ]);
  expect(refusals.map(({ status, body }) => [status, codeOf(body)])).toEqual([
    [415, 'unsupported_media_type'],
    [422, 'media_damaged'],
    [422, 'media_damaged'],
    [413, 'too_large'],
  ]);
  const call = { method: 'PUT', headers: { authorization: `Bearer ${ada.accessToken}` } };
  expect((await fetch(`${harness.url}/api/users/me/avatar`, { ...call, body: new FormData() })).status).toBe(422);
  expect((await ada.call('PUT', '/api/users/me/avatar', {})).status).toBe(415);
  expect((await fetch(`${harness.url}/api/users/me/avatar`, { method: 'PUT', body: new FormData() })).status).toBe(401);
  expect((await see(present)).status).toBe(200);
  expect((await see(`/avatars/${'A'.repeat(22)}`)).status).toBe(404);
  expect((await see('/avatars/..%2Frooms')).status).toBe(404);
  await ada.call('DELETE', '/api/users/me/avatar');
});

test('a picture that was stored for a change that broke off is erased, the present one is not', async () => {
  const ada = await signUp(harness.url, 'Ada');
  const present = (await choose(ada)).slice('/avatars/'.length);
  const env = await harness.server.getWorker<Env>().getEnv();
  const inbox = env.INBOX.get(env.INBOX.idFromName(ada.id));
  await bucket.put('avatars/left-behind', new Uint8Array(1));
  await inbox.eraseAvatar(ada.id, present);
  await inbox.eraseAvatar(ada.id, 'left-behind');
  await eventually(() => stored()).toEqual([`avatars/${present}`]);
  await ada.call('DELETE', '/api/users/me/avatar');
});
