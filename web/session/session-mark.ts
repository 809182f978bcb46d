import * as v from 'valibot';
import { type Me, me } from '../../src/protocol/models';
import { parseJson } from '../wire/http';

/**
 * Remembers on this device who is signed in, and nothing else: the cookie that proves it is out of a script's sight, without the
 * mark every new visitor would wait for a refusal before seeing the door, and without a network nobody could say whose drafts
 * and unsent lines these are [SYNC-5].
 */
export interface SessionMark {
  isSet(): boolean;
  /** Who it was when the page was last in touch; null where that is not known. */
  me(): Me | null;
  /** null when nobody is. */
  set(me: Me | null): void;
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
  me() {
    try {
      const parsed = v.safeParse(me, parseJson(localStorage.getItem(key) ?? ''));
      return parsed.success ? parsed.output : null;
    } catch {
      return null;
    }
  },
  set(whom) {
    try {
      if (whom === null) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify(whom));
    } catch {
      // Without a network it is not known who they are.
    }
  },
};
