import { earlier } from './expiry';
import type { LiveRoom } from './live-room';
import type { Progress } from './reading-store';
import { recipientsOf } from './receipts';
import type { MemberState } from './state';
import type { Turn } from './turn';

/** Read marks one slice of the alarm looks at. */
const sliceMarks = 100;

/** [RCPT-1] Everything up to `upToSeq` has reached the member; never moves back. */
export function applyDelivered(turn: Turn, member: MemberState, upToSeq: number): void {
  const { readings } = turn.room.store;
  const { delivered, read } = readings.progress(member.n);
  const reached = Math.min(upToSeq, turn.room.lastSeq(member));
  if (reached <= delivered) return;
  readings.setProgress(member.n, { delivered: reached, read });
  turn.moved.push({ kind: 'delivered', userId: member.profile.user.id, fromSeq: delivered, upToSeq: reached, at: turn.now });
}

/**
 * [RCPT-1] Everything up to the message was on the member's screen; never moves back. Starts the reading clocks [EXP-1].
 * @throws Refusal `not_found`
 */
export function applyRead(turn: Turn, member: MemberState, messageId: string): void {
  const { readings } = turn.room.store;
  const message = turn.room.requireMessage(member, messageId);
  const { delivered, read } = readings.progress(member.n);
  if (message.seq <= read) return;
  readings.setProgress(member.n, { delivered: Math.max(delivered, message.seq), read: message.seq });
  noteReading(turn, member, { delivered, read }, message.seq);
  startReadClocks(turn, member, Math.max(read, member.joinedSeq), message.seq);
}

/** [RCPT-3] A reading that others are not told of delivers all the same; the first after turning receipts on again tells all before it. */
function noteReading(turn: Turn, member: MemberState, before: Progress, upToSeq: number): void {
  const { room, now: at } = turn;
  const userId = member.profile.user.id;
  if (member.toldRead !== null && member.profile.readReceipts) {
    room.store.setToldRead(member.n, null);
    room.reloadRoster();
  }
  if (!member.profile.readReceipts && upToSeq > before.delivered)
    turn.moved.push({ kind: 'delivered', userId, fromSeq: before.delivered, upToSeq, at });
  turn.moved.push({ kind: 'read', userId, fromSeq: member.toldRead ?? before.read, upToSeq, at });
}

/**
 * The member's reading of (`afterSeq`, `upTo`] starts their copies' clocks. Where they were the last to read, the
 * message's end for everybody is known from now on; else a mark remembers when their own copies end.
 */
function startReadClocks(turn: Turn, member: MemberState, afterSeq: number, upTo: number): void {
  const { room, now } = turn;
  const started = room.store.messages.withReadClock(afterSeq, upTo, now).filter((message) => !isOwn(room, message.sender, member));
  if (started.length === 0) return;
  let nextDue: number | null = null;
  for (const message of started) {
    const end = now + message.readSeconds * 1000;
    if (haveAllRead(room, message)) endForAllAt(turn, message, end);
    else nextDue = earlier(nextDue, end);
  }
  if (nextDue === null) return;
  room.store.readings.insertMark({ n: member.n, afterSeq, upTo, at: now, nextDue }, turn.touch());
  turn.wakeAt(nextDue);
}

/** [EXP-4] Tells readers whose own copies have ended; the message itself goes on for the others. */
export function endCopies(turn: Turn): void {
  const { room, now } = turn;
  const { readings, messages } = room.store;
  for (const mark of readings.dueMarks(now, sliceMarks)) {
    const reader = room.roster.stay(mark.n);
    const isPresent = reader.leftRev === null;
    let nextDue: number | null = null;
    for (const message of messages.withReadClock(mark.afterSeq, mark.upTo, now)) {
      if (isOwn(room, message.sender, reader)) continue;
      const end = mark.at + message.readSeconds * 1000;
      if (end > now) nextDue = earlier(nextDue, end);
      else if (isPresent && mark.nextDue !== null && end >= mark.nextDue) {
        turn.outgoing.tellUser(reader.profile.user.id, () => ({
          type: 'message_expired',
          message_id: message.id,
          reason: 'expired',
          deleted_at: end,
        }));
      }
    }
    readings.setNextDue(mark, nextDue, turn.touch());
  }
  readings.dropSpentMarks();
}

/** Somebody left: messages that only they had not read end for everybody as their last reader's copy does. */
export function settleReadClocks(turn: Turn): void {
  const { room, now } = turn;
  for (const message of room.store.messages.withReadClock(0, room.seq, now)) {
    if (!haveAllRead(room, message)) continue;
    const readAts = recipientsOf(room, message).map((member) => room.store.readings.readAt(member.n, message.seq) ?? now);
    const lastReadAt = readAts.length === 0 ? now : Math.max(...readAts);
    endForAllAt(turn, message, lastReadAt + message.readSeconds * 1000);
  }
}

function endForAllAt(turn: Turn, message: { seq: number; endsAt: number | null }, end: number): void {
  if (message.endsAt !== null && message.endsAt <= end) return;
  turn.room.store.messages.setEndsAt(message.seq, end, turn.touch());
  turn.wakeAt(end);
}

function haveAllRead(room: LiveRoom, message: { seq: number; sender: number }): boolean {
  return recipientsOf(room, message).every((member) => room.store.readings.progress(member.n).read >= message.seq);
}

function isOwn(room: LiveRoom, sender: number, member: MemberState): boolean {
  return room.roster.userOf(sender) === member.profile.user.id;
}
