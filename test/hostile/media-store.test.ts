import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { concat } from '../../src/media/formats/bytes';
import { makeDirectChat } from '../support/chats';
import { readClip } from '../support/clips';
import { FaultyS3 } from '../support/faulty-s3';
import { type Harness, startHarness } from '../support/harness';
import { attack, expectProblem, expectQuietLogs } from '../support/hostility';
import { readImage } from '../support/images';
import { putUpload, reserveUpload, type Upload } from '../support/media';
import { until } from '../support/poll';

/** Stands in whatever is uploaded: nothing may repeat it. */
const mark = `mark${randomBytes(8).toString('hex')}`;
const html = new Uint8Array(Buffer.from(`<!doctype html><script>alert('${mark}')</script>`));

let store: FaultyS3;
let deployment: Harness;
beforeAll(async () => {
  store = await FaultyS3.start();
  deployment = await startHarness({ S3_ENDPOINT: store.url });
});
afterAll(async () => {
  expectQuietLogs(deployment, mark);
  await deployment.close();
  await store.close();
});

/** Ada in a chat whose objects fail apart from those of all others. */
async function makeTalk() {
  const { ada, chatId } = await makeDirectChat(deployment.url);
  return {
    ada,
    chatId,
    shelf: store.shelf(chatId),
    reserve: (bytes: Uint8Array, type: string) => reserveUpload(ada, chatId, bytes, type),
    finish: ({ media_id }: Upload) => attack('POST', `${deployment.url}/api/media/${media_id}/complete`, { token: ada.accessToken }),
    keys: () => [...store.objects.keys()].filter((key) => key.includes(chatId)),
    keysOf: (mediaId: string) => [...store.objects.keys()].filter((key) => key.includes(mediaId)),
    room: await deployment.worker.getDurableObjectStorage('Room', { name: chatId }),
    wake: async () => {
      await deployment.worker.evictDurableObject('Room', { name: chatId, webSockets: 'hibernate' });
      await ada.call('GET', `/api/chats/${chatId}`);
    },
  };
}

describe.concurrent('a store that fails', () => {
  it.each([
    ['refusing', /HEAD/],
    ['erring', /GET/],
    ['dropping', /GET/],
    ['cutting', /GET/],
    ['refusing', /PUT/],
    ['erring', /PUT/],
    ['dropping', /PUT/],
    ['hanging', /HEAD/],
    ['hanging', /GET/],
    ['hanging', /PUT/],
    ['erring', /HEAD/],
    ['dropping', /HEAD/],
  ] as const)('[MEDIA-1] %s at %s: 503 without a reason, then the same upload completes', { timeout: 120_000 }, async (mood, fails) => {
    const { ada, shelf, reserve, finish, keysOf } = await makeTalk();
    const both = [
      [readClip('film.webm'), 'video/webm'],
      [readImage('gray.jpg'), 'image/jpeg'],
    ] as const;
    // Each is waited for until it has taken too long.
    const isSlow = mood === 'hanging' || mood === 'cutting';
    for (const [bytes, type] of isSlow ? both.slice(0, 1) : both) {
      const reserved = await reserve(bytes, type);
      expect(await putUpload(reserved, bytes)).toBe(200);
      shelf.fails = fails;
      shelf.mood = mood;
      const before = shelf.failed[mood];
      expectProblem(await finish(reserved), [503, 'unavailable']);
      expect(shelf.failed[mood]).toBeGreaterThan(before);
      shelf.mood = 'well';
      expect((await finish(reserved)).status).toBe(200);
      expect(keysOf(reserved.media_id).some((key) => key.includes('/uploads/'))).toBe(false);
      expect(await ada.call('GET', `/api/media/${reserved.media_id}`)).toMatchObject({ status: 200 });
    }
  });

  it('[MEDIA-1] one that dawdles keeps its uploader waiting, and that is all', { timeout: 120_000 }, async () => {
    const { shelf, reserve, finish, keysOf } = await makeTalk();
    const bytes = readClip('film.mp4');
    const reserved = await reserve(bytes, 'video/mp4');
    expect(await putUpload(reserved, bytes)).toBe(200);
    shelf.mood = 'dawdling';
    expect((await finish(reserved)).status).toBe(200);
    expect(shelf.failed.dawdling).toBeGreaterThan(2);
    expect(keysOf(reserved.media_id)).toHaveLength(1);
  });

  it.each([
    ['more', (bytes: Uint8Array) => concat([bytes, Uint8Array.of(0)])],
    ['fewer', (bytes: Uint8Array) => bytes.slice(1)],
    ['no', () => new Uint8Array()],
  ] as const)('[MEDIA-1] one that takes %s bytes than were announced does not get them past the check', async (_name, change) => {
    const { reserve, finish, keysOf } = await makeTalk();
    for (const [bytes, type] of [
      [readImage('gray.jpg'), 'image/jpeg'],
      [readClip('film.webm'), 'video/webm'],
      [html, 'text/html'],
    ] as const) {
      const reserved = await reserve(bytes, type);
      expect(await putUpload(reserved, new Uint8Array(change(bytes)))).toBe(200);
      expectProblem(await finish(reserved), [422, 'media_damaged']);
      await until('the upload to be gone', () => keysOf(reserved.media_id).length === 0, 30_000);
      expectProblem(await finish(reserved), [404, 'not_found']);
    }
  });

  it.each(['refusing', 'erring', 'dropping'] as const)(
    '[MEDIA-1] [MEDIA-3] %s, a picture that comes with its call is 503, and nothing of it stays',
    { timeout: 120_000 },
    async (mood) => {
      const { ada, chatId, shelf, room, wake, keys } = await makeTalk();
      shelf.fails = /PUT/;
      shelf.mood = mood;
      const image_data = Buffer.from(readImage('gray.jpg')).toString('base64');
      const body = JSON.stringify({ chat_id: chatId, image_data, file_type: 'image/jpeg' });
      const reply = await attack('POST', `${deployment.url}/api/media/upload`, { token: ada.accessToken, body });
      expectProblem(reply, [503, 'unavailable']);
      shelf.mood = 'well';
      await room.exec('UPDATE media SET due = 1 WHERE due IS NOT NULL AND facts IS NULL');
      await wake();
      const left = "SELECT id FROM media WHERE facts IS NULL UNION ALL SELECT key FROM jobs WHERE kind = 'erase_media'";
      await until('its row to be gone', async () => (await room.exec(left)).length === 0);
      expect(keys()).toEqual([]);
    },
  );

  it('[MEDIA-1] [EXP-5] deletes that fail keep nobody waiting, and are tried until they succeed', async () => {
    const { shelf, room, reserve, finish, keysOf, wake } = await makeTalk();
    const bytes = readImage('gray.jpg');
    shelf.fails = /DELETE/;
    shelf.mood = 'erring';
    const [good, bad] = [await reserve(bytes, 'image/jpeg'), await reserve(bytes, 'image/png')];
    for (const reserved of [good, bad]) expect(await putUpload(reserved, bytes)).toBe(200);
    expect((await finish(good)).status).toBe(200);
    expectProblem(await finish(bad), [422, 'media_damaged']);
    expect(keysOf(bad.media_id)).toHaveLength(1);
    await until('an erasure to fail', () => shelf.failed.erring >= 2);
    shelf.mood = 'well';
    await until('the refused upload to be gone', () => keysOf(bad.media_id).length === 0, 30_000);
    // The other's goes after its URL's end.
    await room.exec("UPDATE jobs SET due = 1 WHERE kind = 'erase_upload'");
    await wake();
    await until('quarantine to be empty', () => keysOf(good.media_id).every((key) => !key.includes('/uploads/')), 30_000);
    expect(keysOf(good.media_id)).toHaveLength(2);
  });

  it('[MEDIA-1] an announcement asks the store nothing', async () => {
    const { shelf, reserve } = await makeTalk();
    shelf.mood = 'hanging';
    await reserve(readImage('gray.jpg'), 'image/jpeg');
    expect(shelf.failed.hanging).toBe(0);
  });
});
