import { serverRoomEvent } from '../../../src/protocol/room-frames';
import { Chats } from '../../../web/chats/chats';
import { tellList } from '../../../web/conversation/list-news';
import { createWire } from '../../../web/wire';
import { readFrame } from '../../../web/wire/frames';
import { Rest } from '../../../web/wire/rest';
import { TokenKeeper } from '../../../web/wire/token-keeper';
import type { Device, Heard, PageOptions, PageWorld } from './page';
import { WorldBrowser } from './web-browser';

export function openDevice<Place, Link>(options: PageOptions<Place, Link>): Device<Place, Link> {
  return new WebDevice(options);
}

class WebDevice<Place, Link> implements Device<Place, Link> {
  readonly userId: string;
  readonly sid: string;
  readonly beginnings = { resets: 0, resumes: 0 };
  readonly #world: PageWorld<Place, Link>;
  readonly #browser: WorldBrowser<Place, Link>;
  readonly #chats: Chats;
  #room: { readonly chatId: string; readonly place: Place; socket: Link | null; isWelcome: boolean } | null = null;

  constructor(options: PageOptions<Place, Link>) {
    const { world, userId, sid } = options;
    this.userId = userId;
    this.sid = sid;
    this.#world = world;
    this.#browser = new WorldBrowser(options);
    const tokens = new TokenKeeper(this.#browser, { lost() {}, userChanged() {} });
    tokens.adopt('a.token', 900);
    const wire = createWire(this.#browser, tokens, new Rest(this.#browser, tokens));
    this.#chats = new Chats(wire, {
      meChanged() {},
      event: (event) => {
        if (event.type === 'inbox') this.beginnings[event.reset ? 'resets' : 'resumes'] += 1;
      },
    });
  }

  get rows() {
    return this.#chats.ordered.peek();
  }

  get unreadTotal() {
    return this.#chats.unreadTotal.peek();
  }

  get hasMore() {
    return this.#chats.hasMore;
  }

  get isLive() {
    return this.#chats.phase.peek().kind === 'live';
  }

  get isOnline() {
    return this.#browser.isOnline;
  }

  get openChatId() {
    return this.#room?.isWelcome === true ? this.#room.chatId : null;
  }

  loadMore(): void {
    void this.#chats.loadMore();
  }

  owns(socket: Link): boolean {
    return socket === this.#browser.socket || socket === this.#room?.socket;
  }

  heard(socket: Link, heard: Heard): void {
    const room = this.#room;
    if (socket !== room?.socket) return this.#browser.heard(heard);
    if ('code' in heard) {
      this.#room = null;
      return;
    }
    for (const event of readFrame(serverRoomEvent, heard.frame)) {
      if (event.type === 'welcome') room.isWelcome = true;
      tellList(this.#chats, room.chatId, event);
    }
  }

  async show(chat: { readonly id: string; readonly room: Place } | null): Promise<void> {
    const before = this.#room;
    this.#room = null;
    if (before?.socket) this.#world.disconnect(before.place, before.socket);
    if (chat === null || !this.#browser.isOnline) return;
    const room = { chatId: chat.id, place: chat.room, socket: null as Link | null, isWelcome: false };
    this.#room = room;
    await this.#world.connect(chat.room, { userId: this.userId, sid: this.sid, resume: null }, (socket) => {
      room.socket = socket;
    });
  }

  goOffline(): void {
    void this.show(null);
    this.#browser.goOffline();
  }

  goOnline(): void {
    this.#browser.goOnline();
  }

  dispose(): void {
    void this.show(null);
    this.#chats.dispose();
  }
}
