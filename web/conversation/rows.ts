import { assertNever } from '../assert-never';
import { remembering } from '../remembering';
import type { Line } from './line';

/** What the conversation shows, from top to bottom. */
export type Row =
  /** The chat's first words: nothing is older. */
  | { readonly kind: 'start'; readonly key: string; readonly isEmpty: boolean }
  /** Older lines are still on the server. */
  | { readonly kind: 'older'; readonly key: string }
  /** So are some between those above and those below. */
  | { readonly kind: 'gap'; readonly key: string }
  | { readonly kind: 'day'; readonly key: string; readonly at: number }
  /** What follows is new to the reader. */
  | { readonly kind: 'unread'; readonly key: string }
  | { readonly kind: 'system'; readonly key: string; readonly line: Line }
  | {
      readonly kind: 'line';
      readonly key: string;
      readonly line: Line;
      readonly isOwn: boolean;
      /** First and last of a run of lines of one sender. */
      readonly isFirst: boolean;
      readonly isLast: boolean;
    };

export interface RowFacts {
  readonly ownId: string;
  readonly hasOlder: boolean;
  /** Lines above this seq are after the gap; null where there is none. */
  readonly gapAfter: number | null;
  /** Lines of others above this seq are new to the reader; null for no divider. */
  readonly unreadAfter: number | null;
}

/** Whether a row is somebody's or the room's own words. */
export const isReadable = ({ kind }: Pick<Row, 'kind'>) => kind === 'line' || kind === 'system';

export const unreadKey = 'unread';

/** A pause longer than this begins a new run. */
const runGapMs = 5 * 60_000;

/**
 * Groups lines by day and by runs of one sender, and says what is missing between them.
 * @param before the rows shown until now: those that say the same are given again, so that views see what changed
 */
export function toRows(lines: readonly Line[], facts: RowFacts, before: readonly Row[] = []): Row[] {
  const { ownId, hasOlder, gapAfter, unreadAfter } = facts;
  const known = new Map(before.map((row) => [row.key, row]));
  const rows: Row[] = [];
  const add = (row: Row) => {
    const same = known.get(row.key);
    rows.push(same !== undefined && saysTheSame(same, row) ? same : row);
  };
  if (hasOlder) add({ kind: 'older', key: 'older' });
  else add({ kind: 'start', key: 'start', isEmpty: lines.every(({ type }) => type === 'system') });
  const liesBefore = (seq: number | null, line: Line | undefined) =>
    seq !== null && line !== undefined && line.seq !== null && line.seq <= seq;
  let isUnreadTold = unreadAfter === null;
  let isGapTold = gapAfter === null;
  lines.forEach((line, index) => {
    const above = lines[index - 1];
    const below = lines[index + 1];
    const followsGap = !isGapTold && !liesBefore(gapAfter, line);
    const precedesGap = liesBefore(gapAfter, line) && !liesBefore(gapAfter, below);
    if (followsGap) {
      isGapTold = true;
      add({ kind: 'gap', key: 'gap' });
    }
    const previous = followsGap ? undefined : above;
    if (previous === undefined || dayOf(previous) !== dayOf(line)) add({ kind: 'day', key: `day-${line.id}`, at: line.createdAt });
    const isNew = unreadAfter !== null && line.seq !== null && line.seq > unreadAfter && line.senderId !== ownId && line.type !== 'system';
    const isUnread = isNew && !isUnreadTold;
    if (isUnread) {
      isUnreadTold = true;
      add({ kind: 'unread', key: unreadKey });
    }
    const isFirst = isUnread || previous === undefined || !inOneRun(previous, line);
    const isLast = precedesGap || below === undefined || !inOneRun(line, below);
    if (line.type === 'system') add({ kind: 'system', key: line.id, line });
    else add({ kind: 'line', key: line.id, line, isOwn: line.senderId === ownId, isFirst, isLast });
  });
  if (!isGapTold) add({ kind: 'gap', key: 'gap' });
  return rows;
}

function inOneRun(a: Line, b: Line): boolean {
  if (a.type === 'system' || b.type === 'system') return false;
  return a.senderId === b.senderId && dayOf(a) === dayOf(b) && b.createdAt - a.createdAt < runGapMs;
}

/** The local calendar day, as the moment it begins. */
const dayOf = remembering(({ createdAt }: Line) => new Date(createdAt).setHours(0, 0, 0, 0));

function saysTheSame(a: Row, b: Row): boolean {
  switch (a.kind) {
    case 'line':
      return b.kind === 'line' && a.line === b.line && a.isOwn === b.isOwn && a.isFirst === b.isFirst && a.isLast === b.isLast;
    case 'system':
      return b.kind === 'system' && a.line === b.line;
    case 'day':
      return b.kind === 'day' && a.at === b.at;
    case 'start':
      return b.kind === 'start' && a.isEmpty === b.isEmpty;
    case 'older':
    case 'gap':
    case 'unread':
      return a.kind === b.kind;
    default:
      return assertNever(a);
  }
}
