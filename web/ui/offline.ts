import { signal } from '@preact/signals';

/** The browser knows of a lost network before any socket does. */
export const isOffline = signal(!navigator.onLine);

addEventListener('online', () => {
  isOffline.value = false;
});
addEventListener('offline', () => {
  isOffline.value = true;
});
