import { signal } from '@preact/signals';
import type { LinkPhase } from '../wire/live-socket';

/** The browser knows of a lost network before any socket does. */
export const isOffline = signal(!navigator.onLine);

addEventListener('online', () => {
  isOffline.value = false;
});
addEventListener('offline', () => {
  isOffline.value = true;
});

/** Whether what is shown over this link is how things are now. */
export const isLive = ({ kind }: LinkPhase) => kind === 'live' && !isOffline.value;

/** Whether nothing can come over this link, as far as is known. */
export const isAway = ({ kind }: LinkPhase) => kind === 'waiting' || isOffline.value;
