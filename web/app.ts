import { effect, type ReadonlySignal, signal, untracked } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Me } from '../src/protocol/models';
import { Blocks } from './blocks/blocks';
import { Chats } from './chats/chats';
import { showUnread } from './chats/unread-title';
import { Rooms } from './conversation/rooms';
import { forgetEverything, type Keeping, openKeeping } from './keeping';
import { MediaLinks } from './media/media-links';
import { browserPush } from './push/browser-push';
import { DevicePush } from './push/device-push';
import { namesOf, overNotices } from './push/notices';
import { storedPushMemory } from './push/push-memory';
import { answerServiceWorker } from './push/service-worker';
import { Session } from './session/session';
import { storedSessionMark } from './session/session-mark';
import { goToChat, goToList, type Route, watchRoute } from './ui/route';
import { createWire, type Wire } from './wire';
import type { Platform } from './wire/platform';

const browser = browserPush();

/** What exists while somebody is signed in; all of it goes when they sign out. */
export interface Account {
  /** As they are now: a view that reads it follows its changes. */
  readonly me: Me;
  readonly wire: Wire;
  readonly chats: Chats;
  readonly blocks: Blocks;
  readonly rooms: Rooms;
  readonly keeping: Keeping;
  readonly mediaLinks: MediaLinks;
  readonly push: DevicePush;
  dispose(): void;
}

export interface App {
  readonly session: Session;
  readonly account: ReadonlySignal<Account | null>;
  readonly route: ReadonlySignal<Route>;
}

/** Puts the features together: the account follows the session, the open room follows the address. */
export function createApp(platform: Platform): App {
  const session = new Session(platform, storedSessionMark);
  const account = signal<Account | null>(null);
  const route = watchRoute();

  effect(() => {
    const me = session.me.value;
    untracked(() => {
      if (account.value?.me.id === me?.id) return;
      account.value?.dispose();
      account.value = me === null ? null : createAccount(me, session, createWire(platform, session.tokens, session.rest));
    });
  });
  effect(() => {
    if (session.phase.value === 'signed_out') untracked(forgetEverything);
  });
  effect(() => {
    const rooms = account.value?.rooms;
    const { chatId } = route.value;
    untracked(() => rooms?.enter(chatId));
  });

  void session.restore();
  return { session, account, route };
}

function createAccount(first: Me, session: Session, wire: Wire): Account {
  const blocks = new Blocks(wire.rest);
  const chats = new Chats(wire, { meChanged: () => void session.refresh(), event: (event) => blocks.onInboxEvent(event) });
  const keeping = openKeeping(first.id, wire.platform, (line) => rooms.deliver(line));
  const rooms = new Rooms(wire, first.id, { ...keeping, listNews: chats });
  const mediaLinks = new MediaLinks(wire);
  const push = new DevicePush(wire.rest, browser, storedPushMemory);
  push.begin();
  const endUnread = effect(() => {
    showUnread(chats.unreadTotal.value);
    if (chats.isLoaded.value) untracked(() => void closeOverNotices(chats));
  });
  const endAnswers = answerServiceWorker({
    namesOf: (chatId) => {
      if (session.me.peek()?.settings.push_shows !== 'name') return null;
      const chat = chats.find(chatId);
      return chat === undefined ? 'unknown' : namesOf(chat, first.id);
    },
    open: goToChat,
  });
  chats.onRemoved((chatId) => {
    if (rooms.current.peek()?.id === chatId) goToList();
    rooms.forget(chatId);
  });
  return {
    get me() {
      return session.me.value ?? first;
    },
    wire,
    chats,
    blocks,
    rooms,
    keeping,
    mediaLinks,
    push,
    dispose() {
      endUnread();
      endAnswers();
      push.end();
      rooms.dispose();
      keeping.close();
      chats.dispose();
      mediaLinks.dispose();
      showUnread(0);
    },
  };
}

/** What the device still shows of chats that were read here or elsewhere. */
async function closeOverNotices(chats: Chats): Promise<void> {
  const shown = browser.isSupported ? await browser.shown() : [];
  if (shown.length > 0) await browser.close(overNotices(shown, (chatId) => chats.find(chatId)));
}

export const AppContext = createContext<App | null>(null);
export const AccountContext = createContext<Account | null>(null);

export function useApp(): App {
  const app = useContext(AppContext);
  if (app === null) throw new Error('Rendered outside the app');
  return app;
}

/** The signed-in user's state; only for views inside the signed-in part. */
export function useAccount(): Account {
  const account = useContext(AccountContext);
  if (account === null) throw new Error('Rendered while signed out');
  return account;
}
