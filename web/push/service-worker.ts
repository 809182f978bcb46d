import type { PushNames } from '../../src/protocol/rest';

/** The page's service worker: keeps the app's own files for when there is no network, and shows what is pushed [SYNC-5] [INBOX-5]. */
export function registerServiceWorker(): void {
  if (!('serviceWorker' in navigator)) return;
  // After everything that somebody waits for.
  const register = () => void navigator.serviceWorker.register('/sw.js').catch(() => undefined);
  if (document.readyState === 'complete') register();
  else addEventListener('load', register, { once: true });
}

/** What the service worker asks of a page. */
export interface PageAnswers {
  /** Who wrote what is unread in the chat: null to say nothing, `unknown` where this page does not know. */
  namesOf(chatId: string): PushNames | null | 'unknown';
  open(chatId: string): void;
}

/** Answers the service worker; the function returned ends that. */
export function answerServiceWorker({ namesOf, open }: PageAnswers): () => void {
  if (!('serviceWorker' in navigator)) return () => {};
  const onMessage = ({ data, ports: [port] }: MessageEvent<unknown>) => {
    if (typeof data !== 'object' || data === null || !('type' in data) || !('chat_id' in data)) return;
    if (typeof data.chat_id !== 'string') return;
    if (data.type === 'who_wrote') port?.postMessage(namesOf(data.chat_id));
    if (data.type === 'open_chat') open(data.chat_id);
  };
  navigator.serviceWorker.addEventListener('message', onMessage);
  navigator.serviceWorker.startMessages();
  return () => navigator.serviceWorker.removeEventListener('message', onMessage);
}
