import type { Signal } from '@preact/signals';
import type { ServerRoomEvent, Welcome } from '../../src/protocol/room-frames';
import { assertNever } from '../assert-never';
import { isAmong } from '../receipts/cursors';
import type { Receipts } from '../receipts/receipts';
import type { History } from './history';
import { type ListNews, tellList } from './list-news';
import type { Membership } from './membership';
import type { Sending } from './sending';
import type { Timeline } from './timeline';
import type { Typists } from './typists';

/** What a room's events change. */
export interface IncomingParts {
  readonly chatId: string;
  readonly ownId: string;
  readonly timeline: Timeline;
  readonly history: History;
  readonly sending: Sending;
  readonly membership: Membership;
  readonly receipts: Receipts;
  readonly typists: Typists;
  readonly hasSent: Signal<boolean>;
  readonly listNews: ListNews;
}

/** Takes what the room tells, to whatever of the page holds it. */
export function applyEvent(event: ServerRoomEvent, parts: IncomingParts): void {
  const { timeline, history, sending, membership, receipts, typists } = parts;
  tellList(parts.listNews, parts.chatId, event);
  switch (event.type) {
    case 'welcome':
      return applyWelcome(event, parts);
    case 'new_message':
      sending.settle(event.message.id);
      timeline.apply(event.message);
      return typists.stopped(event.message.sender_id);
    case 'message_accepted':
      sending.settle(event.id);
      parts.hasSent.value = true;
      return timeline.accept(event);
    case 'message_edited':
      return timeline.edit(event.message_id, event.content, event.edited_at);
    case 'message_deleted': {
      const { message_id, deleted_at, deleted_by, undone } = event;
      return timeline.end(message_id, { reason: 'deleted', at: deleted_at, by: deleted_by, isUndone: undone });
    }
    case 'message_expired':
      return timeline.end(event.message_id, { reason: event.reason, at: event.deleted_at });
    case 'message_erased':
      return timeline.markErased(event.message_id, event.erased_at);
    case 'chat_cleared':
      timeline.forget(event.up_to_seq);
      return history.refresh();
    case 'reactions_changed':
      return timeline.setReactions(event.message_id, event.reactions);
    case 'message_delivered':
      return receipts.onMoved(event);
    case 'message_read':
      return applyRead(event, parts);
    case 'message_viewed':
      return receipts.onViewed(event);
    case 'view_changed':
      return timeline.setView(event);
    case 'members_changed':
      return membership.onMembersChanged(event);
    case 'chat_changed':
      return membership.onChatChanged(event);
    case 'here_changed':
      return membership.onHereChanged(event);
    case 'user_typing':
      return typists.onTyping(event);
    case 'user_stopped_typing':
      return typists.stopped(event.user_id);
    // Answers to what was asked reach the one who asked; content of a view-once message is nobody else's to keep.
    case 'message_opened':
    case 'error':
      return;
    default:
      return assertNever(event);
  }
}

function applyWelcome(welcome: Welcome, { timeline, history, sending, membership, receipts, typists }: IncomingParts): void {
  const isFirst = membership.chat.peek() === null;
  for (const { id } of welcome.messages) sending.settle(id);
  if (welcome.reset || isFirst) timeline.begin(welcome.messages);
  else for (const message of welcome.messages) timeline.apply(message);
  history.refresh();
  membership.onWelcome(welcome);
  receipts.onWelcome(welcome);
  typists.onWelcome(welcome);
}

/** [EXP-1] The clock of a copy starts with its reader; the sender's, where there is one reader, with that one. */
function applyRead(event: Extract<ServerRoomEvent, { type: 'message_read' }>, parts: IncomingParts): void {
  const { ownId, timeline, membership, receipts } = parts;
  receipts.onMoved(event);
  const isDirect = membership.chat.peek()?.is_group === false;
  for (const { user_id, up_to_seq, at, missed = [] } of event.by) {
    if (user_id === ownId) timeline.startClocks(up_to_seq, at, ({ sender_id }) => sender_id !== ownId);
    else if (isDirect) timeline.startClocks(up_to_seq, at, ({ sender_id, seq }) => sender_id === ownId && !isAmong(missed, seq));
  }
}
