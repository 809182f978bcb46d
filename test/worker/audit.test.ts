import { randomBytes, randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuditReport } from '../../src/api/audit';
import type { Env } from '../../src/config';
import { avatarKey, originalKey, thumbnailKey, uploadKey } from '../../src/media/keys';
import { avatarAnswer } from '../../src/protocol/rest';
import { Bucket } from '../support/bucket';
import { makeDirectChat } from '../support/chats';
import { readClip } from '../support/clips';
import { type Harness, startHarness } from '../support/harness';
import { readImage } from '../support/images';
import { picture, putUpload, reserveUpload, uploadBytes, uploadImage } from '../support/media';
import { type Person, signUp } from '../support/people';

let harness: Harness;
let bucket: Bucket;
// An audit looks at all there is: each test has a deployment of its own.
beforeEach(async () => {
  harness = await startHarness({});
  bucket = new Bucket(harness.url);
});
afterEach(async () => {
  bucket.close();
  await harness.close();
});

const hourMs = 60 * 60 * 1_000;
const bytes = readImage('palette.png');

/** The whole audit as it would be so many hours from now; what it says in the log. */
async function auditIn(hours: number): Promise<AuditReport> {
  const before = harness.server.getLogs().length;
  await harness.worker.scheduled({ cron: 'audit', scheduledTime: new Date(Date.now() + hours * hourMs) });
  const line = harness.server
    .getLogs()
    .slice(before)
    .find(({ message }) => message.startsWith('audit: '));
  return JSON.parse(line?.message.slice('audit: '.length) ?? 'null');
}

async function directory(): Promise<D1Database> {
  return (await harness.server.getWorker<Env>().getEnv()).DIRECTORY;
}

/** Ids of the media that the directory knows. */
async function places(): Promise<unknown[]> {
  const { results } = await (await directory()).prepare('SELECT id FROM media ORDER BY id').all();
  return results.map(({ id }) => id);
}

/** The name of the picture that the user has from now on. */
async function choosePicture(person: Person): Promise<string> {
  const body = new FormData();
  body.append('file', new File([new Uint8Array(readImage('phone-orientation-6.jpg'))], 'me', { type: 'image/jpeg' }));
  const headers = { authorization: `Bearer ${person.accessToken}` };
  const answer = await fetch(`${harness.url}/api/users/me/avatar`, { method: 'PUT', headers, body });
  return v.parse(avatarAnswer, await answer.json()).avatar_url.slice('/avatars/'.length);
}

/** A name as pictures have, beginning with the letter. */
const pictureName = (first: string) => `${first}${randomBytes(16).toString('base64url').slice(1)}`;
const everything = async () => [...(await bucket.keysUnder('rooms/')), ...(await bucket.keysUnder('uploads/'))];

describe('the audit', () => {
  test('[EXP-5] removes what no room holds a day later, and nothing of what one does', async () => {
    const { ada, chatId } = await makeDirectChat(harness.url);
    const sent = await uploadImage(ada, chatId);
    await ada.call('POST', `/api/chats/${chatId}/messages`, picture(sent.id));
    const once = await uploadBytes(ada, chatId, readClip('voice.webm'), 'audio/webm', { view_once: true });
    const underWay = await reserveUpload(ada, chatId, bytes, 'image/png');
    await putUpload(underWay, bytes);
    const owned = await everything();
    expect(owned).toHaveLength(4);

    const [stranger, gone] = [randomUUID(), randomUUID()];
    const ownerless = [
      // Puts that landed after their medium's erasure; one of a chat that never was.
      originalKey(chatId, gone),
      thumbnailKey(chatId, gone),
      originalKey(stranger, randomUUID()),
      uploadKey(chatId, gone),
      uploadKey(stranger, randomUUID()),
      // Parts that media which are held do not have.
      uploadKey(chatId, sent.id),
      thumbnailKey(chatId, once.id),
    ];
    const foreign = [`rooms/${chatId}/note.txt`, 'rooms/readme'];
    for (const key of [...ownerless, ...foreign]) await bucket.put(key, bytes);

    expect(await auditIn(23)).toMatchObject({ objects: 13, ownerlessObjects: 0, foreignObjects: 0, isWhole: true, isSuspicious: false });
    expect(await everything()).toHaveLength(13);
    expect(await auditIn(25)).toMatchObject({ objects: 13, ownerlessObjects: 7, foreignObjects: 2, silentRooms: 0, isWhole: true });
    expect((await everything()).sort()).toEqual([...owned, ...foreign].sort());
    expect(await auditIn(25)).toMatchObject({ objects: 6, ownerlessObjects: 0 });
    expect(await ada.call('GET', `/api/media/${sent.id}`)).toMatchObject({ status: 200 });
  });

  test('[MEDIA-3] forgets what the directory knows and no room holds, with its bytes', async () => {
    const { ada, chatId } = await makeDirectChat(harness.url);
    const media = await uploadImage(ada, chatId);
    const gone = randomUUID();
    const insert = 'INSERT INTO media(id, chat_room_id, uploader_id, created_at) VALUES (?,?,?,?)';
    await (await directory()).prepare(insert).bind(gone, chatId, ada.id, Date.now()).run();
    await bucket.put(originalKey(chatId, gone), bytes);
    expect(await auditIn(1)).toMatchObject({ rows: 0 });
    expect(await places()).toEqual([gone, media.id].sort());
    expect(await auditIn(3)).toMatchObject({ rows: 2, ownerlessRows: 1, ownerlessObjects: 0 });
    expect(await places()).toEqual([media.id]);
    expect(await bucket.keysOf(chatId)).toEqual([originalKey(chatId, media.id), thumbnailKey(chatId, media.id)]);
  });

  test('[EXP-5] removes pictures that are nobody’s a day later, the hour’s part at a time, and leaves the present one of every user', async () => {
    const [ada, ben] = await Promise.all([signUp(harness.url, 'ada'), signUp(harness.url, 'ben')]);
    const present = [await choosePicture(ada), await choosePicture(ben)].map(avatarKey).sort();
    // Of every part of the day: as a put leaves them that landed after its erasure.
    const lost = ['-', '_', '0', '9', 'A', 'Z', 'a', 'z'].map((first) => avatarKey(pictureName(first)));
    const foreign = 'avatars/readme';
    for (const key of [...lost, foreign]) await bucket.put(key, bytes);
    const all = [...lost, ...present, foreign].sort();
    expect(await auditIn(23)).toMatchObject({ objects: 11, ownerlessAvatars: 0, foreignObjects: 0 });
    expect(await bucket.keysUnder('avatars/')).toEqual(all);
    const tomorrow = Math.ceil(Date.now() / hourMs + 25) * hourMs;
    for (let hour = 0; hour < 24; hour++) {
      await harness.worker.scheduled({ cron: '17 * * * *', scheduledTime: new Date(tomorrow + hour * hourMs) });
    }
    expect(await bucket.keysUnder('avatars/')).toEqual([...present, foreign].sort());
    await bucket.put(avatarKey(pictureName('x')), bytes);
    expect(await auditIn(25)).toMatchObject({ objects: 4, ownerlessAvatars: 1, ownerlessObjects: 0, foreignObjects: 1, isWhole: true });
    expect(await bucket.keysUnder('avatars/')).toEqual([...present, foreign].sort());
  });

  test('removes no picture when most of them seem to be nobody’s, however many media have their room', async () => {
    await Promise.all(Array.from({ length: 110 }, () => bucket.put(avatarKey(pictureName('p')), bytes)));
    expect(await auditIn(25)).toMatchObject({ ownerlessAvatars: 110, isSuspicious: true });
    expect(await bucket.keysUnder('avatars/')).toHaveLength(110);
  });

  test('removes nothing when most of all seems to have no owner', async () => {
    const { ada, chatId } = await makeDirectChat(harness.url);
    await uploadImage(ada, chatId);
    await Promise.all(Array.from({ length: 110 }, () => bucket.put(originalKey(chatId, randomUUID()), bytes)));
    expect(await auditIn(25)).toMatchObject({ ownerlessObjects: 110, isSuspicious: true });
    expect(await everything()).toHaveLength(112);
  });

  test('looks at everything once a day, an hour’s part at a time, and says nothing while all is well', { timeout: 120_000 }, async () => {
    const { ada, chatId } = await makeDirectChat(harness.url);
    const media = await uploadImage(ada, chatId);
    const keys = Array.from({ length: 12 }, () => originalKey(randomUUID(), randomUUID()));
    for (const key of keys) await bucket.put(key, bytes);
    const tomorrow = Math.ceil(Date.now() / hourMs + 25) * hourMs;
    for (let hour = 0; hour < 24; hour++) {
      await harness.worker.scheduled({ cron: '17 * * * *', scheduledTime: new Date(tomorrow + hour * hourMs) });
    }
    expect(await everything()).toEqual([originalKey(chatId, media.id), thumbnailKey(chatId, media.id)]);
    const said = harness.server.getLogs().filter(({ message }) => message.startsWith('audit: '));
    expect(said.reduce((sum, { message }) => sum + Number(message.match(/"ownerlessObjects":(\d+)/)?.[1]), 0)).toBe(12);
    for (const { message } of said) expect(message).not.toMatch(/[0-9a-f]{8}-/);
    await harness.worker.scheduled({ cron: '17 * * * *', scheduledTime: new Date(tomorrow + 48 * hourMs) });
    expect(harness.server.getLogs().filter(({ message }) => message.startsWith('audit: '))).toHaveLength(said.length);
  });
});
