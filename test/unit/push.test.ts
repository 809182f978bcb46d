import { describe, expect, it } from 'vitest';
import { hasArrived, lifeOf } from '../../src/inbox/pushes';
import type { ChatSummary } from '../../src/protocol/models';
import { isPushEndpoint } from '../../src/push/endpoint';
import { judgeAnswer } from '../../src/push/verdict';

describe('[INBOX-5] where we may be told to push to', () => {
  it.each([
    'https://fcm.googleapis.com/fcm/send/abc:def',
    'https://updates.push.services.mozilla.com/wpush/v2/abc',
    'https://web.push.apple.com/abc',
    'https://wns2-par02p.notify.windows.com/w/?token=abc',
    'https://push.xn--bcher-kva.example.org:443/a',
  ])('%s, everywhere', (endpoint) => {
    expect([isPushEndpoint(endpoint, false), isPushEndpoint(endpoint, true)]).toEqual([true, true]);
  });

  it.each(['http://127.0.0.1:8080/a', 'http://localhost:1/a', 'http://[::1]:8080/a'])('%s, on this machine alone', (endpoint) => {
    expect([isPushEndpoint(endpoint, false), isPushEndpoint(endpoint, true)]).toEqual([false, true]);
  });

  it.each(['http://10.0.0.8/a', 'https://10.0.0.8/a', 'http://push.example.org/a'])('%s, nowhere', (endpoint) => {
    expect([isPushEndpoint(endpoint, false), isPushEndpoint(endpoint, true)]).toEqual([false, false]);
  });
});

describe('[INBOX-5] what a push service answers', () => {
  const now = Date.parse('2026-11-29T12:00:00Z');

  it.each([
    [201, null, { kind: 'taken' }],
    [202, null, { kind: 'taken' }],
    [404, null, { kind: 'gone' }],
    [410, '10', { kind: 'gone' }],
    [400, null, { kind: 'refused' }],
    [403, null, { kind: 'refused' }],
    [413, null, { kind: 'refused' }],
    [301, null, { kind: 'refused' }],
    [429, '7', { kind: 'later', retryAfterMs: 7_000 }],
    [429, 'Sun, 29 Nov 2026 12:01:00 GMT', { kind: 'later', retryAfterMs: 60_000 }],
    [503, 'Sun, 29 Nov 2026 11:00:00 GMT', { kind: 'later', retryAfterMs: 0 }],
    [503, '999999999', { kind: 'later', retryAfterMs: 3_600_000 }],
    [500, 'soon', { kind: 'later', retryAfterMs: 0 }],
    [500, null, { kind: 'later', retryAfterMs: 0 }],
  ] as const)('%i with Retry-After %s', (status, retryAfter, verdict) => {
    expect(judgeAnswer(status, retryAfter, now)).toEqual(verdict);
  });
});

describe('[INBOX-5] what is worth a push', () => {
  const [me, ada, eve] = ['me', 'ada', 'eve'];
  const line = (sender_id: string, message_type: 'text' | 'system' = 'text') => ({
    id: 'line',
    sender_id,
    sender_name: '',
    message_type,
    preview: null,
    created_at: 0,
    expires_at: null,
    view_once: false,
  });
  const chat = (last_seq: number, unread_count: number, last_message: ChatSummary['last_message']): ChatSummary => ({
    id: 'chat',
    name: null,
    is_group: true,
    member_count: 2,
    last_message,
    last_seq,
    last_read_seq: 0,
    unread_count,
    muted_until: null,
    pinned: false,
    archived: false,
    policy: { expires_in_seconds: null, expire_mode: 'after_send', version: 1, changed_by: null, changed_at: 0 },
    updated_at: 0,
  });
  const arrived = (before: ChatSummary | null, after: ChatSummary) => hasArrived(before, after, me, (userId) => userId === eve);

  it('a message of somebody else', () => {
    expect(arrived(chat(1, 0, line(ada, 'system')), chat(2, 1, line(ada)))).toBe(true);
    expect(arrived(null, chat(2, 1, line(ada)))).toBe(true);
  });

  it('one of which a system line, or an own one, hides that it is there', () => {
    expect(arrived(chat(1, 0, null), chat(3, 1, line(ada, 'system')))).toBe(true);
    expect(arrived(chat(1, 0, null), chat(3, 1, line(me)))).toBe(true);
  });

  it('one that came as another ended, or where there are too many to count', () => {
    expect(arrived(chat(4, 1, line(ada)), chat(5, 1, line(ada)))).toBe(true);
    expect(arrived(chat(4_000, 1_000, line(ada)), chat(4_001, 1_000, line(ada)))).toBe(true);
  });

  it('not a system line, an own one, a reading or an ending', () => {
    expect(arrived(chat(1, 1, line(ada)), chat(2, 1, line(ada, 'system')))).toBe(false);
    expect(arrived(chat(1, 1, line(ada)), chat(2, 1, line(me)))).toBe(false);
    expect(arrived(chat(2, 2, line(ada)), chat(2, 1, line(ada)))).toBe(false);
    expect(arrived(chat(2, 1, line(ada)), chat(2, 0, null))).toBe(false);
  });

  it('for as long as what is unread may live: the newest of several is not what takes the others along', () => {
    const minute = 60_000;
    const ending = { ...line(ada), expires_at: minute };
    const ofADay = { ...chat(2, 2, ending).policy, expires_in_seconds: 86_400 };
    expect(lifeOf(chat(1, 1, ending), 0)).toBe(minute);
    expect(lifeOf({ ...chat(2, 2, ending), policy: ofADay }, 0)).toBe(1_440 * minute);
    expect(lifeOf(chat(2, 2, ending), 0)).toBe(3 * 1_440 * minute);
    // It has ended, and the room has not said so yet.
    expect(lifeOf(chat(1, 1, ending), 2 * minute)).toBeLessThan(0);
    expect(lifeOf({ ...chat(2, 2, ending), policy: ofADay }, 2 * minute)).toBe(1_440 * minute);
  });

  it('[BLOCK-1] not what one says whom the user blocks', () => {
    expect(arrived(chat(1, 0, null), chat(2, 1, line(eve)))).toBe(false);
    expect(arrived(chat(1, 0, null), chat(3, 2, line(eve)))).toBe(true);
  });
});
