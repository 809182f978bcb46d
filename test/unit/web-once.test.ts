import { signal } from '@preact/signals';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Media } from '../../src/protocol/models';
import { lineOfMessage } from '../../web/conversation/line';
import { LineActions, type Opened } from '../../web/conversation/line-actions';
import { OnceViewing } from '../../web/once/once-viewing';
import { lookWords, openingWords, wordsForRecipient, wordsForSender } from '../../web/once/once-words';
import { clockTime } from '../../web/ui/time-words';
import { createWire, type Wire } from '../../web/wire';
import { Rest } from '../../web/wire/rest';
import { TokenKeeper } from '../../web/wire/token-keeper';
import { WireProblem } from '../../web/wire/wire-problem';
import { chatId, messageOf } from './web-models';
import { FakePlatform, testId } from './web-platform';

const dayMs = 86_400_000;
const now = 40 * dayMs;
const lineOf = (change: object) => lineOfMessage(messageOf(1, { view_once: true, content: null, created_at: now - dayMs / 2, ...change }));

describe('[ONCE-2] a view-once line in words, for its recipient', () => {
  it.each([
    ['sealed', {}, 'Tap to view once · 31 days left', true],
    ['sealed', { expires_at: now + dayMs * 1.5 }, 'Tap to view once · 2 days left', true],
    ['sealed', { expires_at: now + 1_000 }, 'Tap to view once · less than a day left', true],
    ['open', { lease_expires_at: now + 1 }, 'Tap to go on viewing', true],
    ['open', { lease_expires_at: now }, 'Opened', false],
    ['open_elsewhere', {}, 'Opened on another device', false],
    ['viewed', {}, 'Opened', false],
    ['viewed_elsewhere', {}, 'Opened on another device', false],
    ['unopened', {}, 'Expired unopened', false],
    ['sealed', { deleted_at: now, deleted_reason: 'unopened' }, 'Expired unopened', false],
    ['viewed', { deleted_at: now, deleted_reason: 'viewed' }, 'Opened', false],
    [null, { deleted_at: now, deleted_reason: 'viewed' }, 'Gone', false],
    ['sealed', { message_type: 'video' }, 'Tap to view once · 31 days left', true],
    ['sealed', { max_views: 2 }, 'Tap to view, twice at most · 31 days left', true],
    ['sealed', { max_views: 2, replay_until: now + 1 }, 'Tap to view a last time', true],
    ['sealed', { max_views: 2, replay_until: now }, 'Opened', false],
  ] as const)('[ONCE-2] %s %j: “%s”', (view_state, change, standing, canOpen) => {
    expect(wordsForRecipient(lineOf({ view_state, ...change }), false, now)).toMatchObject({ standing, canOpen });
  });

  it('[ONCE-5] in a group an unopened line has a week', () => {
    expect(wordsForRecipient(lineOf({ view_state: 'sealed' }), true, now).standing).toBe('Tap to view once · 7 days left');
  });
});

describe('[ONCE-3] what a reader is told of a second look', () => {
  it.each([
    [{}, /one time. When you close it, it is gone for good, and Bo sees/],
    [{ max_views: 2 }, /one time, and once more within a day\. Then it is gone for good\. Bo sees/],
    [{ max_views: 2, replay_until: now + 1 }, /^You have opened this message from Bo before\. This is the last time/],
  ])('before opening %j', (change, words) => {
    expect(openingWords(lineOf({ view_state: 'sealed', ...change }), 'Bo')).toMatch(words);
  });

  it('while it is open', () => {
    expect([lookWords(1, 0), lookWords(2, 1), lookWords(2, 0)]).toEqual([
      null,
      'You can open it once more within a day',
      'This is the last time',
    ]);
  });
});

describe('[ONCE-4] [ONCE-5] a view-once line in words, for its sender', () => {
  const views = (count: number, of = 1) => ({ count, of, lastAt: null });
  it.each([
    [{}, views(0), false, 'Not opened yet · 31 days left'],
    [{}, views(1), false, 'Opened'],
    [{}, views(2, 5), true, 'Opened by 2 of 5 · 7 days left'],
    [{}, views(5, 5), true, 'Opened by all'],
    [{ deleted_at: now, deleted_reason: 'viewed' }, views(2, 5), true, 'Opened by 2 of 5'],
    [{ deleted_at: now, deleted_reason: 'unopened' }, views(0), false, 'Never opened'],
    [{ deleted_at: now, deleted_reason: 'viewed', erased_at: now }, views(1), false, `Opened · erased everywhere at ${clockTime(now)}`],
  ])('%j, %j, group: %s reads “%s”', (change, known, isGroup, standing) => {
    expect(wordsForSender(lineOf(change), known, isGroup, now).standing).toBe(standing);
  });
});

const deaf = { events() {}, refused() {}, mayRepeat: () => true, phaseChanged() {} };

describe('[ONCE-3] one look at a view-once message', () => {
  const media: Media = {
    id: testId(700),
    mime_type: 'image/jpeg',
    byte_size: 3,
    width: 40,
    height: 30,
    duration_ms: null,
    file_name: null,
    placeholder: null,
    has_thumbnail: false,
  };
  const opened: Opened = { type: 'message_opened', id: testId(1), content: 'Secret', media: null, lease_expires_at: 0, views_left: 0 };
  const openedPicture: Opened = { ...opened, media: { ...media, url: '/api/media/once/0f3a.lease-1' } };
  let platform: FakePlatform;
  let wire: Wire;
  let viewing: OnceViewing;
  let answer: () => Promise<Opened>;
  const markViewed = vi.spyOn(LineActions.prototype, 'markViewed').mockReturnValue();
  vi.spyOn(LineActions.prototype, 'open').mockImplementation(() => answer());

  beforeEach(() => {
    platform = new FakePlatform();
    const tokens = new TokenKeeper(platform, { lost() {}, userChanged() {} });
    tokens.adopt('a.token', 900);
    wire = createWire(platform, tokens, new Rest(platform, tokens));
    const socket = wire.createRoom(chatId, deaf);
    viewing = new OnceViewing(wire, new LineActions(wire, socket, chatId, signal([])), testId(1));
    answer = () => Promise.resolve(opened);
    markViewed.mockClear();
  });

  it('[ONCE-3] text is shown until closed, which is told once, and nothing of it is kept', async () => {
    await viewing.open();
    expect(viewing.step.value).toMatchObject({ kind: 'shown', text: 'Secret', medium: null });
    expect(markViewed).not.toHaveBeenCalled();
    viewing.close();
    viewing.close();
    expect(markViewed).toHaveBeenCalledExactlyOnceWith(testId(1));
    expect(JSON.stringify(viewing.step.value)).not.toContain('Secret');
  });

  it('[ONCE-6] a picture comes with the token, from the lease alone, and its memory is freed at the end', async () => {
    const revoked = vi.spyOn(URL, 'revokeObjectURL');
    answer = () => Promise.resolve(openedPicture);
    platform.answer = () => new Response('jpg');
    await viewing.open();
    expect(platform.requests).toEqual([{ path: '/api/media/once/0f3a.lease-1', method: 'GET', token: 'Bearer a.token' }]);
    const { value: step } = viewing.step;
    const url = step.kind === 'shown' ? (step.medium?.url ?? null) : null;
    expect(url).toMatch(/^blob:/);
    viewing.close();
    expect(revoked).toHaveBeenCalledWith(url);
  });

  it.each(['https://elsewhere.test/api/media/once/lease', '//elsewhere.test', '/api/media/once/../../login', '/api/media/once/..'])(
    '[ONCE-6] the token is not shown to %s',
    async (url) => {
      answer = () => Promise.resolve({ ...opened, media: { ...media, url } });
      await viewing.open();
      expect(viewing.step.value.kind).toBe('failed');
      expect(platform.requests).toEqual([]);
    },
  );

  it('[ONCE-3] what never came on screen is not told as seen, and can be tried again while the lease lasts', async () => {
    answer = () => Promise.resolve(openedPicture);
    platform.answer = () => Promise.reject(new TypeError('Failed to fetch'));
    await viewing.open();
    expect(viewing.step.value).toMatchObject({ kind: 'failed', canRetry: true });
    platform.answer = () => new Response('jpg');
    await viewing.open();
    expect(viewing.step.value.kind).toBe('shown');

    const other = new OnceViewing(wire, new LineActions(wire, wire.createRoom(chatId, deaf), chatId, signal([])), testId(2));
    const opening = other.open();
    other.close();
    await opening;
    expect(markViewed).not.toHaveBeenCalled();
  });

  it('[ONCE-2] the other session was faster: no second try is offered', async () => {
    answer = () => Promise.reject(new WireProblem('already_opened', ''));
    await viewing.open();
    expect(viewing.step.value).toMatchObject({ kind: 'failed', canRetry: false });
    viewing.close();
    expect(markViewed).not.toHaveBeenCalled();
  });

  it('[ONCE-3] hidden for 60 s it closes; seen again before, it stays', async () => {
    const close = vi.fn();
    await viewing.open();
    viewing.setHidden(true, close);
    await platform.pass(59_999);
    viewing.setHidden(false, close);
    await platform.pass(60_000);
    expect(close).not.toHaveBeenCalled();
    viewing.setHidden(true, close);
    await platform.pass(60_000);
    expect(close).toHaveBeenCalledOnce();
  });
});
