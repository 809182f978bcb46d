import { onClick, onPush } from './push';
import { answerFromShell, dropOldShells, keepShell } from './shell';

declare const self: ServiceWorkerGlobalScope;

async function countPages(): Promise<number> {
  return (await self.clients.matchAll({ type: 'window', includeUncontrolled: true })).length;
}

self.addEventListener('install', (event) => {
  // At once: pages of the version before go on with its files, which are kept beside the new ones.
  event.waitUntil(keepShell().then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(Promise.all([self.clients.claim(), countPages().then(dropOldShells)]));
});

self.addEventListener('fetch', (event) => {
  const answer = answerFromShell(event.request, self.location.origin);
  if (answer !== null) event.respondWith(answer);
  // The first page after all were closed: what older ones needed can go.
  if (event.request.mode === 'navigate') event.waitUntil(countPages().then(dropOldShells));
});

self.addEventListener('push', (event) => {
  event.waitUntil(onPush(read(event.data)));
});

self.addEventListener('notificationclick', (event) => {
  event.waitUntil(onClick(event.notification));
});

function read(data: PushMessageData | null): unknown {
  try {
    return data?.json();
  } catch {
    return null;
  }
}
