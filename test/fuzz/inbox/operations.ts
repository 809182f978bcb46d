import type { SeededRandom } from '../../support/random';
import type { Mood } from '../simulation/machine';

/** One thing that happens; numbers stand for what they pick among whatever there is at that time. */
export type Operation =
  | {
      readonly kind: 'send';
      readonly user: number;
      readonly chat: number;
      readonly once: boolean;
      readonly seconds: number | null;
      readonly readClock: boolean;
    }
  | { readonly kind: 'edit' | 'delete'; readonly user: number; readonly which: number }
  | { readonly kind: 'read'; readonly user: number; readonly chat: number; readonly back: number }
  | { readonly kind: 'leave' | 'join'; readonly user: number; readonly chat: number }
  | { readonly kind: 'own'; readonly user: number; readonly chat: number; readonly change: OwnChange }
  | { readonly kind: 'clear'; readonly user: number; readonly chat: number }
  | { readonly kind: 'block'; readonly user: number; readonly isActive: boolean }
  | { readonly kind: 'link'; readonly device: number; readonly isOnline: boolean }
  | { readonly kind: 'show'; readonly device: number; readonly chat: number | null }
  | { readonly kind: 'more'; readonly device: number }
  | { readonly kind: 'reload'; readonly device: number }
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'steps'; readonly count: number }
  | { readonly kind: 'settle' }
  | { readonly kind: 'mood'; readonly of: 'inbox' | 'room'; readonly which: number; readonly mood: Mood }
  | { readonly kind: 'disk'; readonly user: number; readonly isSlow: boolean }
  | { readonly kind: 'crash' | 'evict'; readonly of: 'inbox' | 'room'; readonly which: number };

/** What users and their devices do; the rest befalls the machine. */
export type Deed = Exclude<Operation, { kind: 'advance' | 'steps' | 'settle' | 'mood' | 'disk' | 'crash' | 'evict' }>;

export type OwnChange = { readonly isPinned: boolean } | { readonly isArchived: boolean } | { readonly muteMs: number | null };

const seconds = [1, 2, 5, 60, 3_600];
const spans = [0, 1, 100, 699, 700, 1_000, 1_001, 5_000, 10_000, 60_000, 3_600_000];

/** What may happen next, the likelier the more of it there is in a day. */
export function drawOperation(random: SeededRandom): Operation {
  const n = () => random.below(1_000);
  const one = <T>(choices: readonly T[]): T => choices[random.below(choices.length)] as T;
  const flip = () => random.below(2) === 0;
  const place = () => ({ of: one(['inbox', 'inbox', 'inbox', 'room'] as const), which: n() });
  const draws: readonly [number, () => Operation][] = [
    [
      26,
      () => ({
        kind: 'send',
        user: n(),
        chat: n(),
        once: random.below(6) === 0,
        seconds: random.below(3) === 0 ? one(seconds) : null,
        readClock: flip(),
      }),
    ],
    [5, () => ({ kind: 'edit', user: n(), which: n() })],
    [6, () => ({ kind: 'delete', user: n(), which: n() })],
    [14, () => ({ kind: 'read', user: n(), chat: n(), back: random.below(3) })],
    [3, () => ({ kind: 'leave', user: n(), chat: n() })],
    [5, () => ({ kind: 'join', user: n(), chat: n() })],
    [
      10,
      () => ({
        kind: 'own',
        user: n(),
        chat: n(),
        change: one([
          { isPinned: flip() },
          { isArchived: random.below(3) > 0 },
          { muteMs: one([null, 1_000, 3_600_000, 8 * 3_600_000, 10 ** 13]) },
        ]),
      }),
    ],
    [3, () => ({ kind: 'clear', user: n(), chat: n() })],
    [6, () => ({ kind: 'block', user: n(), isActive: flip() })],
    [8, () => ({ kind: 'link', device: n(), isOnline: flip() })],
    [6, () => ({ kind: 'show', device: n(), chat: random.below(4) === 0 ? null : n() })],
    [4, () => ({ kind: 'more', device: n() })],
    [2, () => ({ kind: 'reload', device: n() })],
    [18, () => ({ kind: 'advance', ms: one(spans) })],
    [22, () => ({ kind: 'steps', count: random.below(12) })],
    [14, () => ({ kind: 'settle' })],
    [7, () => ({ kind: 'mood', ...place(), mood: one(['well', 'well', 'silent', 'failing', 'failing_late']) })],
    [7, () => ({ kind: 'disk', user: n(), isSlow: flip() })],
    [7, () => ({ kind: 'crash', ...place() })],
    [5, () => ({ kind: 'evict', ...place() })],
  ];
  const total = draws.reduce((sum, [weight]) => sum + weight, 0);
  let left = random.below(total);
  for (const [weight, draw] of draws) {
    if (left < weight) return draw();
    left -= weight;
  }
  throw new Error('The weights do not add up');
}
