import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Refusal } from '../../src/protocol/errors';
import {
  closeView,
  computeLeaseMs,
  forfeitView,
  openView,
  sealed,
  serveView,
  settleView,
  type View,
  type ViewRules,
  viewDue,
  viewsLeft,
} from '../../src/room/view-once';

const now = 1_000_000;
const leaseMs = 60_000;
const dayMs = 24 * 60 * 60 * 1_000;

/** Text and captions leave with the opening, a medium's bytes after it. */
const text: ViewRules = { maxViews: 1, leaseMs, servesAtOpening: true };
const medium: ViewRules = { maxViews: 1, leaseMs, servesAtOpening: false };
const twice = (rules: ViewRules): ViewRules => ({ ...rules, maxViews: 2 });

const phone = { sid: 'phone', lease: 'lease of the phone' };
const tablet = { sid: 'tablet', lease: 'lease of the tablet' };

const openOnPhone: View = { state: 'open', views: 0, ...phone, due: now + leaseMs, servedAt: null, firstViewedAt: null };
const servedOnPhone: View = { ...openOnPhone, views: 1, servedAt: now, firstViewedAt: now };
const halfViewed: View = { state: 'sealed', views: 1, sid: 'phone', firstViewedAt: now, due: now + dayMs };
const viewed: View = { state: 'viewed', views: 1, sid: 'phone', firstViewedAt: now };
const viewedTwice: View = { state: 'viewed', views: 2, sid: 'tablet', firstViewedAt: now };
/** The tablet began the second view a second before the chance for it was over. */
const reopened: View = {
  state: 'open',
  views: 1,
  ...tablet,
  due: now + dayMs - 1_000 + leaseMs,
  servedAt: null,
  firstViewedAt: now,
};

const isAlreadyOpened = expect.objectContaining({ code: 'already_opened' });
const isLeaseOver = expect.objectContaining({ code: 'lease_over' });

function attempt(step: () => View): View | Refusal {
  try {
    return step();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

describe('a view of one message by one recipient', () => {
  const rows: [string, View, ViewRules, (view: View, rules: ViewRules) => View, unknown][] = [
    ['[ONCE-2] text opens and is viewed at once', sealed, text, (v, r) => openView(v, r, phone, now), servedOnPhone],
    ['[ONCE-2] a medium opens, and nothing has left yet', sealed, medium, (v, r) => openView(v, r, phone, now), openOnPhone],
    ['[ONCE-2] the holder may ask again', openOnPhone, medium, (v, r) => openView(v, r, { ...phone, lease: 'x' }, now + 9), openOnPhone],
    ['[ONCE-2] nobody else may', openOnPhone, medium, (v, r) => openView(v, r, tablet, now + 9), isAlreadyOpened],
    ['[ONCE-2] nor once it left', servedOnPhone, text, (v, r) => openView(v, r, tablet, now + 9), isAlreadyOpened],
    ['[ONCE-2] viewed is viewed', viewed, text, (v, r) => openView(v, r, tablet, now), isAlreadyOpened],
    ['[ONCE-2] for the holder too', viewed, text, (v, r) => openView(v, r, phone, now), isAlreadyOpened],

    ['[ONCE-4] the first byte is the view', openOnPhone, medium, (v, r) => serveView(v, r, now), servedOnPhone],
    ['[ONCE-4] the second is no other', servedOnPhone, medium, (v, r) => serveView(v, r, now + 9), servedOnPhone],
    ['[ONCE-3] no byte leaves at the lease’s end', openOnPhone, medium, (v, r) => serveView(v, r, now + leaseMs), isLeaseOver],
    ['[ONCE-3] nor before an opening', sealed, medium, (v, r) => serveView(v, r, now), isLeaseOver],
    ['[ONCE-3] nor after the view', viewed, medium, (v, r) => serveView(v, r, now), isLeaseOver],

    ['[ONCE-3] the holder closes', servedOnPhone, text, (v, r) => closeView(v, r, 'phone', now + 9), viewed],
    ['[ONCE-3] unserved, it is sealed again', openOnPhone, medium, (v, r) => closeView(v, r, 'phone', now + 9), sealed],
    ['[ONCE-3] nobody else closes', servedOnPhone, text, (v, r) => closeView(v, r, 'tablet', now + 9), servedOnPhone],
    ['[ONCE-3] closing what is sealed is nothing', sealed, text, (v, r) => closeView(v, r, 'phone', now), sealed],
    ['[ONCE-3] closing again is nothing', viewed, text, (v, r) => closeView(v, r, 'phone', now), viewed],

    ['[ONCE-3] the lease holds to its end', servedOnPhone, text, (v, r) => settleView(v, r, now + leaseMs - 1), servedOnPhone],
    ['[ONCE-3] and ends with it', servedOnPhone, text, (v, r) => settleView(v, r, now + leaseMs), viewed],
    ['[ONCE-3] unserved, time seals it again', openOnPhone, medium, (v, r) => settleView(v, r, now + leaseMs), sealed],
    [
      '[ONCE-3] then another may open it',
      openOnPhone,
      medium,
      (v, r) => openView(v, r, tablet, now + leaseMs),
      { ...openOnPhone, ...tablet, due: now + 2 * leaseMs },
    ],
    ['[GROUP-2] who leaves has viewed it', servedOnPhone, text, (v, r) => forfeitView(v, r, now + 9), viewed],
    ['[GROUP-2] or not, when nothing left', openOnPhone, medium, (v, r) => forfeitView(v, r, now + 9), sealed],
    ['[GROUP-2] what was not open stays', viewed, text, (v, r) => forfeitView(v, r, now + 9), viewed],

    ['[ONCE-3] of two views one is left', servedOnPhone, twice(text), (v, r) => closeView(v, r, 'phone', now + 9), halfViewed],
    ['[ONCE-3] also when time ends the first', servedOnPhone, twice(text), (v, r) => settleView(v, r, now + leaseMs), halfViewed],
    ['[ONCE-3] any session may have it', halfViewed, twice(medium), (v, r) => openView(v, r, tablet, now + dayMs - 1_000), reopened],
    ['[ONCE-3] within a day', halfViewed, twice(text), (v, r) => openView(v, r, tablet, now + dayMs), isAlreadyOpened],
    ['[ONCE-3] after which it is viewed', halfViewed, twice(text), (v, r) => settleView(v, r, now + dayMs), viewed],
    [
      '[ONCE-3] the second served is the last',
      { ...reopened, views: 2, servedAt: now + 9 },
      twice(medium),
      (v, r) => closeView(v, r, 'tablet', now + 10),
      viewedTwice,
    ],
    [
      '[ONCE-3] the second unserved comes back',
      { ...reopened, due: now + leaseMs },
      twice(medium),
      (v, r) => settleView(v, r, now + leaseMs),
      { ...halfViewed, sid: 'tablet' },
    ],
    [
      '[ONCE-3] unless its day is over',
      reopened,
      twice(medium),
      (v, r) => settleView(v, r, now + dayMs + leaseMs),
      { ...viewed, sid: 'tablet' },
    ],
    ['[ONCE-3] time that did two things did both', servedOnPhone, twice(text), (v, r) => settleView(v, r, now + 2 * dayMs), viewed],
  ];
  test.each(rows)('%s', (_, before, rules, step, after) => {
    expect(attempt(() => step(before, rules))).toEqual(after);
  });

  test('[ONCE-2] a lease lasts a minute; for sound and film two, and as long as they play', () => {
    expect(computeLeaseMs('text', null)).toBe(60_000);
    expect(computeLeaseMs('image', null)).toBe(60_000);
    expect(computeLeaseMs('file', 7_000)).toBe(60_000);
    expect(computeLeaseMs('audio', 7_000)).toBe(127_000);
    expect(computeLeaseMs('video', 7_000)).toBe(127_000);
    expect(computeLeaseMs('video', null)).toBe(120_000);
  });

  test('[ONCE-2] it tells how often it may be opened after the view that is open, whether or not something left', () => {
    expect([text, medium].map((rules) => viewsLeft(openView(sealed, rules, phone, now), rules))).toEqual([0, 0]);
    expect([text, medium].map((rules) => viewsLeft(openView(sealed, twice(rules), phone, now), twice(rules)))).toEqual([1, 1]);
    expect([text, medium].map((rules) => viewsLeft(openView(halfViewed, twice(rules), tablet, now), twice(rules)))).toEqual([0, 0]);
    expect([viewsLeft(sealed, twice(text)), viewsLeft(halfViewed, twice(text)), viewsLeft(viewed, twice(text))]).toEqual([2, 1, 0]);
  });

  test('it says when time will next change it', () => {
    expect([sealed, openOnPhone, servedOnPhone, halfViewed, viewed].map(viewDue)).toEqual([
      null,
      now + leaseMs,
      now + leaseMs,
      now + dayMs,
      null,
    ]);
  });
});

describe('whatever sessions do, and in whatever order', () => {
  const sid = fc.constantFrom('phone', 'tablet', 'desk');
  const step = fc.record({
    do: fc.constantFrom('open', 'serve', 'close', 'settle', 'forfeit'),
    sid,
    // Mostly moments, sometimes past a lease or past the day of a second view.
    passes: fc.oneof({ weight: 6, arbitrary: fc.nat(20_000) }, { weight: 2, arbitrary: fc.nat(2 * leaseMs) }, fc.nat(2 * dayMs)),
  });
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
  const anyRules = fc.record({ maxViews: fc.constantFrom(1, 2), leaseMs: fc.constant(leaseMs), servesAtOpening: fc.boolean() });

  function take(view: View, rules: ViewRules, { do: what, sid }: Step, at: number, lease: string): View | Refusal {
    if (what === 'open') return attempt(() => openView(view, rules, { sid, lease }, at));
    if (what === 'serve') return attempt(() => serveView(view, rules, at));
    if (what === 'close') return closeView(view, rules, sid, at);
    return what === 'settle' ? settleView(view, rules, at) : forfeitView(view, rules, at);
  }

  test('[ONCE-2] [ONCE-3] [ONCE-4] one holder at a time, never too many views, none taken back, and viewed is final', () => {
    fc.assert(
      fc.property(anyRules, fc.array(step, { maxLength: 40 }), (rules, steps) => {
        let view: View = sealed;
        let at = now;
        for (const [i, next] of steps.entries()) {
          at += next.passes;
          const before = settleView(view, rules, at);
          expect(settleView(before, rules, at)).toBe(before);
          const due = viewDue(before);
          if (due !== null) expect(due).toBeGreaterThan(at);

          const after = take(view, rules, next, at, `lease ${i}`);
          if (after instanceof Refusal) {
            const isHeldByOther = before.state === 'open' && before.sid !== next.sid;
            if (next.do === 'open') expect(isHeldByOther || before.state === 'viewed').toBe(true);
            else expect(before.state).not.toBe('open');
            view = before;
            continue;
          }
          if (before.state === 'viewed') expect(after).toEqual(before);
          if (before.state === 'open' && after.state === 'open') expect([after.sid, after.lease]).toEqual([before.sid, before.lease]);
          expect(after.views).toBeLessThanOrEqual(rules.maxViews);
          expect(after.views).toBeGreaterThanOrEqual(before.views);
          if (after.views > 0) expect(after).toHaveProperty('firstViewedAt', expect.any(Number));
          view = after;
        }
        // Whatever was left open, time ends it for good, or seals what nothing left of.
        const end = settleView(view, rules, at + 3 * dayMs);
        expect(end.state).toBe(view.views > 0 ? 'viewed' : 'sealed');
      }),
      { numRuns: 1_000 },
    );
  });

  test('[ONCE-2] of all sessions that ask at one moment exactly one wins', () => {
    fc.assert(
      fc.property(anyRules, fc.uniqueArray(fc.uuid(), { minLength: 2, maxLength: 10 }), (rules, sids) => {
        let view: View = sealed;
        const winners = sids.filter((sid) => {
          const answer = attempt(() => openView(view, rules, { sid, lease: sid }, now));
          if (answer instanceof Refusal) return false;
          view = answer;
          return true;
        });
        expect(winners).toEqual([sids[0]]);
      }),
    );
  });
});
