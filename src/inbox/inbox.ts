import { DurableObject } from 'cloudflare:workers';
import * as v from 'valibot';
import { computeBackoffMs } from '../backoff';
import { type Env, readConfig } from '../config';
import { forEachLimited } from '../limited';
import { roomOf } from '../objects';
import { closeCodes } from '../protocol/close-codes';
import { clientInboxEvent, type InboxFrame, type ServerInboxEvent } from '../protocol/inbox-frames';
import { defaultPageSize, maxClientFrameBytes, maxInboxSocketsPerUser } from '../protocol/limits';
import type { ChatSummary } from '../protocol/models';
import { answerClose, Sockets } from '../sockets';
import { readUpgrade, switchProtocols } from '../upgrade';
import { decodeCursor, encodeCursor } from './cursor';
import { InboxStore, withoutPreview } from './store';

/** Longer than any access token lives: after that nothing can name the session any more. */
const endedSessionMemoryMs = 60 * 60 * 1000;
const roomCallsInFlight = 8;

/** What crosses rooms for one person: the chat list, the always-open sockets, and which sessions have ended. Stores no message text. */
export class Inbox extends DurableObject<Env> {
  readonly #store: InboxStore;
  readonly #sockets: Sockets;
  #rev = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    readConfig(env);
    this.#store = new InboxStore(ctx.storage);
    this.#sockets = new Sockets(ctx.getWebSockets(), maxInboxSocketsPerUser);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'));
    void ctx.blockConcurrencyWhile(() => this.#wake());
  }

  // — sockets —

  override async fetch(request: Request): Promise<Response> {
    const { userId, sid } = readUpgrade(request);
    await this.#setUp();
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    if (this.#store.isSessionEnded(sid)) server.close(closeCodes.unauthenticated, 'Session ended');
    else {
      this.#sockets.add(server, { userId, sid, openedAt: Date.now() });
      server.send(JSON.stringify(this.#firstFrame()));
    }
    return switchProtocols(client);
  }

  override async webSocketMessage(socket: WebSocket, frame: string | ArrayBuffer): Promise<void> {
    const session = this.#sockets.session(socket);
    if (session === null) return;
    if (typeof frame === 'string' && frame.length > maxClientFrameBytes)
      return this.#sockets.close(socket, closeCodes.frameTooLarge, 'Frame too large');
    const event = v.safeParse(clientInboxEvent, typeof frame === 'string' ? parseJson(frame) : null);
    if (!event.success) {
      this.#send(socket, { type: 'error', code: 'invalid', detail: 'The frame is not an event of a known type.' });
      return this.#sockets.count(socket, 'bad');
    }
    this.#sockets.count(socket, 'good');
    const items = await this.#previews(session.userId, event.output.chat_room_ids);
    this.#send(socket, { type: 'previews', items });
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    answerClose(socket, code);
    this.#sockets.remove(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#sockets.remove(socket);
  }

  // — sessions —

  /** [SOCK-6] Asked at every call and upgrade. */
  isSessionAlive(sid: string): boolean {
    return !this.#store.exists || !this.#store.isSessionEnded(sid);
  }

  /** Whether the session may open a room's socket; if so, the room will hear of the session's end. */
  async openRoom(sid: string, chatId: string): Promise<boolean> {
    await this.#setUp();
    if (this.#store.isSessionEnded(sid)) return false;
    this.#store.rememberOpenRoom(sid, chatId);
    return true;
  }

  /** [AUTH-4] Ends a session here and in every room it opened; what cannot be reached now is told by the alarm. */
  async endSession(sid: string): Promise<void> {
    await this.#setUp();
    const now = Date.now();
    this.#store.rememberEndedSession(sid, now, now - endedSessionMemoryMs);
    this.#sockets.closeWhere((session) => session.sid === sid, closeCodes.unauthenticated, 'Session ended');
    await this.#tellRooms(0);
  }

  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    await this.#tellRooms((info?.retryCount ?? 0) + 1);
  }

  // — the chat list —

  /** [INBOX-1] A room's news: `roomRev` orders them, `summary` is the whole present state, its preview only for live sockets. */
  async noteChat(roomRev: number, summary: ChatSummary): Promise<void> {
    await this.#setUp();
    const known = this.#store.roomRev(summary.id);
    if (known !== null && known >= roomRev) return;
    this.#rev += 1;
    this.#store.putChat(roomRev, this.#rev, summary);
    const event: ServerInboxEvent = { type: 'chat_updated', rev: this.#rev, chat: summary, unread_total: 0, unread_chats: 0 };
    this.#sockets.sendAll(JSON.stringify(event));
  }

  /** [GROUP-2] The user is no longer a member of the chat, as of `roomRev`. */
  async removeChat(roomRev: number, chatId: string): Promise<void> {
    await this.#setUp();
    const known = this.#store.roomRev(chatId);
    if (known === null || known >= roomRev) return;
    this.#rev += 1;
    this.#store.removeChat(chatId, roomRev, this.#rev);
    const event: ServerInboxEvent = { type: 'chat_removed', rev: this.#rev, chat_room_id: chatId };
    this.#sockets.sendAll(JSON.stringify(event));
  }

  /** Newest activity first, with previews. `cursor` is opaque; null for the first page. */
  async chats(userId: string, cursor: string | null, limit: number): Promise<{ chats: ChatSummary[]; nextCursor: string | null }> {
    if (!this.#store.exists) return { chats: [], nextCursor: null };
    const page = this.#page(cursor, limit);
    const previews = new Map(
      (
        await this.#previews(
          userId,
          page.chats.map((chat) => chat.id),
        )
      ).map((item) => [item.chat_room_id, item]),
    );
    return { chats: page.chats.map((chat) => withPreview(chat, previews.get(chat.id))), nextCursor: page.nextCursor };
  }

  // — inside —

  #send(socket: WebSocket, event: ServerInboxEvent): void {
    this.#sockets.send(socket, JSON.stringify(event));
  }

  async #wake(): Promise<void> {
    if (!this.#store.exists) return;
    await this.#store.migrate();
    this.#rev = this.#store.rev();
  }

  async #setUp(): Promise<void> {
    if (!this.#store.exists) await this.#store.migrate();
  }

  #firstFrame(): InboxFrame {
    const page = this.#page(null, defaultPageSize);
    return {
      type: 'inbox',
      rev: this.#rev,
      server_time: Date.now(),
      chats: page.chats,
      next_cursor: page.nextCursor,
      unread_total: 0,
      unread_chats: 0,
      reset: true,
    };
  }

  #page(cursor: string | null, limit: number): { chats: ChatSummary[]; nextCursor: string | null } {
    const found = this.#store.chats(decodeCursor(cursor), limit + 1).map((chat) => chat.summary);
    const chats = found.slice(0, limit).map((chat) => withoutEnded(chat, Date.now()));
    const last = chats.at(-1);
    return {
      chats,
      nextCursor: found.length > limit && last !== undefined ? encodeCursor({ updatedAt: last.updated_at, chatId: last.id }) : null,
    };
  }

  async #previews(userId: string, chatIds: readonly string[]): Promise<Extract<ServerInboxEvent, { type: 'previews' }>['items']> {
    const items: Extract<ServerInboxEvent, { type: 'previews' }>['items'] = [];
    await forEachLimited(chatIds, roomCallsInFlight, async (chatId) => {
      const answer = await roomOf(this.env, chatId).preview(userId);
      if (answer.ok)
        items.push({ chat_room_id: chatId, message_id: answer.value?.messageId ?? null, preview: answer.value?.preview ?? null });
    });
    return items;
  }

  /** Tells every room that an ended session had opened; a failure leaves its entry and sets the alarm. */
  async #tellRooms(tries: number): Promise<void> {
    if (!this.#store.exists) return;
    const pending = this.#store.endedSessionsWithRooms();
    let hasFailed = false;
    await forEachLimited(pending, roomCallsInFlight, async ({ sid, chatId }) => {
      try {
        await roomOf(this.env, chatId).endSession(sid);
        this.#store.forgetOpenRoom(sid, chatId);
      } catch {
        hasFailed = true;
      }
    });
    if (hasFailed) await this.ctx.storage.setAlarm(Date.now() + computeBackoffMs(tries, Math.random()));
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** [EXP-3] A last message whose end has come is not shown, whether or not its room has said so yet. */
function withoutEnded(chat: ChatSummary, now: number): ChatSummary {
  const ended = chat.last_message?.expires_at ?? null;
  return ended !== null && ended <= now ? { ...chat, last_message: null } : withoutPreview(chat);
}

function withPreview(chat: ChatSummary, item: { message_id: string | null; preview: string | null } | undefined): ChatSummary {
  if (chat.last_message === null || item === undefined || item.message_id !== chat.last_message.id) return chat;
  return { ...chat, last_message: { ...chat.last_message, preview: item.preview } };
}
