import type { Cursor, ServerRoomEvent } from '../../src/protocol/room-frames';

/** How far one member has got: everything up to these seqs has reached them, was on their screen [RCPT-1]. */
export interface Standing {
  readonly deliveredSeq: number;
  readonly readSeq: number;
}

/** The standing of members by user id; above 100 members only of some [SYNC-2]. Never changed in place. */
export type Cursors = ReadonlyMap<string, Standing>;
export type Moves = Extract<ServerRoomEvent, { type: 'message_read' }>['by'];

export const nowhere: Standing = { deliveredSeq: 0, readSeq: 0 };

/** Standings only move forward, and what was read was delivered. */
export function withCursors(cursors: Cursors, told: readonly Cursor[]): Cursors {
  if (told.length === 0) return cursors;
  const next = new Map(cursors);
  for (const { user_id, delivered_seq, read_seq } of told) {
    const { deliveredSeq, readSeq } = next.get(user_id) ?? nowhere;
    next.set(user_id, { deliveredSeq: Math.max(deliveredSeq, delivered_seq, read_seq), readSeq: Math.max(readSeq, read_seq) });
  }
  return next;
}

export const withDelivered = (cursors: Cursors, by: Moves) =>
  withCursors(
    cursors,
    by.map(({ user_id, up_to_seq }) => ({ user_id, delivered_seq: up_to_seq, read_seq: 0 })),
  );

export const withRead = (cursors: Cursors, by: Moves) =>
  withCursors(
    cursors,
    by.map(({ user_id, up_to_seq }) => ({ user_id, delivered_seq: 0, read_seq: up_to_seq })),
  );
