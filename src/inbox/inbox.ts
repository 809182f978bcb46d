import { DurableObject } from 'cloudflare:workers';
import { sessionAbsoluteMs } from '../auth/refresh-tokens';
import { type Env, readConfig } from '../config';
import { malformedFrameError, parseFrame } from '../frames';
import { forEachLimited, withTimeout } from '../limited';
import { roomOf } from '../objects';
import { closeCodes } from '../protocol/close-codes';
import { type ClientInboxEvent, clientInboxEvent, type InboxFrame, type ServerInboxEvent } from '../protocol/inbox-frames';
import { defaultPageSize, maxInboxSocketsPerUser } from '../protocol/limits';
import type { ChatSummary } from '../protocol/models';
import { answerClose, type SocketSession, Sockets } from '../sockets';
import { readUpgrade, switchProtocols } from '../upgrade';
import { decodeCursor, encodeCursor } from './cursor';
import { performErrand } from './errand';
import { Errands } from './errands';
import { InboxStore } from './store';
import { type Preview, withFewUserIds, withoutEnded, withoutEndedPreviews, withPreview } from './summaries';

/** Longer than any access token lives: after that nothing can name the session any more. */
const endedSessionMemoryMs = 60 * 60 * 1000;
/** Longer than the directory takes for a change. */
const changeTimeoutMs = 15_000;
const previewCallsInFlight = 8;
/** A list is shown without the preview of a room that takes longer. */
const previewTimeoutMs = 3_000;

/** What crosses rooms for one person: the chat list, the always-open sockets, and which sessions have ended. Stores no message text. */
export class Inbox extends DurableObject<Env> {
  readonly #store: InboxStore;
  readonly #sockets: Sockets;
  readonly #errands: Errands;
  #rev = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    readConfig(env);
    this.#store = new InboxStore(ctx.storage);
    this.#sockets = new Sockets(ctx.getWebSockets(), maxInboxSocketsPerUser);
    this.#errands = new Errands({
      store: this.#store,
      perform: (errand) => performErrand(env, this.#store, errand),
      alarm: ctx.storage,
      now: Date.now,
      random: Math.random,
    });
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
    const parsed = parseFrame(frame, clientInboxEvent);
    if (parsed.kind === 'too_large') return this.#sockets.close(socket, closeCodes.frameTooLarge, 'Frame too large');
    if (parsed.kind === 'malformed') {
      this.#send(socket, malformedFrameError);
      return this.#sockets.count(socket, 'bad');
    }
    for (const event of parsed.events) {
      this.#sockets.count(socket, event.ok ? 'good' : 'bad');
      if (event.ok) await this.#handle(socket, session, event.event);
      else this.#send(socket, event.error);
    }
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
    const now = Date.now();
    this.#store.rememberOpenRoom(sid, chatId, now);
    // A session that ends by age announces it to nobody: its rooms are told, and its rows go, when another opens a room.
    for (const over of this.#store.sessionsOpenedBefore(now - sessionAbsoluteMs)) void this.endSession(over);
    return true;
  }

  /** [AUTH-4] Ends a session here and in every room it opened. Repeatable. */
  async endSession(sid: string): Promise<void> {
    await this.#setUp();
    const now = Date.now();
    const told = this.#errands.commit(() =>
      this.#store.endSession(sid, now, now - endedSessionMemoryMs).map((chatId) => ({ kind: 'end_session', key: `${sid} ${chatId}` })),
    );
    this.#sockets.closeWhere((session) => session.sid === sid, closeCodes.unauthenticated, 'Session ended');
    await told;
  }

  /** What takes network time runs beside it: awaited here it would delay every later alarm. */
  override async alarm(): Promise<void> {
    if (this.#store.exists) this.#errands.alarm();
  }

  // — the user —

  /** The directory is about to change something about the user that their rooms keep. Should nobody come back to say so, it is looked up. */
  async expectProfile(userId: string): Promise<void> {
    await this.#setUp();
    this.#errands.schedule({ kind: 'learn_profile', key: userId }, Date.now() + changeTimeoutMs);
  }

  /** The directory has changed something about the user: their devices ask anew, and where it matters to their rooms, those hear of it. */
  async meChanged(userId: string, mattersToRooms: boolean): Promise<void> {
    this.#sockets.sendAll(JSON.stringify({ type: 'me_changed' } satisfies ServerInboxEvent));
    if (!mattersToRooms) return;
    await this.#setUp();
    await this.#errands.commit(() => [{ kind: 'learn_profile', key: userId }]);
  }

  // — the chat list —

  /**
   * [INBOX-1] A room's news: `roomRev` orders them, `summary` is the whole present state, its preview only for live sockets.
   * @param profileVersion of what the room knows of the user: it may have taken them in while that changed
   */
  async noteChat(roomRev: number, news: ChatSummary, profileVersion = Number.POSITIVE_INFINITY): Promise<void> {
    await this.#setUp();
    if (profileVersion < (this.#store.profile()?.version ?? 0)) void this.#errands.commit(() => [{ kind: 'tell_profile', key: news.id }]);
    const summary = withFewUserIds(news);
    if (this.#isKnown(roomRev, summary)) return;
    // [BLOCK-1] What this user is not shown must not be seen to have happened; and what is no news is none.
    if (this.#store.hasSummary(summary)) return this.#store.setRoomRev(summary.id, roomRev);
    this.#rev += 1;
    this.#store.putChat(roomRev, this.#rev, summary);
    // News that waited on its way may be of a message that has ended since.
    const chat = withoutEnded(summary, Date.now());
    const event: ServerInboxEvent = { type: 'chat_updated', rev: this.#rev, chat, unread_total: 0, unread_chats: 0 };
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
    const previews = await this.#previews(
      userId,
      page.chats.map((chat) => chat.id),
    );
    const byChat = new Map(previews.map((preview) => [preview.chat_room_id, preview]));
    const now = Date.now();
    return { chats: page.chats.map((chat) => withoutEnded(withPreview(chat, byChat.get(chat.id)), now)), nextCursor: page.nextCursor };
  }

  // — blocks —

  /** [BLOCK-1] The user, whose inbox this is, blocks another or does so no more. Again: nothing. */
  async setBlock(userId: string, otherId: string, isActive: boolean): Promise<void> {
    if (!isActive && !this.#store.exists) return;
    await this.#setUp();
    const known = this.#store.block(otherId);
    if ((known?.isActive ?? false) === isActive) return;
    const key = `${userId} ${otherId}`;
    const told = this.#errands.commit(() => {
      this.#store.putBlock({ otherId, isActive, version: (known?.version ?? 0) + 1, changedAt: Date.now() });
      return [
        { kind: 'tell_block', key },
        { kind: 'project_block', key },
      ];
    });
    const event: ServerInboxEvent = { type: 'block_changed', user_id: otherId, blocked: isActive };
    this.#sockets.sendAll(JSON.stringify(event));
    await told;
  }

  /** Whom the user blocks, the latest first. `cursor` is opaque; null for the first page. */
  blocks(cursor: string | null, limit: number): { blocks: { userId: string; at: number }[]; nextCursor: string | null } {
    const found = this.#store.exists ? this.#store.activeBlocks(decodeCursor(cursor), limit + 1) : [];
    const page = found.slice(0, limit).map(({ otherId, changedAt }) => ({ userId: otherId, at: changedAt }));
    const last = page.at(-1);
    return { blocks: page, nextCursor: found.length > limit && last !== undefined ? encodeCursor({ at: last.at, id: last.userId }) : null };
  }

  // — inside —

  /** Whether these are old news: of an earlier commit of the room, or of the same without further reading. */
  #isKnown(roomRev: number, { id, last_read_seq }: ChatSummary): boolean {
    const known = this.#store.roomRev(id);
    if (known === null || known < roomRev) return false;
    const readSeq = this.#store.summaries([id])[0]?.last_read_seq ?? Number.POSITIVE_INFINITY;
    return known > roomRev || last_read_seq <= readSeq;
  }

  #send(socket: WebSocket, event: ServerInboxEvent): void {
    this.#sockets.send(socket, JSON.stringify(event));
  }

  async #wake(): Promise<void> {
    if (!this.#store.exists) return;
    await this.#store.migrate();
    this.#rev = this.#store.rev();
    this.#errands.resume(await this.ctx.storage.getAlarm());
  }

  async #setUp(): Promise<void> {
    if (!this.#store.exists) await this.#store.migrate();
  }

  async #handle(socket: WebSocket, { userId }: SocketSession, event: ClientInboxEvent): Promise<void> {
    this.#send(socket, { type: 'previews', items: await this.#previews(userId, event.chat_room_ids) });
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
    const found = this.#store.chats(decodeCursor(cursor), limit + 1);
    const chats = found.slice(0, limit).map((chat) => withoutEnded(chat, Date.now()));
    const last = chats.at(-1);
    return {
      chats,
      nextCursor: found.length > limit && last !== undefined ? encodeCursor({ at: last.updated_at, id: last.id }) : null,
    };
  }

  /**
   * [INBOX-2] What the rooms say of their last messages. Only rooms of the user's own list are asked, since asking wakes them;
   * one that fails is left out and no harm to the others.
   */
  async #previews(userId: string, chatIds: readonly string[]): Promise<Preview[]> {
    const previews: Preview[] = [];
    await forEachLimited(this.#store.summaries(chatIds), previewCallsInFlight, async (chat) => {
      try {
        const preview = await withTimeout(this.#preview(userId, chat.id), previewTimeoutMs);
        if (preview !== null) previews.push(preview);
      } catch (error) {
        console.warn(`inbox: a room gave no preview (${error instanceof Error ? error.name : 'unknown'})`);
      }
    });
    // The slowest answer may have come seconds after the first.
    return withoutEndedPreviews(previews, this.#store.summaries(chatIds), Date.now());
  }
  /** Null when the user is not in that room any more. */
  async #preview(userId: string, chatId: string): Promise<Preview | null> {
    const answer = await roomOf(this.env, chatId).preview(userId);
    if (!answer.ok) return null;
    return { chat_room_id: chatId, message_id: answer.value?.messageId ?? null, preview: answer.value?.preview ?? null };
  }
}
