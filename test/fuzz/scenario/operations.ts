import * as fc from 'fast-check';
import type { UnderWay } from '../simulation/simulated-room';

/** How often each part of an operation comes up; numbers stand for what they pick among whatever there is at that time. */
const pick = fc.nat({ max: 999 });

/** The member's own words: what one event of a frame asks. */
export type EventSpec =
  | { readonly kind: 'text'; readonly clock: ClockSpec; readonly reply: number | null; readonly once: 0 | 1 | 2; readonly long: boolean }
  | { readonly kind: 'image'; readonly medium: number; readonly clock: ClockSpec; readonly caption: boolean }
  | { readonly kind: 'resend'; readonly which: number; readonly altered: boolean }
  | { readonly kind: 'edit'; readonly which: number; readonly same: boolean }
  | { readonly kind: 'delete'; readonly which: number }
  | { readonly kind: 'react'; readonly which: number; readonly emoji: string | null }
  | { readonly kind: 'delivered'; readonly behind: number }
  | { readonly kind: 'read'; readonly which: number }
  | { readonly kind: 'open'; readonly which: number }
  | { readonly kind: 'viewed'; readonly which: number };

export type ClockSpec = { readonly seconds: number; readonly mode: 'after_send' | 'after_read' } | null;
export type PolicySpec = { readonly expires_in_seconds: number | null; readonly expire_mode: 'after_send' | 'after_read' };

/** One thing that happens: to members, to the network, to the machine, to the clock. */
export type Operation =
  | { readonly kind: 'frame'; readonly client: number; readonly via: 'socket' | 'rest' | 'post'; readonly events: readonly EventSpec[] }
  | { readonly kind: 'typing'; readonly client: number; readonly starts: boolean }
  | { readonly kind: 'upload'; readonly client: number; readonly viewOnce: boolean; readonly isAdmitted: boolean }
  | { readonly kind: 'serve'; readonly client: number; readonly which: number }
  | { readonly kind: 'add'; readonly client: number; readonly users: readonly number[] }
  | { readonly kind: 'remove'; readonly client: number; readonly user: number | null }
  | { readonly kind: 'role'; readonly client: number; readonly user: number; readonly role: 'owner' | 'admin' | 'member' }
  | { readonly kind: 'change'; readonly client: number; readonly name: number | null; readonly policy: PolicySpec | null }
  | { readonly kind: 'connect'; readonly client: number; readonly from: 'here' | 'nothing' | 'ahead' }
  | { readonly kind: 'disconnect'; readonly client: number }
  | { readonly kind: 'listen'; readonly client: number; readonly listens: boolean }
  | { readonly kind: 'end_session'; readonly client: number }
  | { readonly kind: 'block'; readonly client: number; readonly blocks: boolean }
  | { readonly kind: 'create_again'; readonly client: number }
  | { readonly kind: 'receipts'; readonly client: number; readonly sends: boolean }
  | { readonly kind: 'clear'; readonly client: number }
  /** An errand of an inbox comes once more, or late. */
  | { readonly kind: 'errand'; readonly which: number }
  | { readonly kind: 'page'; readonly client: number; readonly limit: number; readonly before: number | null }
  | { readonly kind: 'advance'; readonly ms: number; readonly isAlarmLate: boolean }
  | { readonly kind: 'disk'; readonly does: 'stall' | 'flush' | 'work' | 'break' }
  | { readonly kind: 'outside'; readonly mood: 'well' | 'silent' | 'failing' | 'failing_late' }
  | { readonly kind: 'crash' }
  /** The machine fails in the middle of the next commit, drain or alarm, when that has taken so many steps. */
  | { readonly kind: 'strike'; readonly does: 'crash' | 'evict'; readonly during: UnderWay; readonly steps: number }
  | { readonly kind: 'evict' };

/** How a run begins. */
export interface Beginning {
  readonly isGroup: boolean;
  readonly members: number;
  readonly policy: PolicySpec | null;
  /** [BLOCK-1] Who of the two in a direct chat blocks the other beforehand, by their numbers. */
  readonly blockers: readonly number[];
}

/** Everything that happens in one run; the same again for the same of these. */
export interface Scenario {
  readonly seed: number;
  readonly beginning: Beginning;
  readonly operations: readonly Operation[];
}

/** As it can be pasted into a named test. */
export function describeScenario({ seed, beginning, operations }: Scenario): string {
  const lines = operations.map((each) => `    ${JSON.stringify(each)},`);
  return [`{`, `  seed: ${seed},`, `  beginning: ${JSON.stringify(beginning)},`, `  operations: [`, ...lines, `  ],`, `}`].join('\n');
}

const seconds = fc.constantFrom(1, 2, 5, 60, 3_600, 86_400);
const mode = fc.constantFrom('after_send' as const, 'after_read' as const);
const clock: fc.Arbitrary<ClockSpec> = fc.option(fc.record({ seconds, mode }), { freq: 2 });
const policy: fc.Arbitrary<PolicySpec> = fc.record({ expires_in_seconds: fc.option(seconds, { freq: 3 }), expire_mode: mode });
const emoji = fc.option(fc.constantFrom('👍', '❤️', '😂', '🏳️‍🌈'), { freq: 4 });

type Weighted<T> = [number, fc.Arbitrary<T>];
const weighted = <T>(...choices: Weighted<T>[]) => fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })));
/** The part that most operations have. */
const of = <K extends string, T extends object>(kind: K, parts: { [P in keyof T]: fc.Arbitrary<T[P]> }) =>
  fc.record(parts).map((drawn) => ({ kind, ...drawn }));

const once = fc.constantFrom(0 as const, 0 as const, 0 as const, 1 as const, 2 as const);
const eventSpec: fc.Arbitrary<EventSpec> = weighted<EventSpec>(
  [30, of('text', { clock, reply: fc.option(pick, { freq: 1, nil: null }), once, long: fc.nat({ max: 30 }).map((n) => n === 0) })],
  [8, of('image', { medium: pick, clock, caption: fc.boolean() })],
  [8, of('resend', { which: pick, altered: fc.boolean() })],
  [8, of('edit', { which: pick, same: fc.nat({ max: 4 }).map((n) => n === 0) })],
  [6, of('delete', { which: pick })],
  [8, of('react', { which: pick, emoji })],
  [6, of('delivered', { behind: fc.constantFrom(-5, 0, 0, 0, 1, 2) })],
  [16, of('read', { which: pick })],
  [12, of('open', { which: pick })],
  [6, of('viewed', { which: pick })],
);

const client = pick;
const via = fc.constantFrom('socket' as const, 'socket' as const, 'socket' as const, 'socket' as const, 'rest' as const, 'post' as const);
const ms = fc.constantFrom(
  0,
  1,
  10,
  10,
  300,
  999,
  1_000,
  1_001,
  5_000,
  10_000,
  60_000,
  3_600_000,
  86_400_000,
  8 * 86_400_000,
  31 * 86_400_000,
);

const common: Weighted<Operation>[] = [
  [60, of('frame', { client, via, events: fc.array(eventSpec, { minLength: 1, maxLength: 4 }) })],
  [2, of('typing', { client, starts: fc.boolean() })],
  [9, of('upload', { client, viewOnce: fc.boolean(), isAdmitted: fc.nat({ max: 9 }).map((n) => n > 0) })],
  [7, of('serve', { client, which: pick })],
  [
    4,
    of('change', {
      client,
      name: fc.option(fc.nat({ max: 2 }), { nil: null, freq: 1 }),
      policy: fc.option(policy, { nil: null, freq: 4 }),
    }),
  ],
  [
    20,
    of('connect', {
      client,
      from: weighted<'here' | 'nothing' | 'ahead'>([8, fc.constant('here')], [2, fc.constant('nothing')], [1, fc.constant('ahead')]),
    }),
  ],
  [6, of('disconnect', { client })],
  [6, of('listen', { client, listens: fc.boolean() })],
  [1, of('end_session', { client })],
  [6, of('page', { client, limit: fc.constantFrom(1, 3, 10, 100), before: fc.option(pick, { nil: null, freq: 2 }) })],
  [26, of('advance', { ms, isAlarmLate: fc.nat({ max: 4 }).map((n) => n === 0) })],
  [
    14,
    of('disk', {
      does: fc.constantFrom('stall' as const, 'stall' as const, 'flush' as const, 'flush' as const, 'work' as const, 'break' as const),
    }),
  ],
  [
    5,
    of('outside', {
      mood: fc.constantFrom('well' as const, 'well' as const, 'silent' as const, 'failing' as const, 'failing_late' as const),
    }),
  ],
  [4, of('receipts', { client, sends: fc.boolean() })],
  [4, of('clear', { client })],
  [3, of('errand', { which: pick })],
  [
    6,
    of('strike', {
      does: fc.constantFrom('crash' as const, 'evict' as const),
      during: fc.constantFrom('commit' as const, 'drain' as const, 'alarm' as const),
      steps: fc.integer({ min: 1, max: 4 }),
    }),
  ],
  [4, fc.constant({ kind: 'crash' })],
  [5, fc.constant({ kind: 'evict' })],
];

const membership = (weight: number): Weighted<Operation>[] => [
  [weight, of('add', { client, users: fc.array(pick, { minLength: 1, maxLength: 3 }) })],
  [weight, of('remove', { client, user: fc.option(pick, { freq: 1, nil: null }) })],
  [Math.ceil(weight / 2), of('role', { client, user: pick, role: fc.constantFrom('owner' as const, 'admin' as const, 'member' as const) })],
];

/** What may happen in a room: a direct chat has blocks, a group has members that come and go. */
export function operationsIn({ isGroup }: Beginning): fc.Arbitrary<Operation> {
  if (isGroup) return weighted(...common, ...membership(5));
  const direct: Weighted<Operation>[] = [
    [12, of('block', { client, blocks: fc.boolean() })],
    [3, of('create_again', { client })],
  ];
  return weighted(...common, ...direct, ...membership(1));
}

export const beginning: fc.Arbitrary<Beginning> = fc.record({
  isGroup: fc.nat({ max: 4 }).map((n) => n > 1),
  members: fc.integer({ min: 2, max: 4 }),
  policy: fc.option(policy, { nil: null, freq: 2 }),
  blockers: fc.constantFrom([], [], [], [0], [1], [1], [0, 1]),
});
