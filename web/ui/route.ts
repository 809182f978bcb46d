import { type ReadonlySignal, signal } from '@preact/signals';

/** What the address says; null chat is the list alone. */
export interface Route {
  readonly chatId: string | null;
  /** The username of whoever gave the user this address; null in all others. */
  readonly invitedBy: string | null;
}

const chatHash = /^#\/chats\/([0-9a-f-]{36})$/;
const personHash = /^#\/with\/([a-z0-9_.]{3,32})$/;

/** The address in the fragment, so that the server never learns it from a URL and the back button works. */
export function watchRoute(): ReadonlySignal<Route> {
  const route = signal(readRoute());
  addEventListener('hashchange', () => {
    route.value = readRoute();
  });
  return route;
}

export const hrefOfChat = (chatId: string) => `#/chats/${chatId}`;

/** An address that finds somebody for whoever opens it. */
export const addressOfPerson = (username: string) => `${location.origin}/#/with/${username}`;

export function goToChat(chatId: string): void {
  location.hash = hrefOfChat(chatId);
}

export function goToList(): void {
  location.hash = '#/';
}

function readRoute(): Route {
  const { hash } = location;
  return { chatId: chatHash.exec(hash)?.[1] ?? null, invitedBy: personHash.exec(hash)?.[1] ?? null };
}
