import { beforeEach, describe, expect, it } from 'vitest';
import type { Media } from '../../src/protocol/models';
import { Rest } from '../../web/wire/rest';
import { TokenKeeper } from '../../web/wire/token-keeper';
import { Turns } from '../../web/wire/turns';
import { type Upload, Uploader, type UploadStage } from '../../web/wire/upload';
import { retryUploadAfter } from '../../web/wire/upload-retry';
import { chatId } from './web-models';
import { FakePlatform, settle, testId } from './web-platform';

const stored: Media = {
  id: testId(1),
  mime_type: 'video/webm',
  byte_size: 10,
  width: 40,
  height: 30,
  duration_ms: 1_000,
  file_name: null,
  placeholder: null,
  has_thumbnail: false,
};

describe('an upload', () => {
  let platform: FakePlatform;
  let uploader: Uploader;
  let stages: UploadStage[];
  let aborter: AbortController;
  /** Answers by path, the first that fits; by default everything goes well. */
  let answers: Map<RegExp, () => Response>;

  beforeEach(() => {
    platform = new FakePlatform();
    const tokens = new TokenKeeper(platform, { lost() {}, userChanged() {} });
    tokens.adopt('a.token', 9_000);
    uploader = new Uploader(platform, new Rest(platform, tokens));
    stages = [];
    aborter = new AbortController();
    answers = new Map();
    let reserved = 0;
    platform.answer = (path) => {
      const planned = [...answers].find(([pattern]) => pattern.test(path))?.[1];
      if (planned !== undefined) return planned();
      if (path.endsWith('/complete')) return Response.json({ media: stored });
      reserved++;
      const upload = { method: 'PUT', url: `https://store.test/${reserved}`, headers: { 'content-type': 'video/webm' }, expires_at: 1 };
      return Response.json({ media_id: testId(reserved), upload }, { status: 201 });
    };
  });

  const upload = (change: Partial<Upload> = {}) =>
    uploader.upload({
      chatId,
      blob: new Blob(['0123456789'], { type: 'video/webm' }),
      mimeType: 'video/webm',
      fileName: null,
      durationMs: 1_000.4,
      isOnce: false,
      posterId: null,
      signal: aborter.signal,
      stage: (stage) => stages.push(stage),
      ...change,
    });
  const paths = () => platform.requests.map(({ path }) => path);
  const kinds = () => stages.map(({ kind }) => kind);
  const lastPut = () => {
    const put = platform.puts.at(-1);
    if (put === undefined) throw new Error('Nothing was sent');
    return put;
  };
  const problem = (status: number, code: string) => () =>
    Response.json({ type: 'about:blank', title: code, status, code, detail: code }, { status });

  it('[MEDIA-1] is announced, sent to its URL with the headers given, checked, and tells how far it has got', async () => {
    const done = upload();
    await settle();
    expect(lastPut().request).toMatchObject({ url: 'https://store.test/1', headers: { 'content-type': 'video/webm' } });
    lastPut().request.progress(5);
    lastPut().answer(200);
    expect(await done).toEqual(stored);
    expect(stages).toEqual([
      { kind: 'waiting' },
      { kind: 'uploading', share: 0 },
      { kind: 'uploading', share: 0.5 },
      { kind: 'processing' },
    ]);
    expect(paths()).toEqual(['/api/media', `/api/media/${testId(1)}/complete`]);
  });

  it('[MEDIA-1] cut off on its way, it begins anew with a reservation of its own', async () => {
    const done = upload();
    await settle();
    lastPut().drop();
    await platform.pass(0);
    expect(kinds().at(-1)).toBe('waiting');
    await platform.pass(1_000);
    expect(platform.puts.map(({ request }) => request.url)).toEqual(['https://store.test/1', 'https://store.test/2']);
    lastPut().answer(200);
    await done;
    expect(paths().at(-1)).toBe(`/api/media/${testId(2)}/complete`);
  });

  it('a connection over which nothing moves counts as lost', async () => {
    const done = upload();
    await settle();
    await platform.pass(29_000);
    lastPut().request.progress(3);
    await platform.pass(29_000);
    expect(platform.puts).toHaveLength(1);
    await platform.pass(2_000);
    expect(platform.puts[0]?.request.signal.aborted).toBe(true);
    expect(platform.puts).toHaveLength(2);
    lastPut().answer(412);
    expect(await done).toEqual(stored);
  });

  it('gives up when the store takes nothing time after time', async () => {
    const done = upload();
    const outcome = expect(done).rejects.toMatchObject({ code: 'upload_lost' });
    for (let tries = 0; tries < 5; tries++) {
      await platform.pass(30_000);
      lastPut().answer(tries % 2 === 0 ? 503 : 403);
    }
    await outcome;
    expect(platform.puts).toHaveLength(5);
  });

  it('what arrived and was not answered for is asked about again, not sent again', async () => {
    let asked = 0;
    answers.set(/complete$/, () => {
      if (++asked < 3) throw new TypeError('Failed to fetch');
      return Response.json({ media: stored });
    });
    const done = upload();
    await settle();
    lastPut().answer(200);
    await platform.pass(10_000);
    expect(await done).toEqual(stored);
    expect(platform.puts).toHaveLength(1);
  });

  it('waits without end while RelayHub cannot be reached, and goes on at once when the network comes back', async () => {
    let isOffline = true;
    const { answer } = platform;
    platform.answer = (...call) => {
      if (isOffline) throw new TypeError('Failed to fetch');
      return answer(...call);
    };
    const done = upload();
    await platform.pass(3_600_000);
    expect(kinds().at(-1)).toBe('waiting');
    isOffline = false;
    platform.wake();
    await settle();
    lastPut().answer(200);
    expect(await done).toEqual(stored);
  });

  it.each(['too_large', 'unsupported_media_type', 'forbidden'])('what is refused as %s is not tried again', async (code) => {
    answers.set(/media$/, problem(422, code));
    await expect(upload()).rejects.toMatchObject({ code });
    expect(platform.requests).toHaveLength(1);
  });

  it('[MEDIA-1] bytes found damaged are not sent again', async () => {
    answers.set(/complete$/, problem(422, 'media_damaged'));
    const done = upload();
    await settle();
    lastPut().answer(200);
    await expect(done).rejects.toMatchObject({ code: 'media_damaged' });
    expect(platform.puts).toHaveLength(1);
  });

  it('called off it stops where it is: in the queue, on its way, or between two tries', async () => {
    const others = Array.from({ length: 3 }, () => upload({ signal: new AbortController().signal }));
    const queued = upload();
    const outcome = expect(queued).rejects.toBe('enough');
    await settle();
    expect(platform.puts).toHaveLength(3);
    aborter.abort('enough');
    await outcome;
    for (const put of platform.puts) put.answer(200);
    await Promise.all(others);

    aborter = new AbortController();
    const onItsWay = expect(upload()).rejects.toBe('enough');
    await settle();
    aborter.abort('enough');
    await onItsWay;

    aborter = new AbortController();
    const between = expect(upload()).rejects.toBe('enough');
    await settle();
    lastPut().drop();
    await platform.pass(100);
    aborter.abort('enough');
    await between;
    const sent = platform.puts.length;
    await platform.pass(60_000);
    expect(platform.puts).toHaveLength(sent);
  });

  it('three are on their way at a time, the others in the order they came', async () => {
    const done = Array.from({ length: 5 }, () => upload());
    await settle();
    expect(platform.puts).toHaveLength(3);
    platform.puts[1]?.answer(200);
    await done[1];
    await settle();
    expect(platform.puts).toHaveLength(4);
    for (let at = 0; at < 5; at++) {
      platform.puts[at]?.answer(200);
      await done[at];
      await settle();
    }
    expect(platform.puts).toHaveLength(5);
  });
});

describe('when an upload is tried again', () => {
  const waitOf = (code: string, failures: number, cuts = 0, retryAfterMs: number | null = null) =>
    retryUploadAfter({ code, retryAfterMs }, failures, cuts, 1);

  it('later each time, half a minute at most, and never before the server wants it', () => {
    expect([1, 2, 3, 9].map((failures) => waitOf('offline', failures))).toEqual([1_000, 2_000, 4_000, 30_000]);
    expect(waitOf('rate_limited', 1, 0, 5_000)).toBe(5_000);
    expect(retryUploadAfter({ code: 'offline', retryAfterMs: null }, 1, 0, 0)).toBe(500);
  });

  it('bytes that get lost five times are given up, and what was refused at once', () => {
    expect(waitOf('upload_lost', 4, 4)).not.toBeNull();
    expect(waitOf('upload_lost', 5, 5)).toBeNull();
    expect(waitOf('media_not_ready', 9, 5)).toBeNull();
    expect(waitOf('media_damaged', 1)).toBeNull();
  });
});

describe('turns', () => {
  it('a place given back twice is one place', async () => {
    const turns = new Turns(1);
    const { signal } = new AbortController();
    const giveBack = await turns.take(signal);
    giveBack();
    giveBack();
    await turns.take(signal);
    let isThrough = false;
    void turns.take(signal).then(() => {
      isThrough = true;
    });
    await settle();
    expect(isThrough).toBe(false);
  });
});
