import { type ReadonlySignal, signal } from '@preact/signals';

/** What the address says; null chat is the list alone. */
export interface Route {
  readonly chatId: string | null;
}

const chatHash = /^#\/chats\/([0-9a-f-]{36})$/;

/** The address in the fragment, so that the server never learns it from a URL and the back button works. */
export function watchRoute(): ReadonlySignal<Route> {
  const route = signal(readRoute());
  addEventListener('hashchange', () => {
    route.value = readRoute();
  });
  return route;
}

export const hrefOfChat = (chatId: string) => `#/chats/${chatId}`;

export function goToChat(chatId: string): void {
  location.hash = hrefOfChat(chatId);
}

export function goToList(): void {
  location.hash = '#/';
}

function readRoute(): Route {
  return { chatId: chatHash.exec(location.hash)?.[1] ?? null };
}
