import type { ChatSummary } from '../../../src/protocol/models';

/** What reaches a client's end of a socket: a frame, or the close code. */
export type Heard = { readonly frame: string } | { readonly code: number };

interface Upgrade {
  readonly userId: string;
  readonly sid: string;
  readonly resume: { readonly epoch: string; readonly rev: number } | null;
}

/** What the page's side sees of where the objects are: a `Place` is one of them, a `Link` a client's end of a connection to it. */
export interface PageWorld<Place, Link> {
  readonly time: { readonly now: number };
  connect(place: Place, upgrade: Upgrade, accepted: (socket: Link) => void): Promise<void>;
  disconnect(place: Place, socket: Link): void;
  say(place: Place, socket: Link, frame: string): void;
  later(work: () => Promise<void>): void;
  ask<T>(place: Place, method: string, args: readonly unknown[]): Promise<T>;
  outside<T>(work: () => T): T;
}

export interface PageOptions<Place, Link> {
  readonly world: PageWorld<Place, Link>;
  readonly inbox: Place;
  readonly userId: string;
  readonly sid: string;
  readonly newId: () => string;
  readonly random: () => number;
}

/** One session of a user: the page's own chat list over the page's own connection, and perhaps a chat on the screen. */
export interface Device<Place, Link> {
  readonly userId: string;
  readonly sid: string;
  /** The list in its order, as far as it is loaded. */
  readonly rows: readonly ChatSummary[];
  readonly unreadTotal: number;
  readonly hasMore: boolean;
  readonly isLive: boolean;
  readonly isOnline: boolean;
  /** The chat on the screen, once its room has let it in. */
  readonly openChatId: string | null;
  /** Connections to the inbox that began with the whole list, and those that went on from where they were. */
  readonly beginnings: { readonly resets: number; readonly resumes: number };
  loadMore(): void;
  owns(socket: Link): boolean;
  heard(socket: Link, heard: Heard): void;
  /** Opens a chat, leaving the one before; null leaves only. */
  show(chat: { readonly id: string; readonly room: Place } | null): Promise<void>;
  goOffline(): void;
  goOnline(): void;
  dispose(): void;
}

export interface PageModule {
  openDevice<Place, Link>(options: PageOptions<Place, Link>): Device<Place, Link>;
}

/** The page's side knows a browser's globals and this one a Worker's: the compiler must not see both at once. */
export function loadPage(): Promise<PageModule> {
  const path = './web-device';
  return import(/* @vite-ignore */ path);
}
