import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Media } from '../../src/protocol/models';
import { Room } from '../../web/conversation/room';
import { createWire } from '../../web/wire';
import { Rest } from '../../web/wire/rest';
import { TokenKeeper } from '../../web/wire/token-keeper';
import type { Upload } from '../../web/wire/upload';
import { WireProblem } from '../../web/wire/wire-problem';
import { adaId, boId, chatId, messageOf, welcomeOf } from './web-models';
import { FakePlatform, settle, testId } from './web-platform';

const media: Media = {
  id: testId(700),
  mime_type: 'image/jpeg',
  byte_size: 3,
  width: 40,
  height: 30,
  duration_ms: null,
  file_name: null,
  placeholder: null,
  has_thumbnail: true,
};
const picture = { blob: new Blob(['jpg']), width: 40, height: 30 };

describe('a conversation', () => {
  let platform: FakePlatform;
  let room: Room;
  let uploads: { readonly upload: Upload; finish(media: Media): void; fail(error: unknown): void }[];

  beforeEach(async () => {
    platform = new FakePlatform();
    const tokens = new TokenKeeper(platform, { lost() {}, userChanged() {} });
    tokens.adopt('a.token', 900);
    const wire = createWire(platform, tokens, new Rest(platform, tokens));
    uploads = [];
    vi.spyOn(wire.uploader, 'upload').mockImplementation((upload) => new Promise((finish, fail) => uploads.push({ upload, finish, fail })));
    room = new Room(wire, chatId, adaId);
    room.enter();
    await settle();
  });

  const seen = () => room.lines.value.map(({ text, type, state }) => [text ?? type, state.kind]);
  const sent = () => platform.last.sent.map((frame) => JSON.parse(frame));
  const accept = (id: string, seq: number, expiresAt: number | null = null) =>
    platform.last.deliver({
      type: 'message_accepted',
      id,
      seq,
      created_at: platform.now(),
      expires_at: expiresAt,
      expires_in_seconds: expiresAt === null ? null : 10,
      expire_mode: 'after_send',
    });

  it('[SEND-1] [SEND-2] a line is there at once, waits, is accepted, and is one line when its broadcast comes', () => {
    platform.last.deliver(welcomeOf(1, { reset: true }));
    room.sendText('Hello');
    expect(seen()).toEqual([['Hello', 'waiting']]);
    const [{ id }] = sent();
    accept(id, 1);
    expect(seen()).toEqual([['Hello', 'accepted']]);
    platform.last.deliver({ type: 'new_message', rev: 2, message: messageOf(1, { id, sender_id: adaId, content: 'Hello' }) });
    expect(seen()).toEqual([['Hello', 'accepted']]);
  });

  it('[SEND-2] a refused line says so and can be sent again under its id, or taken back', () => {
    platform.last.deliver(welcomeOf(1, { reset: true }));
    room.sendText('Hello');
    const [{ id }] = sent();
    platform.last.deliver({ type: 'error', code: 'forbidden', detail: '', ref: id });
    expect(seen()).toEqual([['Hello', 'failed']]);
    room.retry(id);
    expect(seen()).toEqual([['Hello', 'waiting']]);
    expect(sent().map((frame) => frame.id)).toEqual([id, id]);
    room.discard(id);
    expect(seen()).toEqual([]);
  });

  it('[SYNC-2] a reset keeps what is on its way and loses what the room no longer tells', async () => {
    platform.last.deliver(welcomeOf(5, { reset: true, messages: [messageOf(1), messageOf(2)] }));
    room.sendText('Hello');
    platform.last.closeWith(1006);
    await platform.pass(5_000);
    platform.last.deliver(welcomeOf(1, { epoch: 'second', reset: true, messages: [messageOf(9)] }));
    expect(seen()).toEqual([
      ['Line 9', 'accepted'],
      ['Hello', 'waiting'],
    ]);
    expect(sent()).toHaveLength(1);
  });

  it('[EXP-1] a choice "disappears after" goes with the line, and the line goes at that millisecond', async () => {
    platform.last.deliver(welcomeOf(1, { reset: true }));
    room.expiresInSeconds.value = 10;
    room.sendText('Brief');
    const [frame] = sent();
    expect(frame).toMatchObject({ expires_in_seconds: 10, expire_mode: 'after_send' });
    accept(frame.id, 1, platform.now() + 10_000);
    await platform.pass(9_999);
    expect(seen()).toEqual([['Brief', 'accepted']]);
    await platform.pass(1);
    expect(seen()).toEqual([]);
  });

  it('[EXP-3] ends by the server’s clock, however wrong this one is', async () => {
    const ahead = platform.now() + 3_600_000;
    platform.last.deliver(welcomeOf(1, { reset: true, server_time: ahead, messages: [messageOf(1, { expires_at: ahead + 5_000 })] }));
    await platform.pass(4_999);
    expect(seen()).toHaveLength(1);
    await platform.pass(1);
    expect(seen()).toEqual([]);
  });

  it('[EXP-3] what ended while the page slept is gone when it wakes', () => {
    platform.last.deliver(welcomeOf(1, { reset: true, messages: [messageOf(1, { expires_at: platform.now() + 5_000 })] }));
    const past = platform.now() + 6_000;
    platform.now = () => past;
    platform.wake();
    return vi.waitFor(async () => {
      await platform.pass(0);
      expect(seen()).toEqual([]);
    });
  });

  it('[SEND-5] a picture is uploaded, then sent with its medium; its memory is freed when it ends', async () => {
    const revoked = vi.spyOn(URL, 'revokeObjectURL');
    platform.last.deliver(welcomeOf(1, { reset: true }));
    room.sendPicture(picture, 'A boat');
    expect(seen()).toEqual([['A boat', 'uploading']]);
    expect(sent()).toEqual([]);
    uploads[0]?.finish(media);
    await settle();
    const [frame] = sent();
    expect(frame).toMatchObject({ message_type: 'image', media_id: media.id, content: 'A boat' });
    accept(frame.id, 1, platform.now() + 10_000);
    const url = room.pictures.get(frame.id)?.url;
    expect(url).toMatch(/^blob:/);
    await platform.pass(10_000);
    expect(revoked).toHaveBeenCalledWith(url);
    expect(room.pictures.get(frame.id)).toBeUndefined();
  });

  it('a failed upload can be tried again, and one under way can be taken back', async () => {
    platform.last.deliver(welcomeOf(1, { reset: true }));
    room.sendPicture(picture, '');
    uploads[0]?.fail(new WireProblem('offline', ''));
    await settle();
    expect(seen()).toEqual([['image', 'failed']]);
    const [line] = room.lines.value;
    room.retry(line?.id ?? '');
    expect(uploads).toHaveLength(2);
    expect(seen()).toEqual([['image', 'uploading']]);
    room.discard(line?.id ?? '');
    expect(uploads[1]?.upload.signal.aborted).toBe(true);
    expect(seen()).toEqual([]);
  });

  it('[SYNC-4] leaving a chat does not lose a line on its way', async () => {
    platform.last.deliver(welcomeOf(1, { reset: true }));
    room.sendText('Hello');
    const [{ id }] = sent();
    room.leave();
    expect(platform.last.isClosed).toBe(false);
    platform.last.closeWith(1006);
    await platform.pass(5_000);
    platform.last.deliver(welcomeOf(1));
    expect(sent()).toHaveLength(1);
    accept(id, 1);
    expect(platform.last.isClosed).toBe(true);
  });

  it('[LIVE-1] shows who types until they stop, send or run out', async () => {
    platform.last.deliver(welcomeOf(1, { reset: true }));
    const typing = () => [...room.typists.value.keys()];
    const start = (userId: string) => platform.last.deliver({ type: 'user_typing', user_id: userId, expires_at: platform.now() + 5_000 });
    start(adaId);
    expect(typing()).toEqual([]);
    start(boId);
    expect(typing()).toEqual([boId]);
    platform.last.deliver({ type: 'new_message', rev: 2, message: messageOf(1) });
    expect(typing()).toEqual([]);
    start(boId);
    await platform.pass(5_000);
    expect(typing()).toEqual([]);
  });
});
