import type { ExpireMode } from '../../../src/protocol/models';
import { editedAwayAt, isHiddenFrom } from './blocks';
import type { ModelMessage, ModelState, Stay } from './state';

const second = 1_000;
export const dayMs = 24 * 60 * 60 * second;

interface Clock {
  readonly seconds: number | null;
  readonly mode: ExpireMode;
}

/** [EXP-1] [EXP-2] The clocks of a message: the room's and its own; of two in one mode the shorter. */
export function clocksOf(policy: Clock, own: Clock | null, viewOnce: boolean) {
  const sendClocks = [policy, own].flatMap((clock) => (clock?.mode === 'after_send' && clock.seconds !== null ? [clock.seconds] : []));
  const readClocks = [policy, own].flatMap((clock) => (clock?.mode === 'after_read' && clock.seconds !== null ? [clock.seconds] : []));
  const mode: ExpireMode = viewOnce ? 'after_send' : (own ?? policy).mode;
  return {
    mode,
    sendSeconds: sendClocks.length === 0 ? null : Math.min(...sendClocks),
    readSeconds: viewOnce || readClocks.length === 0 ? null : Math.min(...readClocks),
  };
}

/** When it ends for everybody if nobody touches it: its clock from the sending, 30 days unread, its days to be opened [ONCE-5]. */
export function untouchedEnd(
  message: Pick<ModelMessage, 'createdAt' | 'sendSeconds' | 'readSeconds' | 'maxViews'>,
  isGroup: boolean,
): number | null {
  const { createdAt, sendSeconds, readSeconds, maxViews } = message;
  const ends: number[] = [];
  if (sendSeconds !== null) ends.push(createdAt + sendSeconds * second);
  if (readSeconds !== null) ends.push(createdAt + 30 * dayMs);
  if (maxViews > 0) ends.push(createdAt + (isGroup ? 7 : 31) * dayMs);
  return ends.length === 0 ? null : Math.min(...ends);
}

/** When it ends for everybody, as known now. */
export function endForAll(room: ModelState, message: ModelMessage): number | null {
  const ends = [untouchedEnd(message, room.isGroup), message.allReadEnd].filter((end) => end !== null);
  return ends.length === 0 ? null : Math.min(...ends);
}

/** [EXP-1] When it ends for one stay: a reader's own copy may end before the message. */
export function endFor(room: ModelState, message: ModelMessage, stay: Stay): number | null {
  const editedAway = editedAwayAt(message, stay);
  if (editedAway !== null) return editedAway;
  const all = endForAll(room, message);
  const readAt = stay.userId === message.senderId ? undefined : stay.readAt.get(message.seq);
  if (readAt === undefined || message.readSeconds === null) return all;
  const own = readAt + message.readSeconds * second;
  return all === null ? own : Math.min(all, own);
}

/** [EXP-3] Whether it is over for everybody at `now`. */
export function isOverForAll(room: ModelState, message: ModelMessage, now: number): boolean {
  return message.end !== null || (endForAll(room, message) ?? Number.POSITIVE_INFINITY) <= now;
}

/** [EXP-3] Whether it is over for this stay at `now`. */
export function isOverFor(room: ModelState, message: ModelMessage, stay: Stay, now: number): boolean {
  if (message.end !== null || editedAwayAt(message, stay) !== null) return true;
  return (endFor(room, message, stay) ?? Number.POSITIVE_INFINITY) <= now;
}

/** Who receives a message: everybody present who joined before it, but its sender. */
export function recipientsOf(room: ModelState, message: ModelMessage): Stay[] {
  return room.stays.filter((stay) => stay.isPresent && stay.joinedSeq < message.seq && stay.userId !== message.senderId);
}

/** [SEND-8] [INBOX-1] Whether the stay may know of the message at all: what it has cleared is as from before its joining. */
export function isVisibleTo(message: ModelMessage, stay: Stay): boolean {
  return message.seq > Math.max(stay.joinedSeq, stay.clearedSeq) && !isHiddenFrom(message, stay);
}

/** Whether a reading of the stay's is one of the message: of what it has cleared too, since nobody else notices that. */
export function isReadBy(message: ModelMessage, stay: Stay): boolean {
  return message.seq > stay.joinedSeq && (message.hidden === null || message.senderId === stay.userId);
}
