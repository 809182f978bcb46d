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

/** What is left, as counting text; never less than 1 s while the message lives. */
export function remainingWords(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  if (seconds < minute) return `${seconds} s`;
  if (seconds < hour) return `${Math.ceil(seconds / minute)} min`;
  if (seconds < 2 * day) return `${Math.ceil(seconds / hour)} h`;
  return `${Math.ceil(seconds / day)} d`;
}

/** Milliseconds until `remainingWords` reads differently. */
export function untilWordsChange(ms: number): number {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  const unit = seconds <= minute ? 1 : seconds <= hour ? minute : seconds <= 2 * day ? hour : day;
  const unitMs = unit * 1000;
  return Math.max(50, ms - (Math.ceil(ms / unitMs) - 1) * unitMs);
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
