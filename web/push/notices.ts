import type { ChatSummary } from '../../src/protocol/models';
import type { PushNames } from '../../src/protocol/rest';

/** What a notification may tell the user of a chat that holds something unread; null where it does not. */
export function namesOf({ is_group, name, other_user, last_message, unread_count }: ChatSummary, userId: string): PushNames | null {
  if (unread_count === 0) return null;
  // The newest line may be the user's own, or say what happened to the group.
  const isNews = last_message !== null && last_message.message_type !== 'system' && last_message.sender_id !== userId;
  const sender_name = isNews ? last_message.sender_name : null;
  return is_group ? { chat_name: name, sender_name } : { chat_name: null, sender_name: other_user?.display_name ?? sender_name };
}

/** Of the chats that notifications are shown of, those in which nothing is unread any more, or which are gone. */
export function overNotices(shown: readonly string[], find: (chatId: string) => ChatSummary | undefined): string[] {
  return shown.filter((chatId) => (find(chatId)?.unread_count ?? 0) === 0);
}
