import type { Env } from '../config';
import { directChatId } from '../direct-chat-id';
import { findAcquaintances } from '../directory/chat-rooms';
import { openDirectory } from '../directory/directory';
import { inboxOf } from '../objects';
import type { ServerInboxEvent } from '../protocol/inbox-frames';
import type { SocketSession, Sockets } from '../sockets';
import { computePresence, OwnPresence, type Presence, type Sign, unseen, type WatchAnswer } from './presence';
import type { InboxStore } from './store';
import { Watching } from './watching';

export interface LivePresenceOptions {
  readonly env: Env;
  readonly store: InboxStore;
  readonly sockets: Sockets;
  /** When the runtime last answered a socket's ping by itself, milliseconds since the epoch; null for never. */
  readonly pongedAt: (socket: WebSocket) => number | null;
  readonly forgetBy: (due: number) => void;
  readonly now: () => number;
}

/** [LIVE-3] Presence as it passes through an inbox: the user's own to those who look, and that of others to the user's sockets. */
export class LivePresence {
  readonly #options: LivePresenceOptions;
  readonly #own: OwnPresence;
  readonly #watching: Watching;
  /** When a socket last sent something that woke us. */
  readonly #heardAt = new WeakMap<WebSocket, number>();

  constructor(options: LivePresenceOptions) {
    const { env, store, sockets, forgetBy, now } = options;
    const isBlocked = (userId: string) => store.block(userId)?.isActive ?? false;
    this.#options = options;
    this.#own = new OwnPresence({
      store,
      signs: () => sockets.all().map(([socket, session]) => this.#signOf(socket, session)),
      isBlocked,
      tell: (userId, watcherId, presence) => inboxOf(env, watcherId).hearPresence(userId, presence),
      forgetBy,
      now,
    });
    this.#watching = new Watching({
      isShown: () => store.presence().isShown,
      isBlocked,
      acquaintances: (userId, others) => this.#acquaintances(userId, others),
      ask: (userId, watcherId) => inboxOf(env, userId).watchPresence(watcherId),
      now,
    });
  }

  /** [INBOX-5] Whether somebody may be looking at a page of the session: it is visible, and has answered lately. */
  isLooking(sid: string): boolean {
    const now = this.#options.now();
    const visible = this.#options.sockets.all().filter(([, session]) => session.sid === sid && session.isHidden !== true);
    return computePresence(
      visible.map(([socket, session]) => this.#signOf(socket, session)),
      null,
      now,
    ).online;
  }

  /** A socket of the user opens by `add`. */
  come(userId: string, add: () => void): void {
    this.#own.come(userId, add);
  }

  /** A socket is gone. */
  went(socket: WebSocket, session: SocketSession): void {
    this.#own.went(session.userId, this.#signOf(socket, session));
  }

  /** A socket has said something. */
  heard(socket: WebSocket): void {
    this.#heardAt.set(socket, this.#options.now());
  }

  /** [INBOX-6] A socket looks at others; those whom it looked at before are off its screen. */
  async look(socket: WebSocket, { userId }: SocketSession, others: readonly string[]): Promise<void> {
    const watching = [...new Set(others)].filter((other) => other !== userId);
    this.#options.sockets.change(socket, { watching });
    this.#send(socket, await this.#watching.look(userId, watching));
  }

  /** Somebody looks at the user: how they are, and what changes for some minutes from now. */
  watchedBy(watcherId: string): WatchAnswer {
    return this.#own.watch(watcherId);
  }

  /** The inbox of somebody at whom the user looks, or looked lately, tells how they are. */
  hear(otherId: string, presence: Presence): void {
    const shown = this.#watching.hear(otherId, presence);
    if (shown !== null) this.#tell((id) => (id === otherId ? shown : null));
  }

  /** The user lets others see them, or does so no more. Who hides sees nobody. */
  show(userId: string, isShown: boolean): void {
    this.#own.show(userId, isShown);
    this.#watching.forget();
    if (!isShown) this.#tell(() => unseen);
  }

  /** [BLOCK-1] Neither sees the other any more. */
  hide(userId: string, otherId: string): void {
    this.#own.hideFrom(userId, otherId);
    this.#tell((id) => (id === otherId ? unseen : null));
  }

  /** Returns when the rest must be forgotten; null when nothing is left. */
  forget(): number | null {
    return this.#own.forget();
  }

  #signOf(socket: WebSocket, { openedAt, isHidden }: SocketSession): Sign {
    const at = Math.max(openedAt, this.#options.pongedAt(socket) ?? 0, this.#heardAt.get(socket) ?? 0);
    return { at, isVisible: isHidden !== true };
  }

  /** Mostly partners of direct chats, which the list tells; the directory is asked for the rest. */
  async #acquaintances(userId: string, others: readonly string[]): Promise<ReadonlySet<string>> {
    const { env, store } = this.#options;
    const direct = await Promise.all(others.map(async (other) => [other, await directChatId(userId, other)] as const));
    const known = new Set(direct.filter(([, chatId]) => store.chat(chatId)?.isRemoved === false).map(([other]) => other));
    const unknown = others.filter((other) => !known.has(other));
    if (unknown.length === 0) return known;
    return new Set([...known, ...(await findAcquaintances(openDirectory(env.DIRECTORY), userId, unknown))]);
  }

  /** Tells each socket of those whom it watches and of whom there is something to tell. */
  #tell(presenceOf: (userId: string) => Presence | null): void {
    for (const [socket, { watching = [] }] of this.#options.sockets.all()) {
      const told = watching.flatMap((userId) => {
        const presence = presenceOf(userId);
        return presence === null ? [] : [[userId, presence] as const];
      });
      if (told.length > 0) this.#send(socket, new Map(told));
    }
  }

  #send(socket: WebSocket, found: ReadonlyMap<string, Presence>): void {
    const users = [...found].map(([user_id, { online, lastSeenAt }]) => ({ user_id, online, last_seen_at: lastSeenAt }));
    this.#options.sockets.send(socket, JSON.stringify({ type: 'presence', users } satisfies ServerInboxEvent));
  }
}
