import { randomBytes, randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mediaAnswer } from '../../src/protocol/rest';
import { Bucket } from '../support/bucket';
import { type ChatOfTwo, makeDirectChat } from '../support/chats';
import { type Harness, startHarness } from '../support/harness';
import { readImage } from '../support/images';
import { callApi, type Person, signUp } from '../support/people';
import { connectRoom } from '../support/room-socket';

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

const image = readImage('phone-orientation-6.jpg');

async function uploadOnce(person: Person, chatId: string) {
  const body = { chat_id: chatId, image_data: Buffer.from(image).toString('base64'), file_type: 'image/jpeg', view_once: true };
  const answer = await person.call('POST', '/api/media/upload', body);
  expect(answer.status).toBe(201);
  return v.parse(mediaAnswer, answer.body).media;
}

/** Ada's view-once picture, opened by Ben: the path that his session may fetch it from. */
async function openedPicture({ ada, ben, chatId }: ChatOfTwo): Promise<{ path: string; messageId: string; byteSize: number }> {
  const media = await uploadOnce(ada, chatId);
  const messageId = randomUUID();
  const message = { id: messageId, message_type: 'image', media_id: media.id, view_once: true };
  expect(await ada.call('POST', `/api/chats/${chatId}/messages`, message)).toMatchObject({ status: 201 });
  const socket = connectRoom(harness.url, ben.accessToken, chatId);
  await socket.waitForType('welcome');
  socket.send({ type: 'open_message', id: messageId });
  const opened = await socket.waitForType('message_opened');
  await socket.close();
  return { path: opened.media?.url ?? '', messageId, byteSize: media.byte_size };
}

function get(path: string, token: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(harness.url + path, { headers: { authorization: `Bearer ${token}`, ...headers } });
}

async function expectRefusal(answer: Response, status: number, code: string): Promise<void> {
  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject({ code });
}

describe('view-once bytes', () => {
  test.each(['base64', 'a form'])('[ONCE-6] sent as %s they have no thumbnail and no link', async (way) => {
    const { ada, chatId } = await makeDirectChat(harness.url);
    const upload = async () => {
      if (way === 'base64') return uploadOnce(ada, chatId);
      const form = new FormData();
      form.set('chat_id', chatId);
      form.set('view_once', 'true');
      form.set('file', new File([image], 'a.jpg', { type: 'image/jpeg' }));
      const headers = { authorization: `Bearer ${ada.accessToken}` };
      const answer = await fetch(`${harness.url}/api/media/upload-multipart`, { method: 'POST', headers, body: form });
      return v.parse(mediaAnswer, await answer.json()).media;
    };
    const media = await upload();
    expect(media.has_thumbnail).toBe(false);
    expect(await bucket.keysOf(chatId)).toEqual([`rooms/${chatId}/${media.id}/original`]);
    expect(await ada.call('GET', `/api/media/${media.id}`)).toMatchObject({ status: 404 });
    expect(await ada.call('GET', `/api/media?ids=${media.id}`)).toMatchObject({ status: 200, body: { media: [] } });
  });

  test('[ONCE-6] leave through the lease, whole and in parts, uncached, and within it again', async () => {
    const chat = await makeDirectChat(harness.url);
    const { path, byteSize } = await openedPicture(chat);
    const answer = await get(path, chat.ben.accessToken);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'image/jpeg',
      'content-length': String(byteSize),
      'content-disposition': 'inline',
      'cache-control': 'no-store',
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
    });
    const whole = await answer.bytes();
    expect(whole.length).toBe(byteSize);
    const part = await get(path, chat.ben.accessToken, { range: 'bytes=10-19' });
    expect([part.status, part.headers.get('content-range'), part.headers.get('content-length')]).toEqual([
      206,
      `bytes 10-19/${byteSize}`,
      '10',
    ]);
    expect(await part.bytes()).toEqual(whole.subarray(10, 20));
    const tail = await get(path, chat.ben.accessToken, { range: 'bytes=-5' });
    expect(await tail.bytes()).toEqual(whole.subarray(-5));
    const conditional = await get(path, chat.ben.accessToken, { range: 'bytes=10-19', 'if-range': '"old"' });
    expect([conditional.status, (await conditional.bytes()).length]).toEqual([200, byteSize]);
  });

  test('[ONCE-4] [ONCE-6] the sender is told that content left, once, however often it is fetched', async () => {
    const chat = await makeDirectChat(harness.url);
    const socket = connectRoom(harness.url, chat.ada.accessToken, chat.chatId);
    await socket.waitForType('welcome');
    const { path, messageId } = await openedPicture(chat);
    expect(socket.eventsOfType('message_viewed')).toEqual([]);
    for (let i = 0; i < 3; i++) await (await get(path, chat.ben.accessToken)).bytes();
    const viewed = await socket.waitForType('message_viewed');
    expect(viewed).toMatchObject({ message_id: messageId, user_id: chat.ben.id, views: 1 });
    await socket.ping();
    expect(socket.eventsOfType('message_viewed')).toHaveLength(1);
    await socket.close();
  });

  test('[ONCE-6] a lease is its session’s alone: for another session, the sender, a stranger or nobody it leads nowhere', async () => {
    const chat = await makeDirectChat(harness.url);
    const { path } = await openedPicture(chat);
    const { username, password } = chat.ben;
    const login = await callApi(harness.url, 'POST', '/api/login', { username, password, cookie: false });
    const { access_token } = v.parse(v.object({ access_token: v.string() }), login.body);
    const stranger = await signUp(harness.url);
    for (const token of [access_token, chat.ada.accessToken, stranger.accessToken])
      await expectRefusal(await get(path, token), 404, 'not_found');
    await expectRefusal(await fetch(harness.url + path), 401, 'unauthenticated');
    await expectRefusal(await get(path, 'no.such.token'), 401, 'unauthenticated');
  });

  test('[ONCE-6] what is no lease, or of no chat, is not found', async () => {
    const { ben, chatId } = await makeDirectChat(harness.url);
    const secret = randomBytes(32).toString('base64url');
    const later = Date.now() + 60_000;
    const names = [
      `${chatId.replaceAll('-', '')}.${later}.${secret}`,
      `${randomUUID().replaceAll('-', '')}.${later}.${secret}`,
      `${randomUUID().replaceAll('-', '')}.1.${secret}`,
      `${chatId.replaceAll('-', '')}.${secret}`,
      `${chatId}.${later}.${secret}`,
      secret,
      '.',
      `${chatId.replaceAll('-', '')}.${later}.${secret}x`,
    ];
    for (const name of names) await expectRefusal(await get(`/api/media/once/${name}`, ben.accessToken), 404, 'not_found');
  });

  test('[ONCE-3] [ONCE-6] once viewed, the bytes do not leave again', async () => {
    const chat = await makeDirectChat(harness.url);
    const { path, messageId } = await openedPicture(chat);
    await (await get(path, chat.ben.accessToken)).bytes();
    const socket = connectRoom(harness.url, chat.ben.accessToken, chat.chatId);
    await socket.waitForType('welcome');
    socket.send({ type: 'mark_viewed', message_id: messageId });
    await socket.waitForType('view_changed');
    await socket.close();
    const answer = await get(path, chat.ben.accessToken);
    expect([404, 410]).toContain(answer.status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    await answer.text();
  });
});
