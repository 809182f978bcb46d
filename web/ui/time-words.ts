const time = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'long' });
const dayAndMonth = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long' });
const fullDate = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' });
const shortDate = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

const dayMs = 24 * 60 * 60 * 1000;

export const clockTime = (at: number) => time.format(at);

/** A heading above the lines of one day: `Today`, `Yesterday`, `Monday`, `3 March`. */
export function dayWords(at: number, now: number): string {
  const days = calendarDaysBetween(at, now);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  if (days > 1 && days < 7) return weekday.format(at);
  return new Date(at).getFullYear() === new Date(now).getFullYear() ? dayAndMonth.format(at) : fullDate.format(at);
}

/** A moment in a list: the time today, else the day. */
export function listTime(at: number, now: number): string {
  const days = calendarDaysBetween(at, now);
  if (days <= 0) return clockTime(at);
  if (days === 1) return 'Yesterday';
  return days < 7 ? weekday.format(at) : shortDate.format(at);
}

/** A moment in a sentence: `at 14:03` today, else `yesterday at 14:03` or with its day. */
export function momentWords(at: number, now: number): string {
  const days = calendarDaysBetween(at, now);
  if (days <= 0) return `at ${clockTime(at)}`;
  return `${days === 1 ? 'yesterday' : dayAndMonth.format(at)} at ${clockTime(at)}`;
}

function calendarDaysBetween(earlier: number, later: number): number {
  return Math.round((startOfDay(later) - startOfDay(earlier)) / dayMs);
}

const startOfDay = (at: number) => new Date(at).setHours(0, 0, 0, 0);
