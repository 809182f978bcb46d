import { describe, expect, it } from 'vitest';
import { hasArrived, lifeOf } from '../../src/inbox/pushes';
import { maxWriters } from '../../src/member-news';
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
  const [ada, eve] = ['ada', 'eve'];
  const isBlocked = (userId: string) => userId === eve;
  const wrote = (userId: string, seq: number) => ({ userId, seq });

  it('a message of somebody else, above what the list knows of', () => {
    expect(hasArrived(0, [wrote(ada, 2)], isBlocked)).toBe(true);
    expect(hasArrived(4_000, [wrote(ada, 4_001)], isBlocked)).toBe(true);
  });

  it('not a system line, an own one, a reading or an ending: nobody wrote it', () => {
    expect(hasArrived(1, [], isBlocked)).toBe(false);
    expect(hasArrived(2, [wrote(ada, 2)], isBlocked)).toBe(false);
  });

  it('[BLOCK-1] not what one says whom the user blocks, however much it is', () => {
    expect(hasArrived(1, [wrote(eve, 2)], isBlocked)).toBe(false);
    expect(hasArrived(1, [wrote(eve, 9)], isBlocked)).toBe(false);
    expect(hasArrived(2, [wrote(eve, 3), wrote(ada, 2)], isBlocked)).toBe(false);
  });

  it('[BLOCK-1] what a friend says, though one says more whom the user blocks, and something has ended meanwhile', () => {
    expect(hasArrived(1, [wrote(eve, 3), wrote(ada, 2)], isBlocked)).toBe(true);
  });

  it('[BLOCK-1] what is more than is named, since somebody among those may be no one whom the user blocks', () => {
    const crowd = Array.from({ length: maxWriters }, (_, index) => wrote(eve, 20 - index));
    expect(hasArrived(1, crowd, isBlocked)).toBe(true);
    expect(hasArrived(1, crowd.slice(1), isBlocked)).toBe(false);
  });
});

describe('[INBOX-5] a push lives', () => {
  it('for as long as what is unread may live: the newest of several is not what takes the others along', () => {
    const minute = 60_000;
    const policy = { expires_in_seconds: null, expire_mode: 'after_send' as const, version: 1, changed_by: null, changed_at: 0 };
    const last = { id: 'line', sender_id: 'ada', sender_name: '', message_type: 'text' as const, preview: null };
    const ending = { ...last, created_at: 0, expires_at: minute, view_once: false };
    const of = (unread_count: number, expires_in_seconds: number | null = null) => ({
      last_message: ending,
      unread_count,
      policy: { ...policy, expires_in_seconds },
    });
    expect(lifeOf(of(1), 0)).toBe(minute);
    expect(lifeOf(of(2, 86_400), 0)).toBe(1_440 * minute);
    expect(lifeOf(of(2), 0)).toBe(3 * 1_440 * minute);
    // It has ended, and the room has not said so yet.
    expect(lifeOf(of(1), 2 * minute)).toBeLessThan(0);
    expect(lifeOf(of(2, 86_400), 2 * minute)).toBe(1_440 * minute);
  });
});
