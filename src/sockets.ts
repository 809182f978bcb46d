import * as v from 'valibot';
import { closeCodes } from './protocol/close-codes';
import { hardBufferedBytes, maxBadFramesInARow, maxLimitedFramesInARow, softBufferedBytes } from './protocol/limits';
import { uuid } from './protocol/text';

/** What a socket remembers over hibernation: its session. Versioned, since a deploy may wake sockets of the version before. */
const attachment = v.object({
  v: v.literal(1),
  user_id: uuid,
  sid: uuid,
  opened_at: v.number(),
  hidden: v.optional(v.boolean(), false),
  watching: v.optional(v.array(uuid), []),
});
export interface SocketSession {
  readonly userId: string;
  readonly sid: string;
  readonly openedAt: number;
  /** Nobody looks at the page [INBOX-5]. */
  readonly isHidden?: boolean;
  /** Users whose presence it wants to know [INBOX-6]. */
  readonly watching?: readonly string[];
}

interface Live {
  session: SocketSession;
  badFrames: number;
  limitedFrames: number;
}

/** An object's open sockets: a cache of what the runtime holds, rebuilt after every wake-up. Everything is keyed by socket, never by user alone. */
export class Sockets {
  readonly #live = new Map<WebSocket, Live>();
  /** The same by user: a room of a thousand must not be walked through for each of them. */
  readonly #byUser = new Map<string, Set<WebSocket>>();
  /** The last that was sent a frame when it had taken all before. */
  #lastPrompt: WebSocket | null = null;
  readonly #maxPerUser: number;
  readonly #gone: (session: SocketSession, socket: WebSocket) => void;

  /**
   * Takes back the sockets that were open while the object slept. One whose attachment cannot be read is closed.
   * @param gone hears of every socket that ends, whoever ended it
   */
  constructor(hibernated: readonly WebSocket[], maxPerUser: number, gone: (session: SocketSession, socket: WebSocket) => void = () => {}) {
    this.#maxPerUser = maxPerUser;
    this.#gone = gone;
    for (const socket of hibernated) {
      const parsed = v.safeParse(attachment, socket.deserializeAttachment());
      if (!parsed.success) {
        closeQuietly(socket, closeCodes.unauthenticated, 'Connect again');
        continue;
      }
      const { user_id, sid, opened_at, hidden, watching } = parsed.output;
      this.#keep(socket, { userId: user_id, sid, openedAt: opened_at, isHidden: hidden, watching });
    }
  }

  /** Adds a socket that the runtime has accepted; the user's oldest gives way when there are too many [SOCK-7]. */
  add(socket: WebSocket, session: SocketSession): void {
    const own = this.ofUser(session.userId).sort(([, a], [, b]) => a.openedAt - b.openedAt);
    for (const [oldest] of own.slice(0, Math.max(0, own.length + 1 - this.#maxPerUser)))
      this.close(oldest, closeCodes.tooManySockets, 'Opened elsewhere');
    remember(socket, session);
    this.#keep(socket, session);
  }

  /** Changes what a socket remembers, over hibernation too. */
  change(socket: WebSocket, change: Pick<SocketSession, 'isHidden' | 'watching'>): void {
    const live = this.#live.get(socket);
    if (live === undefined) return;
    live.session = { ...live.session, ...change };
    remember(socket, live.session);
  }

  /** Open sockets. */
  get size(): number {
    return this.#live.size;
  }

  session(socket: WebSocket): SocketSession | null {
    return this.#live.get(socket)?.session ?? null;
  }

  /** Forgets a socket that is closed or closing. */
  remove(socket: WebSocket): void {
    const session = this.session(socket);
    if (session === null) return;
    this.#live.delete(socket);
    if (this.#lastPrompt === socket) this.#lastPrompt = null;
    const others = this.#byUser.get(session.userId);
    others?.delete(socket);
    if (others?.size === 0) this.#byUser.delete(session.userId);
    this.#gone(session, socket);
  }

  close(socket: WebSocket, code: number, reason: string): void {
    this.remove(socket);
    closeQuietly(socket, code, reason);
  }

  closeWhere(matches: (session: SocketSession) => boolean, code: number, reason: string): void {
    for (const [socket, live] of [...this.#live]) if (matches(live.session)) this.close(socket, code, reason);
  }

  /** Users with a socket here. */
  get userCount(): number {
    return this.#byUser.size;
  }

  /** User ids with a socket here. */
  usersHere(): string[] {
    return [...this.#byUser.keys()];
  }

  isHere(userId: string): boolean {
    return this.#byUser.has(userId);
  }

  ofUser(userId: string): [WebSocket, SocketSession][] {
    return [...(this.#byUser.get(userId) ?? [])].flatMap((socket) => {
      const session = this.session(socket);
      return session === null ? [] : [[socket, session] satisfies [WebSocket, SocketSession]];
    });
  }

  /** Sends a frame. A reader too far behind is closed: it resumes when it can keep up [SOCK-3]. */
  send(socket: WebSocket, frame: string): void {
    const { bufferedAmount } = socket;
    if (bufferedAmount === 0) this.#lastPrompt = socket;
    if (bufferedAmount > hardBufferedBytes) return this.close(socket, closeCodes.tooSlow, 'Too slow');
    try {
      socket.send(frame);
    } catch {
      // The peer is gone and its close is on its way; what it missed is told when it resumes.
      this.remove(socket);
    }
  }

  /** Whether what was sent last to a reader who kept up is still to leave. Those who lag do not count. */
  get isSending(): boolean {
    return this.#lastPrompt !== null && this.#lastPrompt.bufferedAmount > 0;
  }

  /** Every open socket. */
  all(): [WebSocket, SocketSession][] {
    return [...this.#live].map(([socket, live]) => [socket, live.session]);
  }

  sendAll(frame: string): void {
    for (const socket of this.#live.keys()) this.send(socket, frame);
  }

  /** Sends a frame to every socket of the users whom `isFor` picks. */
  sendTo(isFor: (userId: string) => boolean, frame: string): void {
    for (const [socket, live] of this.#live) if (isFor(live.session.userId)) this.send(socket, frame);
  }

  /** Sends what may get lost (typing, presence) to everybody but `exceptUserId`, sparing readers that lag. */
  sendVolatile(frame: string, exceptUserId: string | null): void {
    for (const [socket, live] of this.#live)
      if (live.session.userId !== exceptUserId && socket.bufferedAmount <= softBufferedBytes) this.send(socket, frame);
  }

  /** Counts a frame's fate; closes the socket after too many bad or limited ones in a row. */
  count(socket: WebSocket, fate: 'good' | 'bad' | 'limited'): void {
    const live = this.#live.get(socket);
    if (live === undefined) return;
    live.badFrames = fate === 'bad' ? live.badFrames + 1 : fate === 'good' ? 0 : live.badFrames;
    live.limitedFrames = fate === 'limited' ? live.limitedFrames + 1 : fate === 'good' ? 0 : live.limitedFrames;
    if (live.badFrames >= maxBadFramesInARow) this.close(socket, closeCodes.malformed, 'Too many malformed frames');
    else if (live.limitedFrames >= maxLimitedFramesInARow) this.close(socket, closeCodes.tooManyFrames, 'Too many frames');
  }

  #keep(socket: WebSocket, session: SocketSession): void {
    this.#live.set(socket, { session, badFrames: 0, limitedFrames: 0 });
    const own = this.#byUser.get(session.userId);
    if (own === undefined) this.#byUser.set(session.userId, new Set([socket]));
    else own.add(socket);
  }
}

function remember(socket: WebSocket, { userId, sid, openedAt, isHidden, watching }: SocketSession): void {
  const own = { v: 1, user_id: userId, sid, opened_at: openedAt };
  socket.serializeAttachment({ ...own, ...(isHidden === true && { hidden: true }), ...(watching !== undefined && { watching }) });
}

/** Codes that say how a connection ended without a close frame: none of them may be sent. */
const reservedCodes = [1005, 1006, 1015];

/** Answers a client's close: without an answer its side waits for a timeout. */
export function answerClose(socket: WebSocket, code: number): void {
  closeQuietly(socket, reservedCodes.includes(code) ? 1000 : code, '');
}

/** Closes a socket that may be closing already. */
export function closeQuietly(socket: WebSocket, code: number, reason: string): void {
  try {
    socket.close(code, reason);
  } catch {
    // Already closed: nothing is left to say to it.
  }
}
