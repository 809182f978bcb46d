import type { Line } from './line';

/** What the conversation shows, from top to bottom. */
export type Row =
  | { readonly kind: 'day'; readonly key: string; readonly at: number }
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

/** A pause longer than this begins a new run. */
const runGapMs = 5 * 60_000;

/** Groups lines by day and by runs of one sender. */
export function toRows(lines: readonly Line[], ownId: string): Row[] {
  const rows: Row[] = [];
  lines.forEach((line, index) => {
    const previous = lines[index - 1];
    const next = lines[index + 1];
    if (previous === undefined || dayOf(previous) !== dayOf(line)) rows.push({ kind: 'day', key: `day-${line.id}`, at: line.createdAt });
    if (line.type === 'system') rows.push({ kind: 'system', key: line.id, line });
    else {
      const isFirst = previous === undefined || !inOneRun(previous, line);
      const isLast = next === undefined || !inOneRun(line, next);
      rows.push({ kind: 'line', key: line.id, line, isOwn: line.senderId === ownId, isFirst, isLast });
    }
  });
  return rows;
}

function inOneRun(a: Line, b: Line): boolean {
  if (a.type === 'system' || b.type === 'system') return false;
  return a.senderId === b.senderId && dayOf(a) === dayOf(b) && b.createdAt - a.createdAt < runGapMs;
}

/** The local calendar day. */
const dayOf = ({ createdAt }: Line) => new Date(createdAt).toDateString();
