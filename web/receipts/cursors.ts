import type { Cursor, ServerRoomEvent } from '../../src/protocol/room-frames';

export type Missed = NonNullable<Cursor['missed']>;

/** How far one member has got: everything up to these seqs has reached them, was on their screen [RCPT-1]. */
export interface Standing {
  readonly deliveredSeq: number;
  readonly readSeq: number;
  /** Where neither means anything for what the user sent [BLOCK-1]. */
  readonly missed?: Missed;
}

/** The standing of members by user id; above 100 members only of some [SYNC-2]. Never changed in place. */
export type Cursors = ReadonlyMap<string, Standing>;
export type Moves = Extract<ServerRoomEvent, { type: 'message_read' }>['by'];

export const nowhere: Standing = { deliveredSeq: 0, readSeq: 0 };

/** Whether the seq lies in one of the ranges. */
export const isAmong = (ranges: Missed, seq: number) => ranges.some(({ from_seq, to_seq }) => from_seq <= seq && seq <= to_seq);

/** Standings only move forward, and what was read was delivered. */
export function withCursors(cursors: Cursors, told: readonly Cursor[]): Cursors {
  if (told.length === 0) return cursors;
  const next = new Map(cursors);
  for (const { user_id, delivered_seq, read_seq, missed } of told) {
    const held = next.get(user_id) ?? nowhere;
    next.set(user_id, {
      deliveredSeq: Math.max(held.deliveredSeq, delivered_seq, read_seq),
      readSeq: Math.max(held.readSeq, read_seq),
      missed: missed ?? held.missed ?? [],
    });
  }
  return next;
}

export const withDelivered = (cursors: Cursors, by: Moves) =>
  withCursors(
    cursors,
    by.map(({ user_id, up_to_seq, missed }) => ({ user_id, delivered_seq: up_to_seq, read_seq: 0, missed })),
  );

export const withRead = (cursors: Cursors, by: Moves) =>
  withCursors(
    cursors,
    by.map(({ user_id, up_to_seq, missed }) => ({ user_id, delivered_seq: 0, read_seq: up_to_seq, missed })),
  );
