const name = document.title;

/** Shows what is unread in the page's title, and on the app's icon where there is one. */
export function showUnread(unread: number): void {
  document.title = unread === 0 ? name : `(${unread > 999 ? '999+' : unread}) ${name}`;
  // Refused where the page is no installed app: then there is no icon to show it on.
  if ('setAppBadge' in navigator) void navigator.setAppBadge(unread).catch(() => undefined);
}
