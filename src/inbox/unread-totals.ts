/** A chat that holds something unread and counts for the totals unless it is muted. */
export interface UnreadChat {
  readonly chatId: string;
  /** [RCPT-4] 1,000 stands for more than 999. */
  readonly unread: number;
  /** Milliseconds since the epoch; null for not at all. */
  readonly mutedUntil: number | null;
}

export interface Totals {
  readonly unread_total: number;
  readonly unread_chats: number;
}

/**
 * [INBOX-1] The unread messages of the whole list, kept along with it: adding up all rows for each message would read as many.
 * Only chats with something unread are held. Archived ones are not among them; whether one is muted is a matter of time.
 */
export class UnreadTotals {
  readonly #load: () => readonly UnreadChat[];
  #chats: Map<string, UnreadChat> | null = null;

  /** @param load reads them from the rows, once they are needed */
  constructor(load: () => readonly UnreadChat[]) {
    this.#load = load;
  }

  /** A chat's row has changed; `unread` is 0 for one that does not count. */
  put(chat: UnreadChat): void {
    // What is not loaded yet will be read from the rows as they are then.
    if (chat.unread > 0) this.#chats?.set(chat.chatId, chat);
    else this.#chats?.delete(chat.chatId);
  }

  at(now: number): Totals {
    this.#chats ??= new Map(this.#load().map((chat) => [chat.chatId, chat]));
    let unread_total = 0;
    let unread_chats = 0;
    for (const { unread, mutedUntil } of this.#chats.values()) {
      if (mutedUntil !== null && mutedUntil > now) continue;
      unread_total += unread;
      unread_chats += 1;
    }
    return { unread_total, unread_chats };
  }
}
