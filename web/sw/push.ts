import { alertsAgain, mustShow, type NoticeWords, type PushNews, readNews, wordsOf } from './notices';

declare const self: ServiceWorkerGlobalScope;

/** A page that does not answer by then is asleep. */
const answerMs = 1_500;

/** [INBOX-5] Something came in a chat, or nothing there is new any more. */
export async function onPush(data: unknown): Promise<void> {
  const news = readNews(data);
  if (news === null) return;
  const subscription = await self.registration.pushManager.getSubscription();
  const isStrict = mustShow(subscription?.endpoint);
  if (news.type === 'nothing') return closeNotice(news.chatId, isStrict);
  const pages = await openPages();
  // Who looks at the page sees it there; the page is also what tells the server so, a moment late.
  if (!isStrict && areLookedAt(pages)) return;
  const words = wordsOf(await whoWrote(pages, news.chatId));
  // That took time: a page that has come meanwhile has closed what it found, and would not find this.
  if (!isStrict && areLookedAt(await openPages())) return;
  await show(news, words);
}

/** Opens the chat in a page that is there, or in a new one. */
export async function onClick(notification: Notification): Promise<void> {
  notification.close();
  const { chatId } = dataOf(notification);
  const pages = await openPages();
  const page = pages.find(({ focused }) => focused) ?? pages.find(({ visibilityState }) => visibilityState === 'visible') ?? pages[0];
  if (page === undefined) return void (await self.clients.openWindow(`/#/chats/${chatId}`));
  const focused = await page.focus().catch(() => page);
  focused.postMessage({ type: 'open_chat', chat_id: chatId });
}

async function show({ chatId }: PushNews, { title, body }: NoticeWords): Promise<void> {
  const [known] = await self.registration.getNotifications({ tag: chatId });
  const now = Date.now();
  const shownAt = known === undefined ? null : dataOf(known).shownAt;
  const isAlert = alertsAgain(shownAt, now);
  await self.registration.showNotification(title, {
    body,
    // One a chat: the next takes its place.
    tag: chatId,
    ...({ renotify: isAlert } as NotificationOptions),
    icon: '/icons/icon-192.png',
    badge: '/icons/badge-96.png',
    data: { chatId, shownAt: isAlert ? now : shownAt },
  });
}

async function closeNotice(chatId: string, isStrict: boolean): Promise<void> {
  const shown = await self.registration.getNotifications({ tag: chatId });
  if (isStrict) {
    // Seen, if only for a moment, and without a sound.
    await self.registration.showNotification('Nothing new', { tag: chatId, silent: true });
    shown.push(...(await self.registration.getNotifications({ tag: chatId })));
  }
  for (const notification of shown) notification.close();
}

function areLookedAt(pages: readonly WindowClient[]): boolean {
  return pages.some(({ visibilityState }) => visibilityState === 'visible');
}

/** Pages of the app, this version's or not. */
function openPages(): Promise<readonly WindowClient[]> {
  return self.clients.matchAll({ type: 'window', includeUncontrolled: true });
}

/** A page knows it, while one is open; else the server is asked. Either keeps it to itself unless the user wants it to be seen. */
async function whoWrote(pages: readonly WindowClient[], chatId: string): Promise<unknown> {
  for (const page of pages) {
    const names = await askPage(page, chatId);
    if (names !== undefined) return names;
  }
  return askServer(chatId);
}

/** Undefined where the page does not know. */
function askPage(page: WindowClient, chatId: string): Promise<unknown> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), answerMs);
    port1.onmessage = ({ data }) => {
      clearTimeout(timer);
      resolve(data === 'unknown' ? undefined : data);
      port1.close();
    };
    page.postMessage({ type: 'who_wrote', chat_id: chatId }, [port2]);
  });
}

async function askServer(chatId: string): Promise<unknown> {
  try {
    const answer = await fetch(`/api/push/${chatId}`, {
      cache: 'no-store',
      credentials: 'same-origin',
      signal: AbortSignal.timeout(4_000),
    });
    return answer.status === 200 ? await answer.json() : null;
  } catch {
    return null;
  }
}

function dataOf({ data }: Notification): { chatId: string; shownAt: number | null } {
  const { chatId = '', shownAt = null } = (data ?? {}) as { chatId?: string; shownAt?: number | null };
  return { chatId, shownAt };
}
