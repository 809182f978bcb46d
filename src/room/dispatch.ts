import { assertNever } from '../assert-never';
import type { ClientRoomEvent, ServerRoomEvent } from '../protocol/room-frames';
import { applyDelete, applyEdit, applyReaction } from './editing';
import { newLease } from './lease';
import { applyOpen, applyViewed } from './opening';
import { applyDelivered, applyRead } from './reading';
import { applySend } from './sending';
import type { MemberState } from './state';
import type { Turn } from './turn';

/** What a client may ask of a room that becomes part of a commit: everything but typing. */
export type DurableEvent = Exclude<ClientRoomEvent, { type: 'typing_start' | 'typing_stop' }>;

/** Who asks, and in which session. */
export interface Actor {
  readonly userId: string;
  readonly sid: string;
}

/**
 * Does what an event asks; returns the events that answer the asker alone.
 * @throws Refusal with the code of the rule that was broken
 */
export function applyEvent(turn: Turn, member: MemberState, sid: string, event: DurableEvent): ServerRoomEvent[] {
  switch (event.type) {
    case 'send_message':
      return [applySend(turn, member, event).accepted];
    case 'edit_message':
      applyEdit(turn, member, event);
      return [];
    case 'delete_message':
      applyDelete(turn, member, event);
      return [];
    case 'react':
    case 'unreact':
      applyReaction(turn, member, event);
      return [];
    case 'mark_delivered':
      applyDelivered(turn, member, event.up_to_seq);
      return [];
    case 'mark_read':
      applyRead(turn, member, event.message_id);
      return [];
    case 'open_message':
      return applyOpen(turn, member, sid, event.id, (endsAt) => newLease(turn.room.facts.id, endsAt));
    case 'mark_viewed':
      applyViewed(turn, member, sid, event.message_id);
      return [];
    default:
      return assertNever(event);
  }
}

/** What an error that answers this event repeats of it [SOCK-4]. */
export function refOfEvent(event: DurableEvent): string | undefined {
  if ('id' in event) return event.id;
  return 'message_id' in event ? event.message_id : event.ref;
}
