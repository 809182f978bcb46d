import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Message } from '../../src/protocol/models';
import { History } from '../../web/conversation/history';
import { Timeline } from '../../web/conversation/timeline';
import { Rest } from '../../web/wire/rest';
import { TokenKeeper } from '../../web/wire/token-keeper';
import { messageOf } from './web-models';
import { FakePlatform, settle, testId } from './web-platform';

const pageSize = 100;

/** A server with messages 1 … `count`, which pages them as the real one does. */
class Server {
  count: number;
  readonly asked: string[] = [];
  /** Set to answer later. */
  gate: Promise<void> = Promise.resolve();
  isDown = false;

  constructor(count: number) {
    this.count = count;
  }

  seqs(from: number, to: number): Message[] {
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => messageOf(to - index)).filter(({ seq }) => seq >= 1);
  }

  async answer(query: URLSearchParams): Promise<Response> {
    await this.gate;
    if (this.isDown) throw new Error('down');
    const [[side, mark]] = [...query].filter(([name]) => name !== 'limit') as [[string, string]];
    this.asked.push(`${side}=${mark}`);
    const seq = /^\d+$/.test(mark) ? Number(mark) : Number(mark.slice(-12));
    if (seq > this.count && side === 'around' && mark.includes('-')) return Response.json(notFound, { status: 404 });
    const [low, high] = side === 'before' ? [seq - pageSize, seq - 1] : side === 'after' ? [seq + 1, seq + pageSize] : [seq - 50, seq + 49];
    const messages = this.seqs(Math.max(1, low), Math.min(this.count, high));
    const [newest, oldest] = [messages[0], messages.at(-1)];
    return Response.json({
      messages,
      next_before: oldest !== undefined && oldest.seq > 1 ? oldest.id : null,
      next_after: newest !== undefined && newest.seq < this.count ? newest.id : null,
    });
  }
}

const notFound = { type: 'about:blank', title: '', status: 404, code: 'not_found', detail: '' };

describe('the past of a room', () => {
  let server: Server;
  let timeline: Timeline;
  let history: History;

  beforeEach(() => {
    server = new Server(5_000);
    const platform = new FakePlatform();
    platform.fetch = (input) => server.answer(new URL(String(input)).searchParams);
    const tokens = new TokenKeeper(platform, { lost() {}, userChanged() {} });
    tokens.adopt('a.token', 900);
    timeline = new Timeline();
    timeline.begin(server.seqs(4_951, 5_000));
    history = new History({ rest: new Rest(platform, tokens), chatId: testId(900), timeline, changed() {} });
    history.refresh();
  });

  const seqs = () => timeline.lines().map(({ seq }) => seq ?? Number.NaN);
  /** Like `1-3 7-9`. */
  const held = () => {
    const stretches: [number, number][] = [];
    for (const seq of seqs()) {
      const last = stretches.at(-1);
      if (last !== undefined && last[1] === seq - 1) last[1] = seq;
      else stretches.push([seq, seq]);
    }
    return stretches.map(([from, to]) => `${from}-${to}`).join(' ');
  };

  it('is loaded page by page down to the beginning', async () => {
    server = new Server(230);
    timeline.begin(server.seqs(181, 230));
    history.refresh();
    await history.load('older');
    expect(held()).toBe('81-230');
    expect(history.hasOlder.value).toBe(true);
    await history.load('older');
    expect(held()).toBe('1-230');
    expect(history.hasOlder.value).toBe(false);
    await history.load('older');
    expect(server.asked).toEqual(['before=181', 'before=81']);
  });

  it('one who goes far up is in a stretch of their own, which grows towards the newest until they meet', async () => {
    expect(await history.goTo(testId(4_700))).toBe(true);
    expect(held()).toBe('4650-4749 4951-5000');
    expect(history.gap.value).toEqual({ from: 4_749, to: 4_951 });
    await history.load('from');
    await history.load('to');
    expect(held()).toBe('4650-4849 4851-5000');
    await history.load('from');
    expect(held()).toBe('4650-5000');
    expect(history.gap.value).toBeNull();
    expect(server.asked.slice(1)).toEqual(['after=4749', 'before=4951', 'after=4849']);
  });

  it('what was asked for is gone, or nobody can be asked: then nothing moves', async () => {
    expect(await history.goTo(testId(6_000))).toBe(false);
    server.isDown = true;
    await expect(history.goTo(testId(10))).rejects.toMatchObject({ code: 'offline' });
    expect(held()).toBe('4951-5000');
  });

  it('what failed is not tried again by itself, but when somebody asks or the network is back', async () => {
    server.isDown = true;
    await history.load('older');
    expect([...history.failed.value]).toEqual(['older']);
    server.isDown = false;
    history.refresh();
    expect(history.failed.value.size).toBe(0);
    await history.load('older');
    expect(held()).toBe('4851-5000');
  });

  it('a page that comes after the reader went elsewhere is not put in', async () => {
    let open = () => {};
    server.gate = new Promise((resolve) => {
      open = resolve;
    });
    const late = history.load('older');
    await settle();
    timeline.begin(server.seqs(1, 50));
    history.refresh();
    open();
    await late;
    expect(held()).toBe('1-50');
  });

  it('[SYNC-2] news of what is not held leave no hole behind', () => {
    timeline.apply(messageOf(17, { content: 'Edited long after' }));
    expect(held()).toBe('4951-5000');
    timeline.apply(messageOf(5_001));
    expect(held()).toBe('4951-5001');
  });

  it('of what the user has cleared nothing is held, and nothing is looked for', async () => {
    await history.goTo(testId(4_700));
    timeline.forget(4_700);
    history.refresh();
    expect(held()).toBe('4701-4749 4951-5000');
    expect(history.hasOlder.value).toBe(false);
    timeline.forget(4_800);
    expect(timeline.gap).toEqual({ from: 4_800, to: 4_951 });
    timeline.forget(5_000);
    expect([timeline.gap, timeline.hasOlder, held()]).toEqual([null, false, '']);
    timeline.apply(messageOf(5_001));
    expect(held()).toBe('5001-5001');
  });

  it('of 5,000 lines that were scrolled through, a bounded number stays, around the reader and the newest', async () => {
    for (let from = 4_951; from > 1; ) {
      await history.load('older');
      from = timeline.from;
      history.keepNear([from + 20, from + 40]);
      expect(seqs().length).toBeLessThan(1_700);
    }
    expect(held()).toMatch(/^1-\d+ 4901-5000$/);
    for (let end = timeline.gap?.from ?? 5_000; end < 4_900; ) {
      await history.load('from');
      end = timeline.gap?.from ?? 5_000;
      history.keepNear([end - 40, end - 20]);
      expect(seqs().length).toBeLessThan(1_700);
    }
    expect(held()).toMatch(/^\d+-5000$/);
    expect(history.hasOlder.value).toBe(true);
  });

  it('whatever the reader does, what is held has no hole but the one that is told', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('goTo' as const), seq: fc.integer({ min: 1, max: 5_000 }) }),
      fc.record({ kind: fc.constantFrom('older' as const, 'from' as const, 'to' as const) }),
      fc.record({ kind: fc.constant('near' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.record({ kind: fc.constant('new' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        server = new Server(5_000);
        timeline.begin(server.seqs(4_951, 5_000));
        for (const one of steps) {
          if (one.kind === 'goTo') await history.goTo(testId(one.seq));
          else if (one.kind === 'new') timeline.apply(messageOf(++server.count));
          else if (one.kind === 'near') {
            const seq = seqs()[Math.floor(one.share * (seqs().length - 1))] ?? 1;
            timeline.keepNear([seq, seq + 10], 30);
          } else await history.load(one.kind);
          const inGap = (seq: number) => timeline.gap !== null && seq > timeline.gap.from && seq < timeline.gap.to;
          const expected = server
            .seqs(Math.max(1, timeline.from), server.count)
            .map(({ seq }) => seq)
            .filter((seq) => !inGap(seq));
          expect(seqs()).toEqual(expected.reverse());
        }
      }),
      { seed: 11, numRuns: 60 },
    );
  });
});
