import { describe, expect, it } from 'vitest';
import { lineOfMessage } from '../../web/conversation/line';
import { type RowFacts, toRows } from '../../web/conversation/rows';
import { adaId, boId, messageOf } from './web-models';

const noon = new Date(2026, 5, 10, 12).getTime();
const minute = 60_000;
const line = (seq: number, sender_id: string, created_at: number, change = {}) =>
  lineOfMessage(messageOf(seq, { sender_id, created_at, ...change }));

const facts: RowFacts = { ownId: adaId, hasOlder: false, gapAfter: null, unreadAfter: null };

describe('rows of a conversation', () => {
  it('runs end where the sender changes, after a pause and around a system line', () => {
    const rows = toRows(
      [
        line(1, adaId, noon),
        line(2, adaId, noon + minute),
        line(3, boId, noon + 2 * minute),
        line(4, boId, noon + 20 * minute),
        line(5, boId, noon + 20 * minute, { message_type: 'system' }),
        line(6, boId, noon + 20 * minute),
      ],
      facts,
    );
    expect(rows.map((row) => (row.kind === 'line' ? [row.isOwn, row.isFirst, row.isLast] : row.kind))).toEqual([
      'start',
      'day',
      [true, true, false],
      [true, false, true],
      [false, true, true],
      [false, true, true],
      'system',
      [false, true, true],
    ]);
  });

  it('each local day has its heading, and a run does not cross midnight', () => {
    const midnight = new Date(2026, 5, 11).getTime();
    const rows = toRows([line(1, adaId, midnight - 1), line(2, adaId, midnight)], facts);
    expect(rows.map(({ kind }) => kind)).toEqual(['start', 'day', 'line', 'day', 'line']);
    expect(rows.every((row) => row.kind !== 'line' || (row.isFirst && row.isLast))).toBe(true);
  });

  it('keys are unique', () => {
    const rows = toRows([line(1, adaId, noon), line(2, boId, noon + 24 * 60 * minute)], facts);
    expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
  });

  const kinds = (given: Partial<RowFacts>, rows = lines) =>
    toRows(rows, { ...facts, ...given }).map((row) => (row.kind === 'line' ? row.line.seq : row.kind));
  const lines = [line(1, boId, noon), line(2, boId, noon), line(7, boId, noon), line(8, boId, noon)];

  it('where lines are missing is told: before all, between, and where nothing is left below', () => {
    expect(kinds({ hasOlder: true })).toEqual(['older', 'day', 1, 2, 7, 8]);
    expect(kinds({ gapAfter: 2 })).toEqual(['start', 'day', 1, 2, 'gap', 'day', 7, 8]);
    expect(kinds({ gapAfter: 8 })).toEqual(['start', 'day', 1, 2, 7, 8, 'gap']);
    const rows = toRows(lines, { ...facts, gapAfter: 2 });
    expect(rows.flatMap((row) => (row.kind === 'line' ? [[row.line.seq, row.isFirst, row.isLast]] : []))).toEqual([
      [1, true, false],
      [2, false, true],
      [7, true, false],
      [8, false, true],
    ]);
  });

  it('what is new is divided off once, and never by own or system lines', () => {
    expect(kinds({ unreadAfter: 2 })).toEqual(['start', 'day', 1, 2, 'unread', 7, 8]);
    expect(kinds({ unreadAfter: 8 })).toEqual(['start', 'day', 1, 2, 7, 8]);
    const mixed = [line(1, adaId, noon), line(2, boId, noon, { message_type: 'system' }), line(3, boId, noon)];
    expect(kinds({ unreadAfter: 0 }, mixed)).toEqual(['start', 'day', 1, 'system', 'unread', 3]);
  });

  it('a row that says what it said before is the same object, and only that', () => {
    const before = toRows(lines, facts);
    const after = toRows([...lines, line(9, boId, noon)], facts, before);
    expect(after.map((row) => before.includes(row))).toEqual([true, true, true, true, true, false, false]);
    expect(after.at(-2)).toMatchObject({ isLast: false });
  });
});
