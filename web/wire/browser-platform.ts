import type { Platform } from './platform';
import { putBytes } from './put-bytes';
import { connectWebSocket } from './web-socket';

/** The platform of a page. */
export function browserPlatform(): Platform {
  return {
    origin: location.origin,
    fetch: (input, init) => fetch(input, init),
    put: putBytes,
    connect: connectWebSocket,
    now: () => Date.now(),
    random: () => Math.random(),
    newId: () => crypto.randomUUID(),
    after(ms, work) {
      const timer = setTimeout(work, ms);
      return () => clearTimeout(timer);
    },
    exclusively: (name, work) => ('locks' in navigator ? navigator.locks.request(name, work) : work()),
    isVisible: () => document.visibilityState === 'visible',
    onVisibility(listener) {
      document.addEventListener('visibilitychange', listener);
      return () => document.removeEventListener('visibilitychange', listener);
    },
    onWake(listener) {
      const onVisibility = () => {
        if (document.visibilityState === 'visible') listener();
      };
      addEventListener('online', listener);
      // A page kept whole by the back-forward cache returns with its sockets cut.
      addEventListener('pageshow', listener);
      document.addEventListener('visibilitychange', onVisibility);
      return () => {
        removeEventListener('online', listener);
        removeEventListener('pageshow', listener);
        document.removeEventListener('visibilitychange', onVisibility);
      };
    },
  };
}
