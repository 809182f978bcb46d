import { earlier } from './expiry';
import type { LiveRoom } from './live-room';
import type { ReadClocked } from './message-store';
import type { Progress, ReadMark } from './reading-store';
import type { MemberState } from './state';
import type { Turn } from './turn';

/** Read marks one slice of the alarm looks at, and messages that they are about: whichever comes first. */
const sliceMarks = 100;
const sliceMessages = 250;
/** A reading of more is several marks. */
const messagesPerMark = 250;

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

/** [RCPT-3] A reading delivers, too, for those who are not told of it; the first after turning receipts on again tells all before it. */
function noteReading(turn: Turn, member: MemberState, before: Progress, upToSeq: number): void {
  const { room, now: at } = turn;
  const userId = member.profile.user.id;
  if (member.toldRead !== null && member.profile.readReceipts) {
    room.store.setToldRead(member.n, null);
    room.reloadRoster();
  }
  if (upToSeq > before.delivered) turn.moved.push({ kind: 'delivered', userId, fromSeq: before.delivered, upToSeq, at });
  turn.moved.push({ kind: 'read', userId, fromSeq: member.toldRead ?? before.read, upToSeq, at });
  // [RCPT-4] Nobody else's inbox counts by it.
  turn.owe(member.n);
}

/**
 * The member's reading of (`afterSeq`, `upTo`] starts their copies' clocks. Where they were the last to read, the
 * message's end for everybody is known from now on; else a mark remembers when their own copies end.
 */
function startReadClocks(turn: Turn, member: MemberState, afterSeq: number, upTo: number): void {
  const { room, now } = turn;
  const started = room.store.messages.withReadClock(afterSeq, upTo, now).filter((message) => !isOwn(room, message.sender, member));
  if (started.length === 0) return;
  const isReadByAll = readByAll(room, upTo);
  const lasting = started.filter((message) => !isReadByAll(message));
  endForAll(
    turn,
    started.filter(isReadByAll).map((message) => ({ message, readAt: now })),
  );
  // A mark covers few enough messages that the alarm can look at all of them in one slice.
  for (let start = 0, after = afterSeq; start < lasting.length; start += messagesPerMark) {
    const covered = lasting.slice(start, start + messagesPerMark);
    const end = start + messagesPerMark < lasting.length ? (covered.at(-1)?.seq ?? upTo) : upTo;
    const nextDue = now + Math.min(...covered.map((message) => message.readSeconds)) * 1000;
    room.store.readings.insertMark({ n: member.n, afterSeq: after, upTo: end, at: now, nextDue }, turn.touch());
    turn.wakeAt(nextDue);
    after = end;
  }
}

/** [EXP-4] Tells readers whose own copies have ended; the message itself goes on for the others. */
export function endCopies(turn: Turn): void {
  const { room, now } = turn;
  const { readings } = room.store;
  let looked = 0;
  for (const mark of readings.dueMarks(now, sliceMarks)) {
    if (looked >= sliceMessages) return;
    const copies = room.store.messages.withReadClock(mark.afterSeq, mark.upTo, now);
    readings.setNextDue(mark, endCopiesOf(turn, mark, copies), turn.touch());
    looked += copies.length;
  }
}

/** Returns when the next of the copies ends; null when all have. */
function endCopiesOf(turn: Turn, mark: ReadMark, copies: readonly ReadClocked[]): number | null {
  const { room, now } = turn;
  const reader = room.roster.stay(mark.n);
  let nextDue: number | null = null;
  for (const message of copies) {
    if (isOwn(room, message.sender, reader)) continue;
    const end = mark.at + message.readSeconds * 1000;
    if (end > now) nextDue = earlier(nextDue, end);
    else if (reader.leftRev === null && mark.nextDue !== null && end >= mark.nextDue) {
      turn.noteEnd(message);
      turn.tellAbout(message, reader.profile.user.id, () => ({
        type: 'message_expired',
        message_id: message.id,
        reason: 'expired',
        deleted_at: end,
      }));
    }
  }
  return nextDue;
}

/** Readings that are of no more use. */
export function dropSpentMarks(turn: Turn): void {
  turn.room.store.readings.dropSpentMarks(sliceMarks);
}

/** Somebody left: messages that only they had not read end for everybody as their last reader's copy does. */
export function settleReadClocks(turn: Turn, leaver: MemberState): void {
  const { room, now } = turn;
  const { messages, readings } = room.store;
  const unread = messages.withReadClock(Math.max(readings.progress(leaver.n).read, leaver.joinedSeq), room.seq, now);
  const readAtOf = lastReadings(room, unread.filter((message) => !isOwn(room, message.sender, leaver)).filter(readByAll(room, room.seq)));
  endForAll(
    turn,
    [...readAtOf].map(([message, readAt]) => ({ message, readAt: readAt ?? now })),
  );
}

/** When the last of those who are still here read each of the messages (by `seq`); null when nobody did. */
function lastReadings(room: LiveRoom, messages: readonly ReadClocked[]): Map<ReadClocked, number | null> {
  const lastAt = new Map<ReadClocked, number | null>(messages.map((message) => [message, null]));
  let waiting = messages;
  // The latest first: what one of them covers needs no other.
  for (const mark of room.store.readings.allMarks()) {
    if (waiting.length === 0) break;
    const reader = room.roster.stay(mark.n);
    if (reader.leftRev !== null) continue;
    const covers = (message: ReadClocked) =>
      message.seq > mark.afterSeq && message.seq <= mark.upTo && !isOwn(room, message.sender, reader);
    for (const message of waiting) if (covers(message)) lastAt.set(message, mark.at);
    waiting = waiting.filter((message) => !covers(message));
  }
  return lastAt;
}

function endForAll(turn: Turn, read: readonly { readonly message: ReadClocked; readonly readAt: number }[]): void {
  const ends = read.map(({ message, readAt }) => ({ seq: message.seq, known: message.endsAt, end: readAt + message.readSeconds * 1000 }));
  const earlierEnds = ends.filter(({ known, end }) => known === null || end < known);
  if (earlierEnds.length === 0) return;
  turn.room.store.messages.setEndsAt(earlierEnds, turn.touch());
  turn.noteChange(Math.max(...earlierEnds.map(({ seq }) => seq)));
  turn.wakeAt(Math.min(...earlierEnds.map(({ end }) => end)));
}

/** Tells of messages up to `upTo` whether all their recipients have read them. Looks through the members once, not for each message. */
function readByAll(room: LiveRoom, upTo: number): (message: { readonly seq: number; readonly sender: number }) => boolean {
  const behind = room.roster
    .present()
    .map((member) => ({ ...member, read: room.store.readings.progress(member.n).read }))
    .filter(({ read }) => read < upTo);
  let lastFound = behind[0];
  return ({ seq, sender }) => {
    const isMissing = (member: (typeof behind)[number]) => member.joinedSeq < seq && member.read < seq && !isOwn(room, sender, member);
    // Who has not read one message has mostly not read the next.
    if (lastFound !== undefined && isMissing(lastFound)) return false;
    const found = behind.find(isMissing);
    lastFound = found ?? lastFound;
    return found === undefined;
  };
}

function isOwn(room: LiveRoom, sender: number, member: MemberState): boolean {
  return room.roster.userOf(sender) === member.profile.user.id;
}
