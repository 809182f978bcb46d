import { errorEvent } from '../frames';
import { Refusal } from '../protocol/errors';
import type { ServerRoomEvent } from '../protocol/room-frames';
import type { Result } from '../result';
import type { LiveRoom } from './live-room';
import type { MemberState } from './state';
import { Turn } from './turn';

/** Something that waits for its commit: an event from a socket, or a call that waits for the answer. */
export interface Work {
  readonly userId: string;
  /** Who gets the answering events; null when `settle` does. */
  readonly socket: WebSocket | null;
  /** What an error names as the event it answers. */
  readonly ref: string | undefined;
  /**
   * Decides, then writes: a Refusal must be thrown before the first row is written. Returns the events that answer the
   * caller alone.
   */
  readonly run: (turn: Turn, member: MemberState) => ServerRoomEvent[];
  readonly settle?: (answer: Result<ServerRoomEvent[]>) => void;
}

/** A commit, and what its one shared frame must not tell: that is the next commit. */
export interface Committed {
  readonly turn: Turn;
  readonly rest: readonly Work[];
}

/**
 * One commit of the room: every work decided for itself, all in one transaction under one rev, as many of `batch` as one
 * shared frame may tell. A fault changes nothing and tells every caller to try again.
 */
export function commitBatch(room: LiveRoom, batch: readonly Work[], now: number): Committed {
  const turn = new Turn(room, now);
  try {
    const answers = room.store.transaction(() => {
      const answers = runUntilClosed(turn, batch);
      turn.close();
      return answers;
    });
    turn.finish();
    for (const [index, answer] of answers.entries()) deliver(turn, batch[index], answer);
    return { turn, rest: batch.slice(answers.length) };
  } catch (fault) {
    console.error(`commit of ${batch.length} events failed (${fault instanceof Error ? fault.name : 'unknown'})`);
    room.reload();
    const failed = new Turn(room, now);
    const answer = refused(new Refusal('unavailable', undefined, { retryAfterMs: 1_000 }));
    for (const work of batch) deliver(failed, work, answer);
    return { turn: failed, rest: [] };
  }
}

function runUntilClosed(turn: Turn, batch: readonly Work[]): Result<ServerRoomEvent[]>[] {
  const answers: Result<ServerRoomEvent[]>[] = [];
  for (const work of batch) {
    if (turn.isClosed) break;
    answers.push(attempt(turn, work));
  }
  return answers;
}

function attempt(turn: Turn, work: Work): Result<ServerRoomEvent[]> {
  try {
    return { ok: true, value: work.run(turn, turn.room.requireMember(work.userId)) };
  } catch (error) {
    if (error instanceof Refusal) return refused(error);
    throw error;
  }
}

function deliver(turn: Turn, work: Work | undefined, answer: Result<ServerRoomEvent[]>): void {
  if (work === undefined) return;
  const events = answer.ok ? answer.value : [errorEvent(answer.code, answer.detail, work.ref, answer.retryAfterMs ?? undefined)];
  for (const event of events) turn.outgoing.tell(work.socket, event);
  work.settle?.(answer);
}

/** Answers every caller who waits with the refusal; for when there is nothing to commit to. */
export function refuseAll(batch: readonly Work[], refusal: Refusal): void {
  for (const work of batch) work.settle?.(refused(refusal));
}

function refused({ code, message, fields, retryAfterMs }: Refusal): Result<never> {
  return { ok: false, code, detail: message, fields, retryAfterMs: retryAfterMs ?? null };
}
