import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { originalKey, thumbnailKey } from '../../src/media/keys';
import type { Media, Message } from '../../src/protocol/models';
import { framesAnswer, messagesAnswer } from '../../src/protocol/rest';
import { Bucket } from '../support/bucket';
import { type ChatOfTwo, makeGroup } from '../support/chats';
import { readClip } from '../support/clips';
import { readImage } from '../support/images';
import { completeUpload, putUpload, reserveUpload, uploadBytes, uploadImage } from '../support/media';
import type { Person } from '../support/people';
import { until } from '../support/poll';
import { seededRandom } from '../support/random';
import { TestServer } from '../support/server';
import { editRooms, readDirectory } from '../support/state-files';

const timeout = 300_000;
const rounds = 3;
const actors = 4;
const stepsARound = 10;

let server: TestServer;
let bucket: Bucket;
beforeAll(async () => {
  server = await TestServer.start();
  bucket = new Bucket(server.url);
}, timeout);
afterAll(async () => {
  bucket.close();
  await server.close();
});

const samples: readonly (readonly [kind: Message['message_type'], type: string, bytes: Uint8Array<ArrayBuffer>])[] = [
  ['image', 'image/jpeg', readImage('phone-orientation-6.jpg')],
  ['image', 'image/png', readImage('palette.png')],
  ['video', 'video/webm', readClip('film.webm')],
  ['video', 'video/mp4', readClip('fragmented.mp4')],
  ['audio', 'audio/ogg', readClip('vorbis.ogg')],
  ['file', 'application/pdf', new Uint8Array(randomBytes(5_000))],
];

async function history(person: Person, chatId: string): Promise<Message[]> {
  const found: Message[] = [];
  for (let before: string | null = ''; before !== null; ) {
    const query: string = before === '' ? '' : `&before=${before}`;
    const answer = await person.call('GET', `/api/users/me/chats/${chatId}/messages?limit=100${query}`);
    const page = v.parse(messagesAnswer, answer.body);
    found.push(...page.messages);
    before = page.next_before;
  }
  return found;
}

/** What somebody might do with media, one thing at a time; the server may die over any of it. */
class Actor {
  readonly #random: ReturnType<typeof seededRandom>;
  readonly #chat: ChatOfTwo;

  constructor(chat: ChatOfTwo, random: ReturnType<typeof seededRandom>) {
    this.#chat = chat;
    this.#random = random;
  }

  async run(steps: number): Promise<void> {
    const acts = [this.send, this.send, this.send, this.#abandon, this.#spoil, this.view, this.delete];
    for (let step = 0; step < steps; step++) {
      await this.#pick(acts)
        .call(this)
        .catch(() => delay(this.#random.between(50, 1_000)));
    }
  }

  #pick<T>(from: readonly T[]): T {
    const picked = from[this.#random.between(0, from.length - 1)];
    if (picked === undefined) throw new Error('Nothing to pick from');
    return picked;
  }

  async send(view_once = this.#pick([true, false, false]), isShort = this.#pick([true, false])): Promise<void> {
    const { chatId } = this.#chat;
    const person = this.#pick([this.#chat.ada, this.#chat.ben]);
    const [kind, type, bytes] = this.#pick(samples);
    const media = await this.#upload(person, kind, type, bytes, view_once);
    const life = isShort ? { expires_in_seconds: this.#random.between(1, 4) } : {};
    await person.call('POST', `/api/chats/${chatId}/messages`, {
      id: randomUUID(),
      message_type: kind,
      media_id: media.id,
      view_once,
      ...life,
    });
  }

  async #upload(person: Person, kind: string, type: string, bytes: Uint8Array<ArrayBuffer>, view_once: boolean): Promise<Media> {
    const { chatId } = this.#chat;
    if (type === 'image/png' && !view_once && this.#pick([true, false])) return uploadImage(person, chatId);
    const poster = kind === 'video' && !view_once && this.#pick([true, false]) ? await uploadImage(person, chatId) : null;
    return uploadBytes(person, chatId, bytes, type, { view_once, ...(poster === null ? {} : { poster_media_id: poster.id }) });
  }

  /** Leaves an upload at some point of its way. */
  async #abandon(): Promise<void> {
    const [, type, bytes] = this.#pick(samples);
    const reserved = await reserveUpload(this.#chat.ada, this.#chat.chatId, bytes, type);
    const steps = this.#random.between(0, 3);
    if (steps > 0) await putUpload(reserved, bytes);
    if (steps > 1) await Promise.all([completeUpload(this.#chat.ada, reserved), completeUpload(this.#chat.ada, reserved)]);
    // The key is free again, and the URL still good.
    if (steps > 2) await putUpload(reserved, bytes);
  }

  /** Uploads what is refused. */
  async #spoil(): Promise<void> {
    const [, type, bytes] = this.#pick(samples.filter(([kind]) => kind !== 'file'));
    const half = bytes.slice(0, bytes.length >> 1);
    const reserved = await reserveUpload(this.#chat.ada, this.#chat.chatId, half, type);
    await putUpload(reserved, half);
    await completeUpload(this.#chat.ada, reserved);
  }

  async view(): Promise<void> {
    const { ada, ben, chatId } = this.#chat;
    const messages = (await history(ben, chatId)).filter((message) => message.view_once && message.deleted_at === null);
    const message = this.#pick(messages);
    const reader = message.sender_id === ada.id ? ben : ada;
    const opened = await reader.call('POST', `/api/chats/${chatId}/frames`, [{ type: 'open_message', id: message.id }]);
    const { answers } = v.parse(framesAnswer, opened.body);
    const url = v.parse(v.object({ media: v.object({ url: v.string() }) }), answers[0]).media.url;
    const got = await fetch(server.url + url, { headers: { authorization: `Bearer ${reader.accessToken}` } });
    await got.arrayBuffer();
    if (this.#pick([true, false])) await reader.call('POST', `/api/chats/${chatId}/messages/${message.id}/viewed`);
  }

  async delete(): Promise<void> {
    const { ada, chatId } = this.#chat;
    const messages = (await history(ada, chatId)).filter((message) => message.media !== null && message.deleted_at === null);
    await ada.call('DELETE', `/api/chats/${chatId}/messages/${this.#pick(messages).id}`);
  }
}

test('[EXP-5] [MEDIA-3] after uploads, sends, views, ends, deletions and kills at random, the bucket holds what live messages own', {
  timeout,
}, async () => {
  const random = seededRandom();
  const chat = await makeGroup(server.url, 3_600);
  const { ada, chatId } = chat;
  for (let round = 0; round < rounds; round++) {
    const running = Array.from({ length: actors }, () => new Actor(chat, random).run(stepsARound));
    await delay(random.between(500, 6_000));
    await server.restart();
    await Promise.all(running);
  }
  // Something of every kind has happened now, or this would prove little.
  const last = new Actor(chat, random);
  for (let count = 0; count < 8; count++) await last.send();
  for (const act of [last.view, last.delete])
    await until('it to succeed', () =>
      act.call(last).then(
        () => true,
        () => false,
      ),
    );

  // An hour later nobody has sent the other uploads, and every URL has ended.
  await server.kill();
  editRooms(server, "UPDATE media SET due = 1 WHERE due IS NOT NULL; UPDATE jobs SET due = 1 WHERE kind = 'erase_upload'");
  await server.restart();
  await until(
    'the short ones to end',
    async () => (await history(ada, chatId)).every(({ expires_at }) => expires_at === null || expires_at > Date.now() + 60_000),
    30_000,
  );
  const live = (await history(ada, chatId)).flatMap(({ media, view_once }) => (media === null ? [] : [{ ...media, view_once }]));
  const owned = live.flatMap(({ id, has_thumbnail }) =>
    has_thumbnail ? [originalKey(chatId, id), thumbnailKey(chatId, id)] : [originalKey(chatId, id)],
  );
  expect(owned.length).toBeGreaterThan(0);
  await until('the rest to be gone', async () => JSON.stringify(await bucket.keysOf(chatId)) === JSON.stringify(owned.sort()), 60_000);
  const places = () => readDirectory(server, `SELECT id FROM media WHERE chat_room_id = '${chatId}' ORDER BY id`).map(({ id }) => id);
  await until(
    'the directory to forget the rest',
    () => JSON.stringify(places()) === JSON.stringify(live.map(({ id }) => id).sort()),
    30_000,
  );
  for (const { id, view_once } of live) expect((await ada.call('GET', `/api/media/${id}`)).status).toBe(view_once ? 404 : 200);
});
