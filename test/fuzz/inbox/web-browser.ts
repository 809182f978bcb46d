import type { Connection, ConnectionHandlers, Platform } from '../../../web/wire/platform';
import type { Heard, PageOptions } from './page';

/** The page's surroundings in a world: its sockets and calls go to objects of that, its timers are those of that. */
export class WorldBrowser<Place, Link> implements Platform {
  readonly origin = 'https://relayhub.test';
  /** Whether there is a network: without one what was connected is lost, and nothing connects. */
  isOnline = true;
  readonly #options: PageOptions<Place, Link>;
  readonly #wakeListeners = new Set<() => void>();
  #link: { socket: Link | null; readonly handlers: ConnectionHandlers } | null = null;

  constructor(options: PageOptions<Place, Link>) {
    this.#options = options;
  }

  /** The socket of the connection that is open, if one is. */
  get socket(): Link | null {
    return this.#link?.socket ?? null;
  }

  heard(heard: Heard): void {
    const link = this.#link;
    if (link === null) return;
    if ('frame' in heard) return link.handlers.received(heard.frame);
    this.#link = null;
    link.handlers.closed(heard.code);
  }

  goOffline(): void {
    this.isOnline = false;
    const link = this.#link;
    this.#link = null;
    if (link?.socket) this.#world.disconnect(this.#inbox, link.socket);
    link?.handlers.closed(1006);
  }

  goOnline(): void {
    this.isOnline = true;
    for (const listener of [...this.#wakeListeners]) listener();
  }

  // — what the page asks —

  connect(url: string, _protocols: readonly string[], handlers: ConnectionHandlers): Connection {
    const { userId, sid } = this.#options;
    const link: { socket: Link | null; readonly handlers: ConnectionHandlers } = { socket: null, handlers };
    this.#link = link;
    if (this.isOnline) {
      const { searchParams } = new URL(url);
      const epoch = searchParams.get('epoch');
      const resume = epoch === null ? null : { epoch, rev: Number(searchParams.get('rev')) };
      this.#world.later(() =>
        this.#world.connect(this.#inbox, { userId, sid, resume }, (socket) => {
          // Who has given up by now hears nothing of it.
          if (this.#link === link) link.socket = socket;
          else this.#world.disconnect(this.#inbox, socket);
        }),
      );
    } else {
      this.after(0, () => {
        if (this.#link !== link) return;
        this.#link = null;
        handlers.closed(1006);
      });
    }
    return {
      send: (text) => {
        if (this.#link === link && link.socket !== null) this.#world.say(this.#inbox, link.socket, text);
      },
      close: () => {
        if (this.#link !== link) return;
        this.#link = null;
        if (link.socket !== null) this.#world.disconnect(this.#inbox, link.socket);
      },
    };
  }

  /** Of the whole API the pages of the list, and tokens. */
  fetch: typeof fetch = async (input) => {
    const { pathname, searchParams } = new URL(String(input));
    if (!this.isOnline) throw new TypeError('Failed to fetch');
    if (pathname === '/api/token/refresh') return jsonAnswer({ access_token: 'a.token', expires_in: 900 });
    if (pathname !== '/api/users/me/chats') throw new Error(`Nobody answers ${pathname}`);
    const page = await this.#world.ask<{ chats: unknown; nextCursor: unknown }>(this.#inbox, 'chats', [
      this.#options.userId,
      searchParams.get('cursor'),
      20,
    ]);
    return jsonAnswer({ chats: page.chats, next_cursor: page.nextCursor });
  };

  put(): Promise<number> {
    throw new Error('Nothing is uploaded here');
  }

  now = () => this.#world.time.now;
  random = () => this.#options.random();
  newId = () => this.#options.newId();
  /** Hidden: the page pings seldom. */
  isVisible = () => false;
  onVisibility = () => () => {};
  exclusively = <T>(_name: string, work: () => Promise<T>) => work();

  after(ms: number, work: () => void): () => void {
    // The clock of the machine knows whole milliseconds only.
    const timer = this.#world.outside(() => setTimeout(work, Math.ceil(ms)));
    return () => clearTimeout(timer);
  }

  get #world() {
    return this.#options.world;
  }

  get #inbox() {
    return this.#options.inbox;
  }

  onWake(listener: () => void): () => void {
    this.#wakeListeners.add(listener);
    return () => this.#wakeListeners.delete(listener);
  }
}

/** The machine has taken `Response` away. */
function jsonAnswer(body: unknown): Response {
  const answer = { ok: true, status: 200, headers: new Headers(), text: () => Promise.resolve(JSON.stringify(body)) };
  return answer as unknown as Response;
}
