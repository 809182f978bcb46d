import { Refusal } from '../protocol/errors';
import type { Media } from '../protocol/models';
import type { ServerRoomEvent } from '../protocol/room-frames';
import { endIfAllViewed } from './ending';
import { parseLease } from './lease';
import { replayOf } from './present';
import { requireLive } from './sending';
import type { MemberState, MessageState } from './state';
import type { Turn } from './turn';
import {
  closeView,
  computeLeaseMs,
  forfeitView,
  openView,
  serveView,
  settleView,
  type View,
  type ViewRules,
  viewDue,
  viewsLeft,
} from './view-once';

/** Views one slice of the alarm settles. */
const sliceViews = 100;

/**
 * [ONCE-2] A session asks to open a view-once message. Content leaves in the answer and nowhere else.
 * @param newLease makes an unguessable name for the lease
 * @throws Refusal `not_found`, `message_gone`, `invalid`, `forbidden`, `already_opened`
 */
export function applyOpen(
  turn: Turn,
  member: MemberState,
  sid: string,
  messageId: string,
  newLease: (endsAt: number) => string,
): ServerRoomEvent[] {
  const message = requireViewOnce(turn, member, messageId);
  const facts = message.mediaId === null ? null : (turn.room.store.media.find(message.mediaId)?.facts ?? null);
  const rules = rulesOf(turn, message);
  const before = turn.room.store.views.get(message.seq, member.n);
  const view = openView(before, rules, { sid, lease: newLease(turn.now + rules.leaseMs) }, turn.now);
  if (view.state !== 'open') throw new Refusal('already_opened');
  record(turn, message, member, before, view);
  const media = facts === null ? null : { ...facts, url: `/api/media/once/${view.lease}` };
  return [
    {
      type: 'message_opened',
      id: message.id,
      content: message.body,
      media,
      lease_expires_at: view.due,
      views_left: viewsLeft(view, rules),
    },
  ];
}

/**
 * [ONCE-3] The holder closed the viewer. From anybody else, or again: nothing.
 * @throws Refusal `not_found`, `forbidden`, `invalid`
 */
export function applyViewed(turn: Turn, member: MemberState, sid: string, messageId: string): void {
  const message = turn.room.requireMessage(member, messageId);
  if (message.deletedAt !== null) return;
  change(turn, message, member, (view, rules) => closeView(view, rules, sid, turn.now));
}

/**
 * [ONCE-6] The first byte of a medium is about to leave: the room commits "served" before it does.
 * @throws Refusal `not_found` for who does not hold the lease, `lease_over`, also when the lease was forgotten after its end
 */
export function applyServe(turn: Turn, member: MemberState, sid: string, lease: string): Media {
  const place = turn.room.store.views.byLease(lease);
  if (place === null && (parseLease(lease)?.endsAt ?? turn.now + 1) <= turn.now) throw new Refusal('lease_over');
  const message = place === null ? null : turn.room.store.messages.bySeq(place.seq);
  if (place === null || message === null || place.n !== member.n) throw new Refusal('not_found');
  const view = turn.room.store.views.get(place.seq, place.n);
  if (view.state !== 'open' || view.sid !== sid) throw new Refusal('not_found');
  requireLive(turn, member, message.id);
  const facts = message.mediaId === null ? null : (turn.room.store.media.find(message.mediaId)?.facts ?? null);
  if (facts === null) throw new Refusal('not_found');
  change(turn, message, member, (before, rules) => serveView(before, rules, turn.now));
  return facts;
}

/** Leases and second chances that time has ended. */
export function settleViews(turn: Turn): void {
  const { store, roster } = turn.room;
  for (const { seq, n } of store.views.due(turn.now, sliceViews)) {
    const message = store.messages.bySeq(seq);
    if (message === null || message.deletedAt !== null) store.views.settle(seq);
    else change(turn, message, roster.stay(n), (view, rules) => settleView(view, rules, turn.now));
  }
}

/** [GROUP-2] A member left: what they have open ends. */
export function forfeitViews(turn: Turn, member: MemberState): void {
  for (const seq of turn.room.store.views.openOf(member.n)) {
    const message = turn.room.store.messages.bySeq(seq);
    if (message !== null && message.deletedAt === null) change(turn, message, member, (view, rules) => forfeitView(view, rules, turn.now));
  }
}

function change(turn: Turn, message: MessageState, member: MemberState, next: (view: View, rules: ViewRules) => View): void {
  const before = turn.room.store.views.get(message.seq, member.n);
  record(turn, message, member, before, next(before, rulesOf(turn, message)));
}

/** Writes what became of a view, and tells the reader's sockets and the sender [ONCE-2] [ONCE-4]. */
function record(turn: Turn, message: MessageState, member: MemberState, before: View, after: View): void {
  if (after === before) return;
  const { store, roster } = turn.room;
  store.views.put(message.seq, member.n, after);
  store.messages.touch(message.seq, turn.touch());
  turn.wakeAt(viewDue(after));
  const userId = member.profile.user.id;
  turn.tellAbout(message, userId, (sid) => viewChanged(message.id, after, sid));
  if (after.views > before.views) {
    turn.tellAbout(message, roster.userOf(message.sender), () => ({
      type: 'message_viewed',
      message_id: message.id,
      user_id: userId,
      viewed_at: turn.now,
      views: after.views,
    }));
  }
  if (after.state === 'viewed') endIfAllViewed(turn, message);
}

function viewChanged(messageId: string, view: View, sid: string): ServerRoomEvent {
  const isHere = view.state !== 'sealed' && view.sid === sid;
  const state =
    view.state === 'open'
      ? isHere
        ? 'open'
        : 'open_elsewhere'
      : view.state === 'viewed'
        ? isHere
          ? 'viewed'
          : 'viewed_elsewhere'
        : 'sealed';
  const leaseExpiresAt = view.state === 'open' ? view.due : null;
  return { type: 'view_changed', message_id: messageId, view_state: state, lease_expires_at: leaseExpiresAt, ...replayOf(view) };
}

function requireViewOnce(turn: Turn, member: MemberState, id: string): MessageState {
  const message = requireLive(turn, member, id);
  if (message.maxViews === 0) throw new Refusal('invalid', 'This message is not view-once.');
  if (turn.room.roster.userOf(message.sender) === member.profile.user.id) throw new Refusal('forbidden', 'Who sent it cannot open it.');
  return message;
}

function rulesOf(turn: Turn, message: MessageState): ViewRules {
  const facts = message.mediaId === null ? null : (turn.room.store.media.find(message.mediaId)?.facts ?? null);
  return {
    maxViews: message.maxViews === 2 ? 2 : 1,
    leaseMs: computeLeaseMs(message.type, facts?.duration_ms ?? null),
    servesAtOpening: message.body !== null,
  };
}
