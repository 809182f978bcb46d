import { describe, expect, it } from 'vitest';
import {
  computePresence,
  freshPresence,
  lastSeenMemoryMs,
  leaseMs,
  OwnPresence,
  type PresenceRow,
  type Sign,
} from '../../src/inbox/presence';

const start = 1_000_000_000;

function setUp(options: { row?: Partial<PresenceRow>; blocked?: string[] } = {}) {
  const state = { now: start, row: { ...freshPresence, ...options.row }, rows: 0, signs: [] as Sign[], forgetBy: null as number | null };
  const told: string[] = [];
  const own = new OwnPresence({
    store: {
      presence: () => state.row,
      putPresence: (row) => {
        state.row = row;
        state.rows += 1;
      },
    },
    signs: () => state.signs,
    isBlocked: (userId) => options.blocked?.includes(userId) ?? false,
    tell: async (userId, watcherId, { online, lastSeenAt }) => void told.push(`${userId} ${watcherId} ${online} ${lastSeenAt}`),
    forgetBy: (due) => {
      state.forgetBy = due;
    },
    now: () => state.now,
  });
  const come = () =>
    own.come('me', () => {
      state.signs = [{ at: state.now, isVisible: true }];
    });
  const go = () => {
    state.signs = [];
    own.went('me', { at: state.now, isVisible: true });
  };
  return { own, state, told, come, go };
}

describe('[LIVE-3] presence', () => {
  it('is a sign of life within 60 s of a visible page, 300 s of a hidden one', () => {
    const online = (at: number, isVisible: boolean, now: number) => computePresence([{ at, isVisible }], null, now).online;
    expect([online(0, true, 60_000), online(0, true, 60_001), online(0, false, 300_000), online(0, false, 300_001)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  it('without one is when the last was, for 24 h', () => {
    const silent = [{ at: 5_000, isVisible: true }];
    expect(computePresence(silent, 3_000, 100_000)).toEqual({ online: false, lastSeenAt: 5_000 });
    expect(computePresence([], 3_000, 100_000)).toEqual({ online: false, lastSeenAt: 3_000 });
    expect(computePresence(silent, 3_000, 5_000 + lastSeenMemoryMs)).toEqual({ online: false, lastSeenAt: null });
  });

  it('is told to who looks, and to nobody else: with many chats and nobody looking nothing is called or written', () => {
    const { come, go, told, state } = setUp();
    come();
    expect([told, state.rows]).toEqual([[], 0]);
    go();
    expect([told, state.rows]).toEqual([[], 1]);
  });

  it('is told while a lease lasts; renewing it costs a row only when half of it is gone', () => {
    const { own, come, go, told, state } = setUp();
    expect(own.watch('eve').presence).toEqual({ online: false, lastSeenAt: null });
    own.watch('eve');
    state.now += leaseMs / 2 - 1;
    own.watch('eve');
    expect(state.rows).toBe(1);
    state.now += 2;
    own.watch('eve');
    expect(state.rows).toBe(2);
    come();
    expect(told).toEqual(['me eve true null']);
    state.now += leaseMs;
    go();
    expect(told).toHaveLength(1);
  });

  it('is told once however many sockets come and go', () => {
    const { own, come, state, told } = setUp();
    own.watch('eve');
    come();
    const second: Sign = { at: start, isVisible: false };
    own.come('me', () => void state.signs.push(second));
    state.signs.pop();
    own.went('me', second);
    expect(told).toEqual(['me eve true null']);
  });

  it('of a socket that had fallen silent before it went is when its last sign was, and who looks is told', () => {
    const { own, come, state, told } = setUp({ row: { lastSeenAt: start - 3_600_000 } });
    own.watch('eve');
    come();
    state.now += 120_000;
    expect(own.watch('eve').presence).toEqual({ online: false, lastSeenAt: start });
    state.signs = [];
    own.went('me', { at: start, isVisible: true });
    expect(own.watch('eve').presence).toEqual({ online: false, lastSeenAt: start });
    expect([told.at(-1), state.forgetBy]).toEqual([`me eve false ${start}`, start + lastSeenMemoryMs]);
    // What is long gone, or not the last that was seen of the user, changes nothing.
    const { rows } = state;
    own.went('me', { at: start - 1_000, isVisible: true });
    state.now += lastSeenMemoryMs;
    own.went('me', { at: start + 1, isVisible: true });
    expect([state.rows, told.length]).toEqual([rows, 2]);
  });

  it('answers more watchers than it tells', () => {
    const watchers = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`w${i}`, start + leaseMs]));
    const { own, come, state, told } = setUp({ row: { watchers } });
    state.signs = [{ at: start, isVisible: true }];
    expect(own.watch('one too many')).toEqual({ presence: { online: true, lastSeenAt: null }, isTold: false });
    expect(state.rows).toBe(0);
    state.signs = [];
    come();
    expect(told.some((call) => call.includes('one too many'))).toBe(false);
    state.now += leaseMs + 1;
    own.watch('one too many');
    expect(Object.keys(state.row.watchers)).toEqual(['one too many']);
  });

  it('[BLOCK-1] is hidden from who is blocked, also while they look', () => {
    const { own, come, go, told } = setUp({ blocked: ['bob'], row: { watchers: { bob: start + leaseMs, eve: start + leaseMs } } });
    expect(own.watch('bob')).toEqual({ presence: { online: false, lastSeenAt: null }, isTold: false });
    come();
    expect(told).toEqual(['me eve true null']);
    own.hideFrom('me', 'eve');
    expect(told.at(-1)).toBe('me eve false null');
    go();
    expect(told).toHaveLength(2);
  });

  it('is kept for nobody by who turns it off', () => {
    const { own, come, go, told, state } = setUp({ row: { lastSeenAt: start - 5 } });
    own.watch('eve');
    own.show('me', false);
    expect([told, state.row]).toEqual([['me eve false null'], { isShown: false, lastSeenAt: null, watchers: {} }]);
    come();
    expect(own.watch('eve').presence).toEqual({ online: false, lastSeenAt: null });
    go();
    expect([told.length, state.row.lastSeenAt, state.forgetBy]).toEqual([1, null, null]);
  });

  it('forgets when it was after 24 h, counted from the last time', () => {
    const { own, come, go, state } = setUp();
    come();
    go();
    expect(state.forgetBy).toBe(start + lastSeenMemoryMs);
    state.now = start + 1_000;
    state.row = { ...state.row, lastSeenAt: state.now };
    state.now = start + lastSeenMemoryMs;
    expect(own.forget()).toBe(start + 1_000 + lastSeenMemoryMs);
    state.now = start + 1_000 + lastSeenMemoryMs;
    expect([own.forget(), state.row.lastSeenAt]).toEqual([null, null]);
  });
});
