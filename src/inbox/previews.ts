import type { Env } from '../config';
import { forEachLimited, withTimeout } from '../limited';
import { roomOf } from '../objects';
import type { ChatSummary } from '../protocol/models';
import { type ChatRow, factsOf, isListed, summaryOf } from './chat-row';
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
  /** What the list said when a room answered. */
  const heard = new Map<string, string>();
  await forEachLimited(store.listed(chatIds), callsInFlight, async ({ chatId }) => {
    try {
      const preview = await withTimeout(askPreview(env, userId, chatId), callTimeoutMs);
      if (preview === null) return;
      previews.push(preview);
      heard.set(chatId, lastOf(store.chat(chatId)));
    } catch (error) {
      console.warn(`inbox: a room gave no preview (${error instanceof Error ? error.name : 'unknown'})`);
    }
  });
  // The slowest answer may have come seconds after the first: of what has been deleted, edited or cleared since, rooms have told.
  const rows = store.listed(chatIds);
  const unchanged = new Set(rows.filter((row) => heard.get(row.chatId) === lastOf(row)).map((row) => row.chatId));
  const standing = previews.filter((preview) => unchanged.has(preview.chat_room_id));
  return withoutEndedPreviews(standing, rows.map(factsOf), Date.now());
}

/** What the list says of the chat's last message; empty where the chat is not in it. */
function lastOf(row: ChatRow | null): string {
  return row === null || !isListed(row) ? '' : JSON.stringify(factsOf(row).last_message);
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
  // Rooms may have been waited for: the page is told as the list has it by now.
  const rows = new Map(store.listed(chats.map(({ id }) => id)).map((row) => [row.chatId, row]));
  return chats.flatMap(({ id }) => {
    const row = rows.get(id);
    return row === undefined ? [] : [withoutEnded(withPreview(summaryOf(row, now), byChat.get(id)), now)];
  });
}

/** Null when the user is not in that room any more. */
async function askPreview(env: Env, userId: string, chatId: string): Promise<Preview | null> {
  const answer = await roomOf(env, chatId).preview(userId);
  if (!answer.ok) return null;
  return { chat_room_id: chatId, message_id: answer.value?.messageId ?? null, preview: answer.value?.preview ?? null };
}
