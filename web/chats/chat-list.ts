import type { ServerInboxEvent } from '../../src/protocol/inbox-frames';
import type { ChatSummary } from '../../src/protocol/models';

/** The chats a user is in, by id. Never changed in place. */
export type ChatList = ReadonlyMap<string, ChatSummary>;

/**
 * The list after an inbox event; the same list where the event says nothing about chats.
 * @param settled a chat as it is told, without what is known to be over already
 */
export function applyInboxEvent(
  list: ChatList,
  event: ServerInboxEvent,
  settled: (chat: ChatSummary) => ChatSummary = (chat) => chat,
): ChatList {
  switch (event.type) {
    case 'inbox':
      return withChats(event.reset ? new Map() : withoutChats(list, event.removed), event.chats.map(settled), neverEdited(list));
    case 'chat_updated':
      return withChats(list, [settled(event.chat)]);
    case 'chat_removed':
      return withoutChats(list, [event.chat_room_id]);
    case 'previews': {
      const next = new Map(list);
      for (const { chat_room_id, message_id, preview } of event.items) {
        const chat = next.get(chat_room_id);
        // An answer about an older last message says nothing about the present one, and one that comes late may hold what has been edited since.
        if (chat?.last_message && chat.last_message.id === message_id && chat.last_message.preview === null) {
          next.set(chat_room_id, { ...chat, last_message: { ...chat.last_message, preview } });
        }
      }
      return next;
    }
    default:
      return list;
  }
}

/** The list with these chats put in; previews already known of the same messages are kept. */
export function withChats(list: ChatList, chats: readonly ChatSummary[], known: ChatList = list): ChatList {
  const next = new Map(list);
  for (const chat of chats) next.set(chat.id, withKnownPreview(chat, known.get(chat.id)));
  return next;
}

function withoutChats(list: ChatList, chatIds: readonly string[]): ChatList {
  if (!chatIds.some((id) => list.has(id))) return list;
  const next = new Map(list);
  for (const id of chatIds) next.delete(id);
  return next;
}

/** Whoever was away has perhaps missed one of two edits of one millisecond: of what was edited they ask anew. */
function neverEdited(list: ChatList): ChatList {
  return new Map([...list].filter(([, { last_message }]) => last_message?.edited_at == null));
}

/** Of two states of the same message the one edited last is shown. */
function withKnownPreview(chat: ChatSummary, known: ChatSummary | undefined): ChatSummary {
  const [last, held] = [chat.last_message, known?.last_message ?? null];
  if (last === null || held?.id !== last.id) return chat;
  const heldIsNewer = (held.edited_at ?? 0) - (last.edited_at ?? 0);
  if (heldIsNewer < 0 || (heldIsNewer === 0 && last.preview !== null)) return chat;
  return { ...chat, last_message: { ...last, preview: held.preview, edited_at: held.edited_at } };
}

/** The list once the last message of a chat is known to say something else. */
export function withEdit(
  list: ChatList,
  chatId: string,
  messageId: string,
  edit: { readonly preview: string; readonly at: number },
): ChatList {
  const chat = list.get(chatId);
  const last = chat?.last_message;
  if (chat === undefined || last?.id !== messageId || last.view_once || (last.edited_at ?? 0) >= edit.at) return list;
  return new Map(list).set(chatId, { ...chat, last_message: { ...last, preview: edit.preview, edited_at: edit.at } });
}

/** The list with `change` made to one of its chats; the same list where that changes nothing. */
export function withChange(list: ChatList, chatId: string, change: (chat: ChatSummary) => ChatSummary): ChatList {
  const chat = list.get(chatId);
  const changed = chat && change(chat);
  return changed === undefined || changed === chat ? list : new Map(list).set(chatId, changed);
}

/** The list without the text of what has ended by `now` (server clock) [EXP-3]; the same list where nothing has. */
export function withoutEnded(list: ChatList, now: number): ChatList {
  let next: Map<string, ChatSummary> | null = null;
  for (const [id, chat] of list) {
    if (chat.last_message?.preview == null || !hasEnded(chat, now)) continue;
    next ??= new Map(list);
    next.set(id, { ...chat, last_message: { ...chat.last_message, preview: null } });
  }
  return next ?? list;
}

/** When the next last message ends, server clock; null when none will. */
export function nextEnding(list: ChatList, now: number): number | null {
  let next: number | null = null;
  for (const { last_message } of list.values()) {
    const at = last_message?.expires_at ?? null;
    if (at !== null && at > now && (next === null || at < next)) next = at;
  }
  return next;
}

export function hasEnded({ last_message }: ChatSummary, now: number): boolean {
  return last_message?.expires_at != null && last_message.expires_at <= now;
}

/** Chats whose last line is live text that this client has not got yet. */
export function missingPreviews(list: ChatList, now: number): string[] {
  const ids: string[] = [];
  for (const chat of list.values()) {
    const last = chat.last_message;
    if (last === null || last.preview !== null || last.view_once || last.message_type === 'system') continue;
    if (last.message_type === 'text' && !hasEnded(chat, now)) ids.push(chat.id);
  }
  return ids;
}

/** Pinned first, then newest activity first; of one moment, in the order of the pages that the server gives. */
export function inOrder(list: ChatList): ChatSummary[] {
  return [...list.values()].sort((a, b) => Number(b.pinned) - Number(a.pinned) || b.updated_at - a.updated_at || (a.id < b.id ? 1 : -1));
}
