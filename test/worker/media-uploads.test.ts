import { randomBytes, randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { originalKey, thumbnailKey, uploadKey } from '../../src/media/keys';
import { maxFileBytes, maxImageBytes, maxVideoBytes } from '../../src/protocol/limits';
import type { LinkedMedia, Media } from '../../src/protocol/models';
import { linkedMediaAnswer, linkedMediaListAnswer, mediaAnswer } from '../../src/protocol/rest';
import { Bucket } from '../support/bucket';
import { makeDirectChat, makeGroup } from '../support/chats';
import { clipNames, clips, readClip, telltale } from '../support/clips';
import { type Harness, startHarness } from '../support/harness';
import { imageNames, readImage, typeOf } from '../support/images';
import { completeUpload, putUpload, reserveUpload, uploadBytes, uploadImage } from '../support/media';
import { type Person, signUp } from '../support/people';
import { until } from '../support/poll';
import { connectRoom, type RoomPosition } from '../support/room-socket';

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

async function link(person: Person, mediaId: string): Promise<LinkedMedia> {
  const answer = await person.call('GET', `/api/media/${mediaId}`);
  expect(answer).toMatchObject({ status: 200 });
  return v.parse(linkedMediaAnswer, answer.body).media;
}

async function download(url: string): Promise<{ bytes: Uint8Array; headers: Headers }> {
  const answer = await fetch(url);
  expect(answer.status).toBe(200);
  return { bytes: await answer.bytes(), headers: answer.headers };
}

async function send(person: Person, chatId: string, media: Media, more: object = {}): Promise<string> {
  const [kind] = media.mime_type.split('/', 1);
  const message_type = media.file_name === null ? kind : 'file';
  const message = { id: randomUUID(), message_type, media_id: media.id, ...more };
  expect(await person.call('POST', `/api/chats/${chatId}/messages`, message)).toMatchObject({ status: 201 });
  return message.id;
}

/** A statement run inside a room that then wakes anew: what it made due is done. */
async function meddle(chatId: string, statement: string): Promise<void> {
  await (await harness.worker.getDurableObjectStorage('Room', { name: chatId })).exec(statement);
  await harness.worker.evictDurableObject('Room', { name: chatId, webSockets: 'hibernate' });
  await roomRows(chatId, 'SELECT 1');
}

async function roomRows(chatId: string, query: string): Promise<Record<string, unknown>[]> {
  return (await harness.worker.getDurableObjectStorage('Room', { name: chatId })).exec(query);
}

const html = new Uint8Array(Buffer.from('<script>alert(document.domain)</script>'));

describe('uploading by a URL', () => {
  test.each(clipNames)('[MEDIA-1] %s is stored under its type without what it told of its making, and leaves quarantine', async (name) => {
    const { ada, ben, chatId } = await makeDirectChat(harness.url);
    const media = await uploadBytes(ada, chatId, readClip(name), clips[name], { file_name: 'secret.mp4' });
    expect(media).toMatchObject({ mime_type: clips[name], byte_size: readClip(name).length, file_name: null, has_thumbnail: false });
    expect(media.duration_ms).toBeGreaterThan(800);
    expect(media.duration_ms).toBeLessThan(2_200);
    expect(await bucket.keysOf(chatId)).toEqual([originalKey(chatId, media.id)]);
    await send(ada, chatId, media);
    const { url, thumbnail_url, ...linked } = await link(ben, media.id);
    expect(linked).toMatchObject(media);
    expect(thumbnail_url).toBeNull();
    const { bytes, headers } = await download(url);
    expect(bytes).toHaveLength(media.byte_size);
    expect(Buffer.from(bytes).toString('latin1')).not.toMatch(telltale);
    expect([headers.get('content-type'), headers.get('content-disposition'), headers.get('cache-control')]).toEqual([
      clips[name],
      'inline',
      'private, no-store',
    ]);
  });

  test.each(imageNames)('[MEDIA-1] [MEDIA-2] %s is stored upright without metadata, with thumbnail and placeholder', async (name) => {
    const { ada, chatId } = await makeDirectChat(harness.url);
    const media = await uploadBytes(ada, chatId, readImage(name), typeOf(name));
    expect(media).toMatchObject({ mime_type: typeOf(name), width: 64, height: 48, duration_ms: null, has_thumbnail: true });
    expect(Buffer.from(media.placeholder ?? '', 'base64').length).toBeGreaterThan(10);
    expect(await bucket.keysOf(chatId)).toEqual([originalKey(chatId, media.id), thumbnailKey(chatId, media.id)]);
    const { bytes } = await download((await link(ada, media.id)).url);
    expect(Buffer.from(bytes).toString('latin1')).not.toMatch(/secret|exif/i);
  });

  test.each(['text/html', 'image/svg+xml', 'application/pdf', 'application/octet-stream', 'audio/mpeg', 'image/heic'])(
    '[MEDIA-1] a file of type %s is kept as it is, and only ever saved',
    async (type) => {
      const { ada, ben, chatId } = await makeDirectChat(harness.url);
      const media = await uploadBytes(ada, chatId, html, type, { file_name: '../\u202eReport “1”.html' });
      expect(media).toEqual({
        id: media.id,
        mime_type: type,
        byte_size: html.length,
        width: null,
        height: null,
        duration_ms: null,
        file_name: 'Report “1”.html',
        placeholder: null,
        has_thumbnail: false,
      });
      for (const message_type of ['image', 'video', 'audio', 'text']) {
        const wrong = { id: randomUUID(), message_type, media_id: media.id, content: 'x' };
        expect(await ada.call('POST', `/api/chats/${chatId}/messages`, wrong)).toMatchObject({ status: 422 });
      }
      await send(ada, chatId, media);
      const { bytes, headers } = await download((await link(ben, media.id)).url);
      expect(Buffer.compare(bytes, html)).toBe(0);
      expect([headers.get('content-type'), headers.get('content-disposition')]).toEqual([
        'application/octet-stream',
        "attachment; filename*=UTF-8''Report%20%E2%80%9C1%E2%80%9D.html",
      ]);
    },
  );

  test('[MEDIA-1] a video as large as may be is streamed through', { timeout: 240_000 }, async () => {
    const { ada, chatId } = await makeDirectChat(harness.url);
    const film = readClip('film.mp4');
    // Frames of no track: they go, so the last byte proves that the whole file was patched.
    const filler = Buffer.alloc(maxVideoBytes - film.length, 'secret');
    filler.writeUInt32BE(filler.length, 0);
    filler.write('mdat', 4);
    const bytes = new Uint8Array(Buffer.concat([film, filler]));
    const media = await uploadBytes(ada, chatId, bytes, 'video/mp4');
    expect(media).toMatchObject({ byte_size: maxVideoBytes, width: 64 });
    const stored = Buffer.from((await download((await link(ada, media.id)).url)).bytes);
    expect(stored).toHaveLength(maxVideoBytes);
    expect(stored.includes('secret')).toBe(false);
  });

  test('[MEDIA-1] completed again, or by several calls at once, it is the same medium', async () => {
    const { ada, chatId } = await makeDirectChat(harness.url);
    for (const [bytes, type] of [
      [readImage('phone-orientation-6.jpg'), 'image/jpeg'],
      [readClip('film.webm'), 'video/webm'],
    ] as const) {
      const upload = await reserveUpload(ada, chatId, bytes, type);
      expect(await putUpload(upload, bytes)).toBe(200);
      const answers = await Promise.all(Array.from({ length: 5 }, () => completeUpload(ada, upload)));
      answers.push(await completeUpload(ada, upload));
      for (const answer of answers) expect(answer).toEqual({ status: 200, headers: expect.anything(), body: answers[0]?.body });
      const { media } = v.parse(mediaAnswer, answers[0]?.body);
      expect((await bucket.keysOf(chatId)).filter((key) => key.includes(media.id))).toEqual(
        media.has_thumbnail ? [originalKey(chatId, media.id), thumbnailKey(chatId, media.id)] : [originalKey(chatId, media.id)],
      );
      const stored = (await download((await link(ada, media.id)).url)).bytes;
      expect(stored).toHaveLength(media.byte_size);
    }
  });

  test('[MEDIA-1] before anything has come it is not ready, and can be completed later', async () => {
    const { ada, chatId } = await makeDirectChat(harness.url);
    const bytes = readImage('palette.png');
    const upload = await reserveUpload(ada, chatId, bytes, 'image/png');
    expect(await completeUpload(ada, upload)).toMatchObject({ status: 422, body: { code: 'media_not_ready' } });
    const early = { id: randomUUID(), message_type: 'image', media_id: upload.media_id };
    expect(await ada.call('POST', `/api/chats/${chatId}/messages`, early)).toMatchObject({
      status: 422,
      body: { code: 'media_not_ready' },
    });
    expect(await ada.call('GET', `/api/media/${upload.media_id}`)).toMatchObject({ status: 404 });
    await putUpload(upload, bytes);
    expect(await ada.call('POST', `/api/chats/${chatId}/messages`, early)).toMatchObject({
      status: 422,
      body: { code: 'media_not_ready' },
    });
    expect(await completeUpload(ada, upload)).toMatchObject({ status: 200 });
    expect(await ada.call('POST', `/api/chats/${chatId}/messages`, early)).toMatchObject({ status: 201 });
  });

  test('[MEDIA-3] nobody but its uploader completes it, and nobody announces one for a chat they are not in', async () => {
    const { ada, ben, chatId } = await makeDirectChat(harness.url);
    const eve = await signUp(harness.url, 'eve');
    const bytes = readImage('palette.png');
    const upload = await reserveUpload(ada, chatId, bytes, 'image/png');
    await putUpload(upload, bytes);
    const notFound = { status: 404, body: { code: 'not_found' } };
    for (const person of [ben, eve]) expect(await completeUpload(person, upload)).toMatchObject(notFound);
    expect(await ada.call('POST', `/api/media/${randomUUID()}/complete`)).toMatchObject(notFound);
    expect(await ada.call('POST', '/api/media/nothing/complete')).toMatchObject(notFound);
    for (const id of [chatId, randomUUID()]) {
      const body = { chat_id: id, mime_type: 'image/png', byte_size: 100 };
      expect(await eve.call('POST', '/api/media', body)).toMatchObject(notFound);
    }
    expect(await completeUpload(ada, upload)).toMatchObject({ status: 200 });
  });

  test('[MEDIA-1] an announcement that does not validate is refused, naming the path', async () => {
    const { ada, chatId } = await makeDirectChat(harness.url);
    const image = await uploadImage(ada, chatId);
    const good = { chat_id: chatId, mime_type: 'video/mp4', byte_size: 1_000 };
    for (const [wrong, path] of [
      [{ chat_id: 'x' }, 'chat_id'],
      [{ mime_type: undefined }, 'mime_type'],
      [{ mime_type: 'video' }, 'mime_type'],
      [{ mime_type: 'video/mp4\r\nx: y' }, 'mime_type'],
      [{ mime_type: `video/${'x'.repeat(300)}` }, 'mime_type'],
      [{ byte_size: 0 }, 'byte_size'],
      [{ byte_size: -1 }, 'byte_size'],
      [{ byte_size: 1.5 }, 'byte_size'],
      [{ byte_size: '1000' }, 'byte_size'],
      [{ view_once: 'true' }, 'view_once'],
      [{ file_name: 7 }, 'file_name'],
      [{ file_name: 'x'.repeat(2_000) }, 'file_name'],
      [{ duration_ms: -1 }, 'duration_ms'],
      [{ duration_ms: 61_001 }, 'duration_ms'],
      [{ poster_media_id: 'x' }, 'poster_media_id'],
      [{ poster_media_id: randomUUID() }, 'poster_media_id'],
      [{ poster_media_id: image.id, mime_type: 'audio/mp4' }, 'poster_media_id'],
      [{ poster_media_id: image.id, view_once: true }, 'poster_media_id'],
    ] as const) {
      const answer = await ada.call('POST', '/api/media', { ...good, ...wrong });
      expect(answer, JSON.stringify(wrong)).toMatchObject({ status: 422, body: { code: 'invalid', errors: [{ path }] } });
    }
    for (const [mime_type, byte_size] of [
      ['image/png', maxImageBytes + 1],
      ['video/webm', maxVideoBytes + 1],
      ['application/zip', maxFileBytes + 1],
    ] as const) {
      expect(await ada.call('POST', '/api/media', { ...good, mime_type, byte_size })).toMatchObject({
        status: 413,
        body: { code: 'too_large' },
      });
    }
    expect(await bucket.keysOf(chatId)).toEqual([originalKey(chatId, image.id), thumbnailKey(chatId, image.id)]);
    expect(await roomRows(chatId, 'SELECT id FROM media')).toEqual([{ id: image.id }]);
  });

  test.each([
    ['video/mp4;codecs="avc1.42E01E, mp4a.40.2"', 'fragmented.mp4', 'video/mp4'],
    ['audio/x-m4a', 'sound.m4a', 'audio/mp4'],
    ['Audio/WebM; codecs=opus', 'voice.webm', 'audio/webm'],
  ] as const)('[MEDIA-1] %s is what browsers call it', async (told, name, type) => {
    const { ada, chatId } = await makeDirectChat(harness.url);
    expect(await uploadBytes(ada, chatId, readClip(name), told)).toMatchObject({ mime_type: type });
  });
});

describe('a video’s poster', () => {
  test('[MEDIA-2] gives the video its thumbnail and placeholder, and is gone itself', async () => {
    const { ada, ben, chatId } = await makeDirectChat(harness.url);
    const poster = await uploadImage(ada, chatId, 'phone-orientation-6.jpg');
    const shown = (await download((await link(ada, poster.id)).thumbnail_url ?? '')).bytes;
    const media = await uploadBytes(ada, chatId, readClip('film.webm'), 'video/webm', { poster_media_id: poster.id });
    expect(media).toMatchObject({ has_thumbnail: true, placeholder: poster.placeholder });
    await send(ada, chatId, media);
    const { thumbnail_url } = await link(ben, media.id);
    const thumbnail = await download(thumbnail_url ?? '');
    expect(Buffer.compare(thumbnail.bytes, shown)).toBe(0);
    expect(thumbnail.headers.get('content-type')).toBe('image/jpeg');
    const kept = [originalKey(chatId, media.id), thumbnailKey(chatId, media.id)];
    await until('the poster to be gone', async () => JSON.stringify(await bucket.keysOf(chatId)) === JSON.stringify(kept));
    expect(await ada.call('GET', `/api/media/${poster.id}`)).toMatchObject({ status: 404 });
    const late = { id: randomUUID(), message_type: 'image', media_id: poster.id };
    expect((await ada.call('POST', `/api/chats/${chatId}/messages`, late)).status).toBeGreaterThanOrEqual(404);
  });

  test('[MEDIA-2] is an image of one’s own, without a message, and with a thumbnail', async () => {
    const { ada, ben, chatId } = await makeDirectChat(harness.url);
    const sent = await uploadImage(ada, chatId);
    await send(ada, chatId, sent);
    const once = await uploadBytes(ada, chatId, readImage('palette.png'), 'image/png', { view_once: true });
    const film = await uploadBytes(ada, chatId, readClip('voice.webm'), 'audio/webm');
    const foreign = await uploadImage(ben, chatId);
    for (const { id } of [sent, once, film, foreign]) {
      const body = { chat_id: chatId, mime_type: 'video/webm', byte_size: 10, poster_media_id: id };
      expect(await ada.call('POST', '/api/media', body)).toMatchObject({ status: 422, body: { errors: [{ path: 'poster_media_id' }] } });
    }
  });

  test('[MEDIA-2] sent by itself meanwhile, it stays, and the video goes without', async () => {
    const { ada, chatId } = await makeDirectChat(harness.url);
    const poster = await uploadImage(ada, chatId);
    const bytes = readClip('film.webm');
    const upload = await reserveUpload(ada, chatId, bytes, 'video/webm', { poster_media_id: poster.id });
    await putUpload(upload, bytes);
    await send(ada, chatId, poster);
    expect(await completeUpload(ada, upload)).toMatchObject({ status: 200, body: { media: { has_thumbnail: false, placeholder: null } } });
    expect(await ada.call('GET', `/api/media/${poster.id}`)).toMatchObject({ status: 200 });
  });
});

describe('view-once media of every type', () => {
  const kinds: readonly [type: string, mime: string, bytes: Uint8Array<ArrayBuffer>][] = [
    ['image', 'image/jpeg', readImage('phone-orientation-6.jpg')],
    ['video', 'video/mp4', readClip('fragmented.mp4')],
    ['audio', 'audio/ogg', readClip('vorbis.ogg')],
    ['file', 'application/pdf', new Uint8Array(randomBytes(40_000))],
  ];

  test.each(kinds)(
    '[ONCE-1] [ONCE-2] [ONCE-6] %s: sealed for all, then its bytes for one session, whole or in parts',
    async (type, mime, bytes) => {
      const { ada, ben, chatId } = await makeDirectChat(harness.url);
      const media = await uploadBytes(ada, chatId, bytes, mime, { view_once: true, file_name: 'secret plan.pdf' });
      expect(media).toMatchObject({ has_thumbnail: false, placeholder: null });
      expect(await bucket.keysOf(chatId)).toEqual([originalKey(chatId, media.id)]);
      const [sender, reader, other] = [ada, ben, ben].map((person) => connectRoom(harness.url, person.accessToken, chatId));
      onTestFinished(async () => void (await Promise.all([sender?.close(), reader?.close(), other?.close()])));
      await Promise.all([sender?.waitForType('welcome'), reader?.waitForType('welcome'), other?.waitForType('welcome')]);
      if (sender === undefined || reader === undefined || other === undefined) throw new Error('No socket');
      const id = randomUUID();
      sender.send({
        type: 'send_message',
        id,
        message_type: type === 'file' ? 'file' : (type as 'image'),
        media_id: media.id,
        view_once: true,
      });
      const { message } = await reader.waitForType('new_message');
      expect(message.content).toBeNull();
      expect(message.media).toEqual({ ...media, file_name: null });
      expect(await ada.call('GET', `/api/media/${media.id}`)).toMatchObject({ status: 404 });
      expect(v.parse(linkedMediaListAnswer, (await ben.call('GET', `/api/media?ids=${media.id}`)).body).media).toEqual([]);

      reader.send({ type: 'open_message', id });
      const opened = await reader.waitForType('message_opened');
      expect(opened.media).toMatchObject({ file_name: type === 'file' ? 'secret plan.pdf' : null, mime_type: mime });
      const leaseMs = opened.lease_expires_at - Date.now();
      const expectedMs = type === 'audio' || type === 'video' ? 120_000 + (media.duration_ms ?? 0) : 60_000;
      expect(Math.abs(leaseMs - expectedMs)).toBeLessThan(5_000);
      const fetchBytes = (person: Person, range?: string) =>
        fetch(harness.url + (opened.media?.url ?? ''), {
          headers: { authorization: `Bearer ${person.accessToken}`, ...(range === undefined ? {} : { range }) },
        });
      const foreign = await fetchBytes(ada, 'bytes=0-3');
      expect([foreign.status, foreign.headers.get('content-range')]).toEqual([404, null]);
      await foreign.text();

      const whole = await fetchBytes(ben);
      expect([whole.status, whole.headers.get('content-length'), whole.headers.get('cache-control')]).toEqual([
        200,
        String(media.byte_size),
        'no-store',
      ]);
      expect(whole.headers.get('content-disposition')).toBe(type === 'file' ? "attachment; filename*=UTF-8''secret%20plan.pdf" : 'inline');
      expect(whole.headers.get('content-type')).toBe(type === 'file' ? 'application/octet-stream' : mime);
      const all = await whole.bytes();
      const part = await fetchBytes(ben, 'bytes=100-299');
      expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 100-299/${media.byte_size}`]);
      expect(Buffer.compare(await part.bytes(), all.subarray(100, 300))).toBe(0);

      reader.send({ type: 'mark_viewed', message_id: id });
      const erased = await sender.waitForType('message_erased');
      expect(erased.message_id).toBe(id);
      expect(await bucket.keysOf(chatId)).toEqual([]);
      const late = await fetchBytes(ben);
      expect([404, 410]).toContain(late.status);
      await late.text();
    },
  );

  test('[ONCE-6] what was uploaded for one kind of message is of no use in the other', async () => {
    const { ada, chatId } = await makeDirectChat(harness.url);
    const once = await uploadBytes(ada, chatId, readClip('film.webm'), 'video/webm', { view_once: true });
    const open = await uploadBytes(ada, chatId, readClip('film.webm'), 'video/webm');
    for (const [media, view_once] of [
      [once, false],
      [open, true],
    ] as const) {
      const message = { id: randomUUID(), message_type: 'video', media_id: media.id, view_once };
      expect(await ada.call('POST', `/api/chats/${chatId}/messages`, message)).toMatchObject({
        status: 422,
        body: { code: 'invalid', errors: [{ path: 'view_once' }] },
      });
    }
  });
});

describe('erasing uploads', () => {
  test('[EXP-5] after the end of their messages nothing is left of clips, files and posters', async () => {
    const { ada, chatId } = await makeGroup(harness.url, null);
    const poster = await uploadImage(ada, chatId);
    const uploads = await Promise.all([
      uploadBytes(ada, chatId, readClip('film.webm'), 'video/webm', { poster_media_id: poster.id }),
      uploadBytes(ada, chatId, readClip('sound.ogg'), 'audio/ogg'),
      uploadBytes(ada, chatId, html, 'text/html', { file_name: 'a.html' }),
    ]);
    for (const media of uploads) await send(ada, chatId, media, { expires_in_seconds: 2 });
    expect((await bucket.keysOf(chatId)).length).toBeGreaterThanOrEqual(4);
    await until('the bytes to be gone', async () => (await bucket.keysOf(chatId)).length === 0, 20_000);
    await until('the rows to be gone', async () => (await roomRows(chatId, 'SELECT id FROM media')).length === 0);
    for (const { id } of uploads) expect(await ada.call('GET', `/api/media/${id}`)).toMatchObject({ status: 404 });
  });

  test('[EXP-5] [SYNC-2] that the bytes are gone is told to their sender alone, when they come back too', async () => {
    const { ada, ben, chatId } = await makeDirectChat(harness.url);
    const open = async (person: Person, position?: RoomPosition) => {
      const socket = connectRoom(harness.url, person.accessToken, chatId, position);
      onTestFinished(async () => void (await socket.close()));
      return { socket, welcome: await socket.waitForType('welcome') };
    };
    const [sender, reader] = [await open(ada), await open(ben)];
    const id = await send(ada, chatId, await uploadImage(ada, chatId), { expires_in_seconds: 1 });
    const { rev } = await reader.socket.waitForType('message_expired');
    if (rev === undefined) throw new Error('It ended for some only');
    const { erased_at } = await sender.socket.waitForType('message_erased');
    const { epoch } = reader.welcome;
    const again = await open(ben, { epoch, rev });
    expect(again.welcome).toMatchObject({ reset: false, messages: [] });
    expect(again.welcome.rev).toBeGreaterThan(rev);
    expect((await open(ada, { epoch, rev })).welcome).toMatchObject({ reset: false, messages: [{ id, erased_at }] });
    // Who was away for longer is told that it has ended.
    expect((await open(ben, { epoch, rev: rev - 1 })).welcome.messages).toMatchObject([{ id, deleted_reason: 'expired' }]);
  });

  test('[MEDIA-3] an upload that nobody completed is gone after an hour', async () => {
    const { ada, chatId } = await makeDirectChat(harness.url);
    const bytes = readImage('palette.png');
    const [unsent, uncompleted] = [
      await uploadBytes(ada, chatId, bytes, 'image/png'),
      await reserveUpload(ada, chatId, bytes, 'image/png'),
    ];
    await putUpload(uncompleted, bytes);
    expect(await bucket.keysOf(chatId)).toEqual([
      originalKey(chatId, unsent.id),
      thumbnailKey(chatId, unsent.id),
      uploadKey(chatId, uncompleted.media_id),
    ]);
    await meddle(chatId, 'UPDATE media SET due = 1 WHERE due IS NOT NULL');
    await until('both to be gone', async () => (await bucket.keysOf(chatId)).length === 0);
    await until('their rows to be gone', async () => (await roomRows(chatId, 'SELECT id FROM media')).length === 0);
    expect(await completeUpload(ada, uncompleted)).toMatchObject({ status: 404 });
  });

  test('[MEDIA-1] [EXP-5] what comes by a URL after its upload was refused, or its message is over, goes when the URL has ended', async () => {
    const { ada, chatId } = await makeDirectChat(harness.url);
    const bytes = readImage('palette.png');
    const refused = await reserveUpload(ada, chatId, bytes, 'image/jpeg');
    await putUpload(refused, bytes);
    expect(await completeUpload(ada, refused)).toMatchObject({ status: 422 });
    const over = await reserveUpload(ada, chatId, bytes, 'image/png');
    await putUpload(over, bytes);
    const { media } = v.parse(mediaAnswer, (await completeUpload(ada, over)).body);
    await send(ada, chatId, media, { expires_in_seconds: 1 });
    await until('both to be gone', async () => (await bucket.keysOf(chatId)).length === 0, 20_000);
    await until('their rows to be gone', async () => (await roomRows(chatId, 'SELECT id FROM media')).length === 0);
    for (const upload of [refused, over]) expect(await putUpload(upload, bytes)).toBe(200);
    for (const { media_id } of [refused, over]) expect(await ada.call('GET', `/api/media/${media_id}`)).toMatchObject({ status: 404 });
    await meddle(chatId, "UPDATE jobs SET due = 1 WHERE kind = 'erase_upload'");
    await until('quarantine to be empty', async () => (await bucket.keysOf(chatId)).length === 0);
    await until('the jobs to be done', async () => (await roomRows(chatId, 'SELECT key FROM jobs')).length === 0);
  });

  test('[MEDIA-1] an upload completed long after its URL has ended leaves quarantine', async () => {
    const { ada, chatId } = await makeDirectChat(harness.url);
    const bytes = readImage('palette.png');
    const upload = await reserveUpload(ada, chatId, bytes, 'image/png');
    await putUpload(upload, bytes);
    await meddle(chatId, 'UPDATE media SET due = due - 40 * 60 * 1000');
    expect(await completeUpload(ada, upload)).toMatchObject({ status: 200 });
    await until(
      'the room’s deletion',
      async () => (await roomRows(chatId, "SELECT key FROM jobs WHERE kind = 'erase_upload'")).length === 0,
    );
    expect(await bucket.keysOf(chatId)).toEqual([originalKey(chatId, upload.media_id), thumbnailKey(chatId, upload.media_id)]);
  });

  test('[MEDIA-1] what comes by a URL after its upload was completed is seen by nobody, and erased when the URL has ended', async () => {
    const { ada, chatId } = await makeDirectChat(harness.url);
    const bytes = readImage('palette.png');
    const upload = await reserveUpload(ada, chatId, bytes, 'image/png');
    await putUpload(upload, bytes);
    const completed = await completeUpload(ada, upload);
    const before = (await download((await link(ada, upload.media_id)).url)).bytes;
    // The key is free again, and the URL still good.
    expect(await putUpload(upload, new Uint8Array(bytes).fill(7))).toBe(200);
    expect(await completeUpload(ada, upload)).toMatchObject({ status: 200, body: completed.body });
    expect(Buffer.compare((await download((await link(ada, upload.media_id)).url)).bytes, before)).toBe(0);
    const [job] = await roomRows(chatId, "SELECT due FROM jobs WHERE kind = 'erase_upload'");
    // What began to be sent in its last second must be there by then.
    expect(Number(job?.due)).toBeGreaterThan(upload.upload.expires_at + 10 * 60_000);
    expect(Number(job?.due)).toBeLessThan(upload.upload.expires_at + 20 * 60_000);
    await meddle(chatId, "UPDATE jobs SET due = 1 WHERE kind = 'erase_upload'");
    await until('quarantine to be empty', async () => !(await bucket.keysOf(chatId)).includes(uploadKey(chatId, upload.media_id)));
    expect(await bucket.keysOf(chatId)).toEqual([originalKey(chatId, upload.media_id), thumbnailKey(chatId, upload.media_id)]);
  });
});
