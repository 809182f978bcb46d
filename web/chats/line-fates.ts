import type { ChatSummary } from '../../src/protocol/models';

/** Enough for what happens in a room while the inbox' news of it are on their way. */
const maxRemembered = 1_000;

/**
 * What open rooms told of the ends of their lines, and of edits: the inbox tells the same later, and what it tells in
 * between may be older. Holds no text.
 */
export class LineFates {
  /** By message id, milliseconds since the epoch. */
  readonly #endedAt = new Map<string, number>();
  readonly #editedAt = new Map<string, number>();
  readonly #clearedTo = new Map<string, number>();

  ended(messageId: string, at: number): void {
    remember(this.#endedAt, messageId, at);
  }

  edited(messageId: string, at: number): void {
    remember(this.#editedAt, messageId, Math.max(at, this.#editedAt.get(messageId) ?? 0));
  }

  cleared(chatId: string, upToSeq: number): void {
    remember(this.#clearedTo, chatId, upToSeq);
  }

  /** The chat without what is known to be over, or to say something else by now; the same chat where that is nothing. */
  settled(chat: ChatSummary): ChatSummary {
    const last = chat.last_message;
    if (last === null) return chat;
    if (chat.last_seq <= (this.#clearedTo.get(chat.id) ?? 0)) return { ...chat, last_message: null, unread_count: 0 };
    const endedAt = this.#endedAt.get(last.id);
    if (endedAt !== undefined) {
      return { ...chat, last_message: { ...last, preview: null, expires_at: Math.min(endedAt, last.expires_at ?? endedAt) } };
    }
    if ((last.edited_at ?? 0) < (this.#editedAt.get(last.id) ?? 0)) return { ...chat, last_message: { ...last, preview: null } };
    return chat;
  }
}

function remember<Key>(known: Map<Key, number>, key: Key, at: number): void {
  known.delete(key);
  known.set(key, at);
  for (const oldest of known.keys()) {
    if (known.size <= maxRemembered) return;
    known.delete(oldest);
  }
}
