import type { Env } from '../config';
import { forEachLimited, withTimeout } from '../limited';
import { roomOf } from '../objects';
import type { ChatSummary } from '../protocol/models';
import { factsOf } from './chat-row';
import type { InboxStore } from './store';
import { type Preview, withoutEnded, withoutEndedPreviews, withPreview } from './summaries';

const callsInFlight = 8;
/** A list is shown without the preview of a room that takes longer. */
const callTimeoutMs = 3_000;

/**
 * [INBOX-2] What the rooms say of their last messages. Only rooms of the user's own list are asked, since asking wakes them;
 * one that fails is left out and no harm to the others.
 */
export async function askPreviews(env: Env, store: InboxStore, userId: string, chatIds: readonly string[]): Promise<Preview[]> {
  const previews: Preview[] = [];
  await forEachLimited(store.listed(chatIds), callsInFlight, async ({ chatId }) => {
    try {
      const preview = await withTimeout(askPreview(env, userId, chatId), callTimeoutMs);
      if (preview !== null) previews.push(preview);
    } catch (error) {
      console.warn(`inbox: a room gave no preview (${error instanceof Error ? error.name : 'unknown'})`);
    }
  });
  // The slowest answer may have come seconds after the first.
  return withoutEndedPreviews(previews, store.listed(chatIds).map(factsOf), Date.now());
}

/** [INBOX-2] A page of the list with what its rooms say; one is woken only where it has something to say. */
export async function withPreviews(env: Env, store: InboxStore, userId: string, chats: readonly ChatSummary[]): Promise<ChatSummary[]> {
  const saying = chats.filter(({ last_message: last }) => last !== null && last.message_type !== 'system' && !last.view_once);
  const previews = await askPreviews(
    env,
    store,
    userId,
    saying.map(({ id }) => id),
  );
  const byChat = new Map(previews.map((preview) => [preview.chat_room_id, preview]));
  const now = Date.now();
  return chats.map((chat) => withoutEnded(withPreview(chat, byChat.get(chat.id)), now));
}

/** Null when the user is not in that room any more. */
async function askPreview(env: Env, userId: string, chatId: string): Promise<Preview | null> {
  const answer = await roomOf(env, chatId).preview(userId);
  if (!answer.ok) return null;
  return { chat_room_id: chatId, message_id: answer.value?.messageId ?? null, preview: answer.value?.preview ?? null };
}
