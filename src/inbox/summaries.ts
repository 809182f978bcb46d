import type { ServerInboxEvent } from '../protocol/inbox-frames';
import type { ChatSummary } from '../protocol/models';

/** What one room says of its last message. */
export type Preview = Extract<ServerInboxEvent, { type: 'previews' }>['items'][number];

/** A system line of the list names few: with all of 1,000 members a summary has 39 KB, and 50 of them must fit one frame [SOCK-4]. */
export const maxSummaryUserIds = 3;

/** [INBOX-2] The summary with at most three of the users that its system line is about. */
export function withFewUserIds(chat: ChatSummary): ChatSummary {
  const system = chat.last_message?.system;
  if (chat.last_message === null || system === undefined) return chat;
  return { ...chat, last_message: { ...chat.last_message, system: { ...system, user_ids: system.user_ids.slice(0, maxSummaryUserIds) } } };
}

/** [INBOX-2] The inbox stores no message text. */
export function withoutPreview(chat: ChatSummary): ChatSummary {
  return chat.last_message === null ? chat : { ...chat, last_message: { ...chat.last_message, preview: null } };
}

/** [EXP-3] A last message whose end has come is not shown, whether or not its room has said so yet. */
export function withoutEnded(chat: ChatSummary, now: number): ChatSummary {
  const endsAt = chat.last_message?.expires_at ?? null;
  return endsAt !== null && endsAt <= now ? { ...chat, last_message: null } : chat;
}

/** The summary with its room's preview, if that speaks of the same message. */
export function withPreview(chat: ChatSummary, preview: Preview | undefined): ChatSummary {
  if (chat.last_message === null || preview?.message_id !== chat.last_message.id) return chat;
  return { ...chat, last_message: { ...chat.last_message, preview: preview.preview } };
}

/** [EXP-3] The previews without what `chats`, the list's own facts, know to have ended. */
export function withoutEndedPreviews(previews: readonly Preview[], chats: readonly ChatSummary[], now: number): Preview[] {
  const ended = new Set(chats.filter((chat) => withoutEnded(chat, now) !== chat).map((chat) => chat.last_message?.id));
  return previews.map((preview) =>
    preview.message_id !== null && ended.has(preview.message_id) ? { ...preview, message_id: null, preview: null } : preview,
  );
}
