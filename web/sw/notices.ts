/** A push as the server sends it [INBOX-5]. */
export interface PushNews {
  readonly type: 'message' | 'nothing';
  readonly chatId: string;
}

/** What a notification says; who wrote, if the user wants that to be seen. */
export interface NoticeWords {
  readonly title: string;
  readonly body: string;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** A message alerts anew when the last alert of its chat is so old. */
const alertAgainMs = 60_000;

/** Null for what is no push of this version's server. */
export function readNews(data: unknown): PushNews | null {
  if (typeof data !== 'object' || data === null || !('type' in data) || !('chat_id' in data)) return null;
  const { type, chat_id: chatId } = data;
  if (typeof chatId !== 'string' || !uuid.test(chatId)) return null;
  return type === 'message' || type === 'nothing' ? { type, chatId } : null;
}

/** What is said of the names that a page or the server tells; nothing of anybody where they are not told. */
export function wordsOf(names: unknown): NoticeWords {
  if (typeof names !== 'object' || names === null) return plainWords;
  const { chat_name, sender_name } = names as { chat_name?: unknown; sender_name?: unknown };
  const sender = typeof sender_name === 'string' && sender_name !== '' ? sender_name : null;
  if (typeof chat_name === 'string') return { title: chat_name, body: sender === null ? 'New message' : `New message from ${sender}` };
  return sender === null ? plainWords : { title: sender, body: 'New message' };
}

export const plainWords: NoticeWords = { title: 'New message', body: '' };

/** Whether the next notification of a chat makes a sound again, while `shownAt` is when the last one did; null for none. */
export function alertsAgain(shownAt: number | null, now: number): boolean {
  return shownAt === null || now - shownAt >= alertAgainMs;
}

/**
 * Browsers want every push to be seen. Chromium and Firefox forgive a site that people use when one only closes a notification;
 * Safari takes the permission away after three.
 */
export function mustShow(endpoint: string | undefined): boolean {
  return endpoint !== undefined && new URL(endpoint).hostname.endsWith('.push.apple.com');
}
