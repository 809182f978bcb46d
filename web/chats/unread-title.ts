import { effect, type ReadonlySignal } from '@preact/signals';

const name = document.title;

/** Shows what is unread in the page's title, and on the app's icon where there is one. Lasts as long as the total. */
export function showUnread(total: ReadonlySignal<number>): void {
  effect(() => {
    const unread = total.value;
    document.title = unread === 0 ? name : `(${unread > 999 ? '999+' : unread}) ${name}`;
    // Refused where the page is no installed app: then there is no icon to show it on.
    if ('setAppBadge' in navigator) void navigator.setAppBadge(unread).catch(() => undefined);
  });
}
