import type { Message } from '../../src/protocol/models';
import type { ServerRoomEvent } from '../../src/protocol/room-frames';

/** What the chat list hears from an open room, since its own news of it come up to a second later [INBOX-3]. */
export interface ListNews {
  /** @param at when the message was over, server clock */
  ended(chatId: string, messageId: string, at: number): void;
  edited(chatId: string, messageId: string, content: string, editedAt: number): void;
  /** Nothing up to this seq is there for the user any more. */
  cleared(chatId: string, upToSeq: number): void;
}

/** Tells the list what an event says of lines that it may show. */
export function tellList(news: ListNews, chatId: string, event: ServerRoomEvent): void {
  switch (event.type) {
    case 'message_deleted':
    case 'message_expired':
      return news.ended(chatId, event.message_id, event.deleted_at);
    case 'message_edited':
      return news.edited(chatId, event.message_id, event.content, event.edited_at);
    case 'chat_cleared':
      return news.cleared(chatId, event.up_to_seq);
    case 'new_message':
      return tellState(news, chatId, event.message);
    case 'welcome':
      for (const message of event.messages) tellState(news, chatId, message);
  }
}

function tellState(news: ListNews, chatId: string, { id, deleted_at, edited_at, content }: Message): void {
  if (deleted_at !== null) news.ended(chatId, id, deleted_at);
  else if (edited_at !== null && content !== null) news.edited(chatId, id, content, edited_at);
}
