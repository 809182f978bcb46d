import type { Policy } from '../../src/protocol/models';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const week = 7 * day;

/** What a user can choose for the next lines; null leaves it to the chat's policy. */
export const expiryChoices: readonly { readonly seconds: number; readonly label: string }[] = [
  { seconds: 10, label: '10 seconds' },
  { seconds: minute, label: '1 minute' },
  { seconds: hour, label: '1 hour' },
  { seconds: day, label: '1 day' },
];

/** What is offered as a chat's policy [EXP-6]; null is "off". */
export const policySeconds: readonly (number | null)[] = [null, minute, hour, day, week, 4 * week];

/** A length of time in its largest whole unit: `1 day`, `90 minutes`. */
export function durationWords(seconds: number): string {
  for (const [size, name] of [
    [week, 'week'],
    [day, 'day'],
    [hour, 'hour'],
    [minute, 'minute'],
  ] as const) {
    if (seconds >= size && seconds % size === 0) return plural(seconds / size, name);
  }
  return plural(seconds, 'second');
}

/** The same, short enough for a button: `1 d`, `10 s`. */
export function durationShort(seconds: number): string {
  for (const [size, unit] of [
    [week, 'w'],
    [day, 'd'],
    [hour, 'h'],
    [minute, 'min'],
  ] as const) {
    if (seconds >= size && seconds % size === 0) return `${seconds / size} ${unit}`;
  }
  return `${seconds} s`;
}

/** The chat's policy as a sentence [EXP-6]. */
export function policySentence({ expires_in_seconds, expire_mode }: Policy): string {
  if (expires_in_seconds === null) return 'Messages in this chat stay until somebody deletes them.';
  const moment = expire_mode === 'after_send' ? 'they are sent' : 'they are read';
  return `Messages in this chat disappear ${durationWords(expires_in_seconds)} after ${moment}.`;
}

/**
 * Whether the clock of a line that counts from reading [EXP-1] has not started: while more is left than it would give,
 * only the limit for what nobody reads is running.
 */
export function isWaitingForReader(expiresAt: number | null, readSeconds: number, now: number): boolean {
  return expiresAt === null || expiresAt - now > readSeconds * 1000;
}

/** Units of counting text, each used while more than `fromMs` is left. */
const counts = [
  { unit: 'd', unitMs: day * 1000, fromMs: 47 * hour * 1000 },
  { unit: 'h', unitMs: hour * 1000, fromMs: 59 * minute * 1000 },
  { unit: 'min', unitMs: minute * 1000, fromMs: 59 * 1000 },
] as const;
const inSeconds = { unit: 's', unitMs: 1000, fromMs: 0 } as const;

const countOf = (ms: number) => counts.find(({ fromMs }) => ms > fromMs) ?? inSeconds;

/** What is left, as counting text; never less than 1 s while the message lives. */
export function remainingWords(ms: number): string {
  const { unit, unitMs } = countOf(ms);
  return `${Math.max(1, Math.ceil(ms / unitMs))} ${unit}`;
}

/** Milliseconds until `remainingWords` reads differently, 50 at least. */
export function untilWordsChange(ms: number): number {
  const { unitMs, fromMs } = countOf(ms);
  const changesAtMs = Math.max(fromMs, (Math.ceil(ms / unitMs) - 1) * unitMs);
  return Math.max(50, ms - changesAtMs);
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
