import { describe, expect, it } from 'vitest';
import { lineOfMessage } from '../../web/conversation/line';
import { toRows } from '../../web/conversation/rows';
import { adaId, boId, messageOf } from './web-models';

const noon = new Date(2026, 5, 10, 12).getTime();
const minute = 60_000;
const line = (seq: number, sender_id: string, created_at: number, change = {}) =>
  lineOfMessage(messageOf(seq, { sender_id, created_at, ...change }));

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
      adaId,
    );
    expect(rows.map((row) => (row.kind === 'line' ? [row.isOwn, row.isFirst, row.isLast] : row.kind))).toEqual([
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
    const rows = toRows([line(1, adaId, midnight - 1), line(2, adaId, midnight)], adaId);
    expect(rows.map(({ kind }) => kind)).toEqual(['day', 'line', 'day', 'line']);
    expect(rows.every((row) => row.kind !== 'line' || (row.isFirst && row.isLast))).toBe(true);
  });

  it('keys are unique', () => {
    const rows = toRows([line(1, adaId, noon), line(2, boId, noon + 24 * 60 * minute)], adaId);
    expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
  });
});
