import { randomBytes, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { deflate, deflateSync } from 'node:zlib';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Env } from '../../src/config';
import { bytesOfU32be, concat, toBytes } from '../../src/media/formats/bytes';
import { originalKey, uploadKey } from '../../src/media/keys';
import { createS3 } from '../../src/media/s3';
import { signUpload } from '../../src/media/signing';
import { uploadUrlSeconds } from '../../src/protocol/limits';
import { chatAnswer, linkedMediaAnswer, mediaAnswer } from '../../src/protocol/rest';
import { Bucket } from '../support/bucket';
import { makeDirectChat } from '../support/chats';
import { type ClipName, clipNames, clips, readClip } from '../support/clips';
import { type Harness, startHarness } from '../support/harness';
import { attack, expectProblem, expectQuietLogs, type Reply } from '../support/hostility';
import {
  find,
  imageNames,
  patched,
  pngChunk,
  readImage,
  typeOf,
  withDamagedPixels,
  withJpegSize,
  withPngSize,
  withWebpSize,
} from '../support/images';
import { putUpload, reserveUpload, type Upload, uploadBytes, uploadImage } from '../support/media';
import { type Person, signUp } from '../support/people';
import { until } from '../support/poll';

/** Stands in whatever an attack sends: nothing may repeat it. */
const mark = `mark${randomBytes(8).toString('hex')}`;

let harness: Harness;
let bucket: Bucket;
let people: readonly [ada: Person, ben: Person];
beforeAll(async () => {
  harness = await startHarness({});
  bucket = new Bucket(harness.url);
  people = await Promise.all([signUp(harness.url, 'ada'), signUp(harness.url, 'ben')]);
});
afterAll(async () => {
  expectQuietLogs(harness, mark);
  bucket.close();
  await harness.close();
});

/** What Ada uploads to a chat of her own with Ben, and what becomes of it. */
class Desk {
  readonly ada: Person;
  readonly ben: Person;
  readonly chatId: string;

  private constructor(ada: Person, ben: Person, chatId: string) {
    this.ada = ada;
    this.ben = ben;
    this.chatId = chatId;
  }

  static async open(): Promise<Desk> {
    const [ada, ben] = people;
    const made = await ada.call('POST', '/api/chats', { is_group: true, name: 'Two', member_ids: [ben.id] });
    return new Desk(ada, ben, v.parse(chatAnswer, made.body).chat.id);
  }

  reserve(bytes: Uint8Array, type: string): Promise<Upload> {
    return reserveUpload(this.ada, this.chatId, bytes, type);
  }

  complete({ media_id }: Upload): Promise<Reply> {
    return attack('POST', `${harness.url}/api/media/${media_id}/complete`, { token: this.ada.accessToken });
  }

  async upload(bytes: Uint8Array<ArrayBuffer>, type: string): Promise<{ reserved: Upload; reply: Reply }> {
    const reserved = await this.reserve(bytes, type);
    expect(await putUpload(reserved, bytes)).toBe(200);
    return { reserved, reply: await this.complete(reserved) };
  }

  /** Nothing is left of what was refused, in the bucket, the room and the directory. */
  async expectClean(): Promise<void> {
    await until('the bucket to be clean', async () => (await bucket.keysOf(this.chatId)).length === 0);
    await until('the rows to be gone', async () => (await this.#rows()).length === 0);
  }

  async expectRefused(bytes: Uint8Array<ArrayBuffer>, type: string): Promise<void> {
    const { reserved, reply } = await this.upload(bytes, type);
    expectProblem(reply, [422, 'media_damaged'], mark);
    await this.expectClean();
    // There is no second try with other bytes under the name of the first.
    expectProblem(await this.complete(reserved), [404, 'not_found'], mark);
  }

  /** What a member gets of a medium. */
  async served(mediaId: string): Promise<{ text: string; headers: Headers }> {
    const answer = await this.ada.call('GET', `/api/media/${mediaId}`);
    const { url } = v.parse(linkedMediaAnswer, answer.body).media;
    const got = await fetch(url);
    return { text: Buffer.from(await got.bytes()).toString('latin1'), headers: got.headers };
  }

  /** Rows of the chat's media, in the room and in the directory. */
  async #rows(): Promise<unknown[]> {
    const room = await harness.worker.getDurableObjectStorage('Room', { name: this.chatId });
    const { DIRECTORY } = await harness.server.getWorker<Env>().getEnv();
    const { results } = await DIRECTORY.prepare('SELECT id FROM media WHERE chat_room_id = ?').bind(this.chatId).all();
    return [...(await room.exec("SELECT id FROM media UNION ALL SELECT key FROM jobs WHERE kind = 'erase_media'")), ...results];
  }
}

/** The bytes come to nothing, and nothing stays of them. */
const expectRefused = async (bytes: Uint8Array<ArrayBuffer>, type: string) => (await Desk.open()).expectRefused(bytes, type);

const script = `<script>alert('${mark}')</script>`;
const html = new Uint8Array(Buffer.from(`<!doctype html>${script}`));
const svg = new Uint8Array(Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`));
const fileOf = (parts: Uint8Array[]) => concat(parts);

describe('bombs', () => {
  it.each([
    ['a PNG of 900 megapixels', () => withPngSize(readImage('palette.png'), 30_000, 30_000), 'image/png'],
    ['a PNG of 4 billion pixels a side', () => withPngSize(readImage('palette.png'), 0xffff_ffff, 0xffff_ffff), 'image/png'],
    ['a PNG of one pixel above 25 megapixels', () => withPngSize(readImage('palette.png'), 4_901, 5_101), 'image/png'],
    ['a JPEG of one pixel above 25 megapixels', () => withJpegSize(readImage('progressive.jpg'), 4_901, 5_101), 'image/jpeg'],
    ['a WebP of one pixel above 25 megapixels', () => withWebpSize(readImage('metadata-orientation-6.webp'), 4_901, 5_101), 'image/webp'],
    [
      'a WebP whose header says more than its pixels',
      () => withWebpSize(readImage('metadata-orientation-6.webp'), 2_000, 1_000),
      'image/webp',
    ],
    ['a JPEG of 4,294 megapixels', () => withJpegSize(readImage('progressive.jpg'), 65_535, 65_535), 'image/jpeg'],
    ['a WebP of 268 megapixels', () => withWebpSize(readImage('metadata-orientation-6.webp'), 16_384, 16_384), 'image/webp'],
    ['a PNG whose header says less than its pixels', () => withPngSize(readImage('palette.png'), 2_000, 2_000), 'image/png'],
    [
      'a WebP whose two headers disagree',
      () => {
        const webp = readImage('metadata-orientation-6.webp');
        return patched(webp, Buffer.from(webp).indexOf('VP8X') + 12, 0xff, 0xff, 0, 0xff, 0xff, 0);
      },
      'image/webp',
    ],
  ] as const)('[MEDIA-1] %s is refused from its header', async (_name, make, type) => {
    await expectRefused(make(), type);
  });

  it('[MEDIA-1] pixels that unpack to a gigabyte behind a small header are not unpacked to the end', { timeout: 120_000 }, async () => {
    const png = readImage('palette.png');
    const bomb = pngChunk('IDAT', await promisify(deflate)(Buffer.alloc(1_000_000_000), { level: 1 }));
    const at = find(png, 'IDAT') - 4;
    const desk = await Desk.open();
    const { reserved, reply } = await desk.upload(fileOf([png.subarray(0, at), bomb, pngChunk('IEND', new Uint8Array())]), 'image/png');
    expect([200, 422]).toContain(reply.status);
    if (reply.status === 200) expect((await desk.served(reserved.media_id)).headers.get('content-type')).toBe('image/png');
  });

  it('[MEDIA-1] text that unpacks to 100 MB is left out, not unpacked', async () => {
    const png = readImage('palette.png');
    const bomb = pngChunk('zTXt', concat([toBytes('Comment\0\0'), deflateSync(Buffer.alloc(100_000_000))]));
    const { reply } = await (await Desk.open()).upload(fileOf([png.subarray(0, 33), bomb, png.subarray(33)]), 'image/png');
    expect(reply.status).toBe(200);
    const { media } = v.parse(mediaAnswer, JSON.parse(reply.text));
    expect(media.byte_size).toBeLessThanOrEqual(png.length);
  });

  it('[MEDIA-1] frames and tables that claim more than there is are refused', async () => {
    const film = readClip('turned.mp4');
    const at = Buffer.from(film).indexOf('stsz') + 12;
    await expectRefused(patched(film, at, 0xff, 0xff, 0xff, 0xff), 'video/mp4');
    const nested = fileOf([film, bytesOfU32be(16), toBytes('moof'), bytesOfU32be(8), toBytes('traf')]);
    await expectRefused(nested, 'video/mp4');
  });
});

describe('files that are not what they say', () => {
  it.each(imageNames)('[MEDIA-1] %s cut off or torn is refused', async (name) => {
    const bytes = readImage(name);
    await expectRefused(bytes.slice(0, bytes.length >> 1), typeOf(name));
  });

  it.each(clipNames.filter((name) => !['streamed.webm', 'recorded.webm', 'voice.webm'].includes(name)))(
    '[MEDIA-1] %s cut off is refused',
    async (name: ClipName) => {
      const bytes = readClip(name);
      await expectRefused(bytes.slice(0, Math.floor(bytes.length * 0.6)), clips[name]);
    },
  );

  // Past the first bytes, by which a file is recognized.
  const corrupt = (bytes: Uint8Array) => patched(bytes, 13, ...Array.from({ length: 24 }, (_, at) => (at * 89 + 7) % 256));
  it.each([...imageNames, ...clipNames])('[MEDIA-1] %s with a corrupt beginning is refused', async (name) => {
    const clip = clipNames.find((known) => known === name);
    if (clip !== undefined) await expectRefused(corrupt(readClip(clip)), clips[clip]);
    else for (const image of imageNames) if (image === name) await expectRefused(corrupt(readImage(image)), typeOf(image));
  });

  it('[MEDIA-1] pixels that do not decode are refused', () => expectRefused(withDamagedPixels(readImage('palette.png')), 'image/png'));

  it.each([
    ['HTML as a picture', html, 'image/png'],
    ['SVG as a picture', svg, 'image/png'],
    ['a JPEG as PNG', readImage('gray.jpg'), 'image/png'],
    ['a PNG as video', readImage('palette.png'), 'video/mp4'],
    ['sound as video', readClip('voice.webm'), 'video/webm'],
    ['video as sound', readClip('film.mp4'), 'audio/mp4'],
    ['WebM as MP4', readClip('film.webm'), 'video/mp4'],
    ['HTML as video', html, 'video/webm'],
    ['HTML as sound', html, 'audio/ogg'],
    ['one byte', Uint8Array.of(0), 'image/jpeg'],
  ] as const)('[MEDIA-1] %s is refused', (_name, bytes, type) => expectRefused(new Uint8Array(bytes), type));

  it.each([
    ['a JPEG with a script behind it', () => fileOf([readImage('gray.jpg'), html]), 'image/jpeg'],
    [
      'a JPEG with a script in a comment',
      () => {
        const jpeg = readImage('gray.jpg');
        return fileOf([jpeg.subarray(0, 2), Uint8Array.of(0xff, 0xfe, 0, html.length + 2), html, jpeg.subarray(2)]);
      },
      'image/jpeg',
    ],
    ['a PNG with a zip behind it', () => fileOf([readImage('palette.png'), toBytes(`PK\x03\x04${mark}`)]), 'image/png'],
    [
      'an MP4 with a script between its frames',
      () => fileOf([readClip('film.mp4'), bytesOfU32be(html.length + 8), toBytes('mdat'), html]),
      'video/mp4',
    ],
    [
      'an MP4 with a script in a box',
      () => fileOf([readClip('film.mp4'), bytesOfU32be(html.length + 8), toBytes('free'), html]),
      'video/mp4',
    ],
  ] as const)('[MEDIA-1] %s loses it', async (_name, make, type) => {
    const desk = await Desk.open();
    const { reserved, reply } = await desk.upload(make(), type);
    expect(reply.status).toBe(200);
    const { text, headers } = await desk.served(reserved.media_id);
    expect(text).not.toContain(mark);
    expect(text).not.toContain('PK\x03\x04');
    expect(headers.get('content-type')).toBe(type);
  });

  it.each([
    ['SVG', svg, 'image/svg+xml'],
    ['HTML', html, 'text/html'],
    ['PDF and zip in one', new Uint8Array(Buffer.from(`%PDF-1.7\n${script}\nPK\x03\x04`)), 'application/pdf'],
    ['a script', new Uint8Array(Buffer.from(script)), 'application/javascript'],
  ] as const)('[MEDIA-1] %s as a file is saved, never shown', async (_name, bytes, type) => {
    const desk = await Desk.open();
    const { reserved, reply } = await desk.upload(new Uint8Array(bytes), type);
    expect(reply.status).toBe(200);
    const { headers } = await desk.served(reserved.media_id);
    expect([headers.get('content-type'), headers.get('content-disposition')]).toEqual([
      'application/octet-stream',
      "attachment; filename*=UTF-8''file",
    ]);
  });

  it.each([
    ['../../../etc/passwd', 'passwd'],
    ['a\r\nset-cookie: x.txt', 'aset-cookie_ x.txt'],
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['\u0000', 'file'],
    ['"; filename="x.html', '_; filename=_x.html'],
  ])('[MEDIA-1] the name %j does no harm', async (file_name, clean) => {
    const desk = await Desk.open();
    const media = await uploadBytes(desk.ada, desk.chatId, html, 'text/html', { file_name });
    expect(media.file_name).toBe(clean);
    const { headers } = await desk.served(media.id);
    expect(headers.get('content-disposition')).toBe(`attachment; filename*=UTF-8''${encodeURIComponent(clean)}`);
    expect(headers.get('set-cookie')).toBeNull();
  });
});

describe('an upload’s URL', () => {
  const bytes = readImage('palette.png');

  it('[MEDIA-1] takes the announced size, type and first write, and nothing else', async () => {
    const desk = await Desk.open();
    const reserved = await desk.reserve(bytes, 'image/png');
    const { url, headers } = reserved.upload;
    const otherKey = url.replace(reserved.media_id, randomUUID());
    const longer = new URL(url);
    longer.searchParams.set('X-Amz-Expires', '86400');
    for (const [what, target, init] of [
      ['more bytes', url, { method: 'PUT', headers, body: fileOf([bytes, bytes]) }],
      ['fewer bytes', url, { method: 'PUT', headers, body: bytes.slice(1) }],
      ['no bytes', url, { method: 'PUT', headers, body: new Uint8Array() }],
      ['another type', url, { method: 'PUT', headers: { ...headers, 'content-type': 'text/html' }, body: bytes }],
      ['no type', url, { method: 'PUT', headers: { 'if-none-match': '*' }, body: bytes }],
      ['over what is there', url, { method: 'PUT', headers: { 'content-type': 'image/png' }, body: bytes }],
      ['another key', otherKey, { method: 'PUT', headers, body: bytes }],
      [
        'the final key',
        url.replace(/uploads\/[^?]+/, originalKey(desk.chatId, reserved.media_id)),
        { method: 'PUT', headers, body: bytes },
      ],
      ['a longer life', longer.href, { method: 'PUT', headers, body: bytes }],
      ['reading', url, { headers }],
      ['deleting', url, { method: 'DELETE', headers }],
      ['listing', url.replace(/uploads\/[^?]+/, ''), { headers }],
    ] as const) {
      const answer = await fetch(target, init);
      await answer.text();
      expect(answer.status, what).toBe(403);
    }
    expect(await bucket.keysOf(desk.chatId)).toEqual([]);
    expectProblem(await desk.complete(reserved), [422, 'media_not_ready']);
    expect(await putUpload(reserved, bytes)).toBe(200);
    // Not even the same again.
    expect(await putUpload(reserved, bytes)).toBe(412);
    expect(await putUpload(reserved, new Uint8Array(bytes).fill(7))).toBe(412);
    expect((await desk.complete(reserved)).status).toBe(200);
  });

  it('[MEDIA-1] takes nothing once it has ended', async () => {
    const { S3_SECRET_ACCESS_KEY, S3_ACCESS_KEY_ID, S3_BUCKET, S3_REGION } = await harness.server.getWorker<Env>().getEnv();
    const s3 = createS3({
      endpoint: `${harness.url}/cdn-cgi/local/r2/s3`,
      bucket: S3_BUCKET,
      region: S3_REGION,
      accessKeyId: S3_ACCESS_KEY_ID,
      secretAccessKey: S3_SECRET_ACCESS_KEY,
    });
    const order = { contentType: 'image/png', byteSize: bytes.length };
    const { chatId } = await Desk.open();
    for (const [age, status] of [
      [uploadUrlSeconds - 60, 200],
      [uploadUrlSeconds + 1, 403],
    ] as const) {
      const life = { signedAt: Date.now() - age * 1_000, seconds: uploadUrlSeconds };
      const { url, headers } = await signUpload(s3, uploadKey(chatId, randomUUID()), order, life);
      const answer = await fetch(url, { method: 'PUT', headers, body: bytes });
      await answer.text();
      expect(answer.status).toBe(status);
    }
  });

  it('[MEDIA-1] bytes that come after completing change nothing, not even by completing again', async () => {
    const desk = await Desk.open();
    const reserved = await desk.reserve(bytes, 'image/png');
    await putUpload(reserved, bytes);
    const first = await desk.complete(reserved);
    const before = await desk.served(reserved.media_id);
    expect(await putUpload(reserved, new Uint8Array(bytes).fill(60))).toBe(200);
    expect(await desk.complete(reserved)).toMatchObject({ status: 200, text: first.text });
    expect((await desk.served(reserved.media_id)).text).toBe(before.text);
  });

  it('[MEDIA-1] bytes swapped while several calls complete: what is stored is what was checked', async () => {
    const desk = await Desk.open();
    const picture = readImage('gray.jpg');
    for (let round = 0; round < 8; round++) {
      const reserved = await desk.reserve(picture, 'image/jpeg');
      await putUpload(reserved, picture);
      const evil = new Uint8Array(picture.length);
      evil.set(html.subarray(0, picture.length));
      const [replies] = await Promise.all([
        Promise.all(Array.from({ length: 3 }, () => desk.complete(reserved))),
        Promise.all(Array.from({ length: 3 }, () => putUpload(reserved, evil))),
      ]);
      for (const reply of replies) expect([200, 404, 422]).toContain(reply.status);
      if (!replies.some(({ status }) => status === 200)) continue;
      expect((await desk.served(reserved.media_id)).text).not.toContain(mark);
    }
  });
});

describe('other people’s media', () => {
  it('[MEDIA-3] cannot be completed, linked, sent, or made a poster of', async () => {
    const { ada, ben, chatId } = await Desk.open();
    const eve = await signUp(harness.url, 'eve');
    const media = await uploadImage(ada, chatId);
    const pending = await reserveUpload(ada, chatId, readImage('palette.png'), 'image/png');
    for (const person of [ben, eve]) {
      expect(await person.call('GET', `/api/media/${media.id}`)).toMatchObject({ status: 404 });
      for (const id of [media.id, pending.media_id]) {
        expect(await person.call('POST', `/api/media/${id}/complete`)).toMatchObject({ status: 404, body: { code: 'not_found' } });
      }
      const message = { id: randomUUID(), message_type: 'image', media_id: media.id };
      expect(await person.call('POST', `/api/chats/${chatId}/messages`, message)).toMatchObject({ status: 404 });
    }
    const poster = { chat_id: chatId, mime_type: 'video/mp4', byte_size: 9, poster_media_id: media.id };
    expect(await ben.call('POST', '/api/media', poster)).toMatchObject({ status: 422 });
    // A chat of Ada's own is another chat all the same.
    const other = await makeDirectChat(harness.url);
    const message = { id: randomUUID(), message_type: 'image', media_id: media.id };
    expect(await other.ada.call('POST', `/api/chats/${other.chatId}/messages`, message)).toMatchObject({ status: 404 });
  });

  it('[SEND-5] one medium goes into one message, whatever races', async () => {
    const { ada, chatId } = await Desk.open();
    const media = await uploadImage(ada, chatId);
    const send = () => ada.call('POST', `/api/chats/${chatId}/messages`, { id: randomUUID(), message_type: 'image', media_id: media.id });
    const answers = await Promise.all(Array.from({ length: 10 }, send));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const answer of answers) if (answer.status !== 201) expect(answer).toMatchObject({ status: 409, body: { code: 'media_used' } });
  });
});
