/**
 * Remembers on this device that somebody is signed in, and nothing else: the cookie that proves it is out of a script's sight,
 * and without the mark every new visitor would wait for a refusal before seeing the door.
 */
export interface SessionMark {
  isSet(): boolean;
  set(isSignedIn: boolean): void;
}

const key = 'relayhub.signed_in';

/** The mark in local storage. Where the browser denies that, every visit asks the server. */
export const storedSessionMark: SessionMark = {
  isSet() {
    try {
      return localStorage.getItem(key) !== null;
    } catch {
      return true;
    }
  },
  set(isSignedIn) {
    try {
      if (isSignedIn) localStorage.setItem(key, '1');
      else localStorage.removeItem(key);
    } catch {
      // Nothing is lost but the shortcut.
    }
  },
};
