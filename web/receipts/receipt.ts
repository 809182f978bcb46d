import type { Member } from '../../src/protocol/models';
import type { Line } from '../conversation/line';
import { type Cursors, isAmong, nowhere } from './cursors';

/** What became of an own line: how many of its recipients have it, and have read it. */
export interface Receipt {
  readonly of: number;
  readonly delivered: number;
  readonly read: number;
}

/** How many recipients have opened a view-once line, as far as is known [ONCE-4]. */
export interface Openings {
  readonly count: number;
  readonly of: number;
  /** When it was opened last, milliseconds since the epoch, server clock; null when only the count is known. */
  readonly lastAt: number | null;
}

export type ReceiptStage = 'sent' | 'delivered' | 'read';

type Counted = Pick<Line, 'seq' | 'createdAt' | 'receipts'>;

/**
 * Counts the recipients of an accepted own line. In a large room the cursors of only some members are known here:
 * then the server's own count of the line is the better one.
 * @param memberCount members of the room, the sender included
 * @param seesReadings whether the sender is told of readings [RCPT-3]; what the page was told before that was turned off counts no more
 */
export function computeReceipt(
  line: Counted,
  senderId: string,
  memberCount: number,
  members: ReadonlyMap<string, Member>,
  cursors: Cursors,
  seesReadings = true,
): Receipt {
  const seq = line.seq ?? Number.POSITIVE_INFINITY;
  let delivered = 0;
  let read = 0;
  let late = 0;
  for (const [userId, member] of members) {
    if (userId === senderId) continue;
    const { readSeq, deliveredSeq, missed = [] } = cursors.get(userId) ?? nowhere;
    // Who joined later sees nothing of it [SEND-8], however far their cursor is.
    if (member.joined_at > line.createdAt) late++;
    else if (isAmong(missed, seq)) continue;
    else if (readSeq >= seq) read++;
    else if (deliveredSeq >= seq) delivered++;
  }
  const told = line.receipts;
  const of = told?.of ?? Math.max(0, memberCount - 1 - late);
  const atMost = (count: number) => Math.min(of, count);
  return {
    of,
    delivered: atMost(Math.max(delivered + read, told?.delivered ?? 0)),
    read: seesReadings ? atMost(Math.max(read, told?.read ?? 0)) : 0,
  };
}

/** The stage everybody has reached; an empty room leaves a line where it is. */
export function stageOf({ of, delivered, read }: Receipt): ReceiptStage {
  if (of > 0 && read === of) return 'read';
  return of > 0 && delivered === of ? 'delivered' : 'sent';
}

/** The same for people: `Read`, `Read by 3 of 7`, `Delivered`, `Sent`. */
export function receiptWords(receipt: Receipt, isGroup: boolean): string {
  const { of, delivered, read } = receipt;
  if (isGroup && of > 1) {
    if (read === of) return 'Read by all';
    if (read > 0) return `Read by ${read} of ${of}`;
    if (delivered > 0 && delivered < of) return `Delivered to ${delivered} of ${of}`;
  }
  return { sent: 'Sent', delivered: 'Delivered', read: 'Read' }[stageOf(receipt)];
}

/** The same of a view-once line that was opened: `Opened`, `Opened by all`, `Opened by 2 of 3`. */
export function openedWords({ count, of }: Openings, isGroup: boolean): string {
  if (!isGroup || of <= 1) return 'Opened';
  return count >= of ? 'Opened by all' : `Opened by ${count} of ${of}`;
}
