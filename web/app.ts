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
import { Session } from './session/session';
import { storedSessionMark } from './session/session-mark';
import { goToList, type Route, watchRoute } from './ui/route';
import { createWire, type Wire } from './wire';
import type { Platform } from './wire/platform';

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
      dispose(account.value);
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
  showUnread(chats.unreadTotal);
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
    mediaLinks: new MediaLinks(wire),
  };
}

function dispose(account: Account | null): void {
  account?.rooms.dispose();
  account?.keeping.close();
  account?.chats.dispose();
  account?.mediaLinks.dispose();
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
