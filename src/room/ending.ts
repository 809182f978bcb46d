import type { DeletedReason } from '../protocol/models';
import { computeEndsAt } from './expiry';
import type { LiveRoom } from './live-room';
import { recipientsOf } from './receipts';
import type { MessageState } from './state';
import type { Turn } from './turn';
import { endMedium } from './uploads';

/** How a message ends: when, why, and by whose hand. */
export interface End {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly reason: DeletedReason;
  /** The stay that deleted it. */
  readonly by: number | null;
  readonly undone: boolean;
}

/** Unopened view-once messages end after this [ONCE-5]. */
const unopenedDirectMs = 31 * 24 * 60 * 60 * 1000;
const unopenedGroupMs = 7 * 24 * 60 * 60 * 1000;

/** When a view-once message that nobody opens ends. */
export function unopenedLimit(room: LiveRoom, createdAt: number): number {
  return createdAt + (room.facts.isGroup ? unopenedGroupMs : unopenedDirectMs);
}

/** Ends a message for everybody [EXP-4]: its content is overwritten, its bytes become a job, and all are told. */
export function endMessage(turn: Turn, message: MessageState, end: End): void {
  const { store, roster } = turn.room;
  const rev = turn.touch();
  turn.noteEnd(message);
  store.messages.bury(message.seq, rev, end);
  if (message.maxViews > 0) store.views.settle(message.seq);
  if (message.mediaId !== null) endMedium(turn.room, message.mediaId, turn.now);
  if (end.reason === 'deleted' && end.by !== null) {
    turn.shareAbout(message, {
      type: 'message_deleted',
      rev,
      message_id: message.id,
      deleted_at: end.at,
      deleted_by: roster.userOf(end.by),
      undone: end.undone,
    });
  } else {
    turn.shareAbout(message, { type: 'message_expired', rev, message_id: message.id, reason: end.reason, deleted_at: end.at });
  }
}

/** [EXP-5] The bytes of a medium are gone everywhere: whoever sent the message is told. */
export function applyErased(turn: Turn, mediaId: string): void {
  const { store, roster } = turn.room;
  const seq = store.media.find(mediaId)?.seq ?? null;
  const message = seq === null ? null : store.messages.bySeq(seq);
  store.media.delete(mediaId);
  if (message === null) return;
  store.messages.setErasedAt(message.seq, turn.now, turn.touch());
  const sender = roster.userOf(message.sender);
  turn.tellAbout(message, sender, () => ({ type: 'message_erased', message_id: message.id, erased_at: turn.now }));
}

/** Why a message whose time has come ends: a view-once one by its clock, or because its days to be opened are over [ONCE-5]. */
export function reasonOfEnd(room: LiveRoom, message: MessageState): DeletedReason {
  const byClock = computeEndsAt(message, message.createdAt);
  // A new group's own policy is as long as the limit: who sent it learns more from "unopened".
  const isClockFirst = byClock !== null && byClock < unopenedLimit(room, message.createdAt);
  if (message.maxViews === 0 || isClockFirst) return 'expired';
  return wasViewed(room, message) ? 'viewed' : 'unopened';
}

/** [ONCE-5] Ends a view-once message of which every recipient is done. */
export function endIfAllViewed(turn: Turn, message: MessageState): void {
  const recipients = recipientsOf(turn.room, message);
  const views = turn.room.store.views.ofMessage(message.seq);
  const isDone = recipients.every((member) => views.get(member.n)?.state === 'viewed');
  if (isDone && message.deletedAt === null) {
    endMessage(turn, message, { at: turn.now, reason: wasViewed(turn.room, message) ? 'viewed' : 'unopened', by: null, undone: false });
  }
}

function wasViewed(room: LiveRoom, message: MessageState): boolean {
  return [...room.store.views.ofMessage(message.seq).values()].some((view) => view.views > 0);
}
