import { DurableObject } from 'cloudflare:workers';
import { type Env, readConfig } from '../config';
import type { MemberNews } from '../member-news';
import { roomOf } from '../objects';
import { closeCodes } from '../protocol/close-codes';
import { Refusal } from '../protocol/errors';
import type { ServerInboxEvent } from '../protocol/inbox-frames';
import { maxInboxSocketsPerUser, muteForeverAt } from '../protocol/limits';
import type { ChatSummary } from '../protocol/models';
import type { PushNames } from '../protocol/rest';
import { sendPush } from '../push/send';
import { type Result, toResult } from '../result';
import { answerClose, Sockets } from '../sockets';
import { readUpgrade, switchProtocols } from '../upgrade';
import { Blocks } from './blocks';
import { ChatList, type ChatPage } from './chat-list';
import type { ChatChange } from './chat-row';
import { Deliveries } from './deliveries';
import { performErrand } from './errand';
import { Errands } from './errands';
import { Intake } from './intake';
import { LivePresence } from './live-presence';
import { isKeptElsewhere, type MatterOfMe, OwnMatters } from './own-matters';
import { type Presence, unseen, type WatchAnswer } from './presence';
import { askPreviews, withPreviews } from './previews';
import type { Subscriber } from './push-store';
import { Pushes } from './pushes';
import { Sessions } from './sessions';
import { InboxStore } from './store';

/** A room that could not be told of a delivery is told again after this. */
const retryMs = 5_000;

/** What crosses rooms for one person: the chat list, the always-open sockets, and which sessions have ended. Stores no message text. */
export class Inbox extends DurableObject<Env> {
  readonly #store: InboxStore;
  readonly #sockets: Sockets;
  readonly #errands: Errands;
  readonly #sessions: Sessions;
  readonly #ownMatters: OwnMatters;
  readonly #blocks: Blocks;
  readonly #list: ChatList;
  readonly #deliveries: Deliveries;
  readonly #presence: LivePresence;
  readonly #pushes: Pushes;
  readonly #intake: Intake;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new InboxStore(ctx.storage);
    this.#list = new ChatList(this.#store);
    this.#sockets = new Sockets(ctx.getWebSockets(), maxInboxSocketsPerUser, (session, socket) => this.#presence.went(socket, session));
    this.#errands = new Errands({
      store: this.#store,
      perform: (errand) =>
        performErrand(env, this.#store, errand, {
          endMute: (chatId) => this.#announce(this.#list.endMute(chatId, Date.now())),
          showPresence: (userId, isShown) => this.#presence.show(userId, isShown),
          forgetLastSeen: () => this.#forgetLastSeen(),
          decidePush: (chatId) => this.#pushes.decide(chatId),
          sendPush: (sid, chatId, tries) => this.#pushes.send(sid, chatId, tries),
        }),
      alarm: ctx.storage,
      now: Date.now,
      random: Math.random,
    });
    const common = { store: this.#store, errands: this.#errands, sockets: this.#sockets, now: Date.now };
    this.#sessions = new Sessions(common);
    this.#ownMatters = new OwnMatters(common);
    this.#blocks = new Blocks(common);
    this.#presence = new LivePresence({
      env,
      store: this.#store,
      sockets: this.#sockets,
      pongedAt: (socket) => ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? null,
      forgetBy: (due) => this.#forgetLastSeenBy(due),
      now: Date.now,
    });
    this.#pushes = new Pushes({
      store: this.#store,
      errands: this.#errands,
      isLooking: (sid) => this.#presence.isLooking(sid),
      send: (subscription, news, ttlSeconds) => sendPush(readConfig(env).push, subscription, news, { ttlSeconds, now: Date.now() }),
      now: Date.now,
    });
    this.#deliveries = new Deliveries({
      tellRoom: (userId, chatId, seq) => roomOf(env, chatId).noteDelivered(userId, seq),
      tellLater: (userId, chatId, seq) =>
        this.#errands.schedule({ kind: 'tell_delivered', key: `${userId} ${chatId} ${seq}` }, Date.now() + retryMs),
    });
    this.#intake = new Intake({
      store: this.#store,
      sockets: this.#sockets,
      presence: this.#presence,
      deliveries: this.#deliveries,
      askPreviews: (userId, chatIds) => askPreviews(env, this.#store, userId, chatIds),
      limitFactor: readConfig(env).limitFactor,
      now: Date.now,
    });
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'));
    void ctx.blockConcurrencyWhile(() => this.#wake());
  }

  // — sockets —

  override async fetch(request: Request): Promise<Response> {
    const { userId, sid, resume } = readUpgrade(request);
    await this.#setUp();
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    if (this.#sessions.isEnded(sid)) server.close(closeCodes.unauthenticated, 'Session ended');
    else {
      const now = Date.now();
      this.#presence.come(userId, () => this.#sockets.add(server, { userId, sid, openedAt: now }));
      this.#send(server, { type: 'inbox', server_time: now, ...this.#list.state(resume, now) });
    }
    return switchProtocols(client);
  }

  override webSocketMessage(socket: WebSocket, frame: string | ArrayBuffer): Promise<void> {
    return this.#intake.receive(socket, frame);
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
    return !this.#store.exists || !this.#sessions.isEnded(sid);
  }

  /** See `Sessions.openRoom`. */
  async openRoom(sid: string, chatId: string): Promise<boolean> {
    await this.#setUp();
    return this.#sessions.openRoom(sid, chatId);
  }

  /** [AUTH-4] See `Sessions.end`. */
  async endSession(sid: string): Promise<void> {
    await this.#setUp();
    await this.#sessions.end(sid);
  }

  /** What takes network time runs beside it: awaited here it would delay every later alarm. */
  override async alarm(): Promise<void> {
    if (this.#store.exists) this.#errands.alarm();
  }

  // — the user —

  /** The directory is about to change something about the user that is kept elsewhere. */
  async expectMe(userId: string, matters: MatterOfMe): Promise<void> {
    await this.#setUp();
    this.#ownMatters.expect(userId, matters);
  }

  /** The directory has changed something about the user: their devices ask anew, and whoever keeps it hears of it. */
  async meChanged(userId: string, matters: MatterOfMe): Promise<void> {
    this.#announce({ type: 'me_changed' });
    if (!isKeptElsewhere(matters)) return;
    await this.#setUp();
    await this.#ownMatters.changed(userId, matters);
  }

  /** See `OwnMatters.expectAvatars`. */
  async expectAvatars(userId: string, names: readonly string[]): Promise<void> {
    await this.#setUp();
    this.#ownMatters.expectAvatars(userId, names);
  }

  /** See `OwnMatters.eraseAvatar`. */
  async eraseAvatar(userId: string, name: string): Promise<void> {
    await this.#setUp();
    await this.#ownMatters.eraseAvatar(userId, name);
  }

  // — presence —

  /** [LIVE-3] Somebody looks at the user: how they are; what changes is told for some minutes. */
  watchPresence(watcherId: string): WatchAnswer {
    return this.#store.exists ? this.#presence.watchedBy(watcherId) : { presence: unseen, isTold: false };
  }

  /** Somebody at whom the user looks, or looked lately, is there now, or is not. */
  hearPresence(userId: string, presence: Presence): void {
    if (this.#store.exists) this.#presence.hear(userId, presence);
  }

  // — the chat list —

  /**
   * [INBOX-1] A room's news: `roomRev` orders them, `summary` is the whole present state, its preview only for live sockets.
   * Answers up to where the chat's messages have reached the user, if the room does not know it yet [INBOX-4].
   * @param profileVersion of what the room knows of the user: it may have taken them in while that changed
   */
  async noteChat(
    roomRev: number,
    news: ChatSummary,
    profileVersion = Number.POSITIVE_INFINITY,
    member: MemberNews = { clearedSeq: 0, deliveredSeq: 0 },
  ): Promise<{ deliveredSeq: number | null }> {
    await this.#setUp();
    if (profileVersion < (this.#store.profile()?.version ?? 0)) void this.#errands.commit(() => [{ kind: 'tell_profile', key: news.id }]);
    const before = this.#pushes.isOn ? this.#store.chat(news.id) : null;
    this.#announce(this.#list.note(roomRev, news, member, Date.now()));
    this.#pushes.noted(before, news.id);
    return { deliveredSeq: this.#deliveries.answer(news.id, member.deliveredSeq) };
  }

  /** [GROUP-2] The user is no longer a member of the chat, as of `roomRev`. */
  async removeChat(roomRev: number, chatId: string): Promise<void> {
    await this.#setUp();
    this.#announce(this.#list.remove(roomRev, chatId, Date.now()));
    this.#pushes.noted(null, chatId);
  }

  /** The user pins, archives or mutes a chat, or takes it back: the chat as it is then. Repeatable. */
  changeChat(chatId: string, change: ChatChange): Promise<Result<ChatSummary>> {
    return toResult(() => {
      if (!this.#store.exists) throw new Refusal('not_found', 'There is no such chat.');
      const { summary, event } = this.#list.change(chatId, change, Date.now());
      const { muted_until } = summary;
      // Also of a chat that is not in the list at present: it returns as it was.
      if (change.mutedUntil !== undefined && muted_until !== null && muted_until < muteForeverAt)
        this.#errands.schedule({ kind: 'end_mute', key: chatId }, muted_until);
      this.#announce(event);
      return summary;
    });
  }

  /** Pinned chats first, then the newest activity first, with previews. `cursor` is opaque; null for the first page. */
  async chats(userId: string, cursor: string | null, limit: number): Promise<ChatPage> {
    if (!this.#store.exists) return { chats: [], nextCursor: null };
    const page = this.#list.page(cursor, limit, Date.now());
    return { chats: await withPreviews(this.env, this.#store, userId, page.chats), nextCursor: page.nextCursor };
  }

  // — push —

  /** [INBOX-5] The session's device wants to be told by push, or where it is reached has changed. Returns false where the session has ended. */
  async subscribePush(subscriber: Subscriber): Promise<boolean> {
    await this.#setUp();
    return this.#pushes.subscribe(subscriber);
  }

  /** Who wrote what is unread in the chat; null where nothing is. */
  pushNames(chatId: string): PushNames | null {
    return this.#store.exists ? this.#pushes.names(chatId) : null;
  }

  /** No more. Repeatable. */
  unsubscribePush(sid: string): void {
    if (this.#store.exists) this.#store.pushes.removeSubscriber(sid);
  }

  // — blocks —

  /** [BLOCK-1] The user, whose inbox this is, blocks another or does so no more. Again: nothing. */
  async setBlock(userId: string, otherId: string, isActive: boolean): Promise<void> {
    if (!isActive && !this.#store.exists) return;
    await this.#setUp();
    const told = this.#blocks.set(userId, otherId, isActive);
    if (told === null) return;
    const event: ServerInboxEvent = { type: 'block_changed', user_id: otherId, blocked: isActive };
    this.#announce(event);
    if (isActive) this.#presence.hide(userId, otherId);
    await told;
  }

  /** Whom the user blocks, the latest first. `cursor` is opaque; null for the first page. */
  blocks(cursor: string | null, limit: number): { blocks: { userId: string; at: number }[]; nextCursor: string | null } {
    return this.#store.exists ? this.#blocks.page(cursor, limit) : { blocks: [], nextCursor: null };
  }

  // — inside —

  /** Tells live sockets what became of the list, if anything. */
  #announce(event: ServerInboxEvent | null): void {
    if (event !== null) this.#sockets.sendAll(JSON.stringify(event));
  }

  #send(socket: WebSocket, event: ServerInboxEvent): void {
    this.#sockets.send(socket, JSON.stringify(event));
  }

  async #wake(): Promise<void> {
    if (!this.#store.exists) return;
    await this.#store.migrate();
    this.#errands.resume(await this.ctx.storage.getAlarm());
  }

  async #setUp(): Promise<void> {
    if (!this.#store.exists) await this.#store.migrate();
  }

  /** One errand serves until there is nothing left to forget. */
  #forgetLastSeenBy(due: number): void {
    if (!this.#store.jobs.dues().has('forget_last_seen')) this.#errands.schedule({ kind: 'forget_last_seen', key: '' }, due);
  }

  #forgetLastSeen(): void {
    const due = this.#presence.forget();
    if (due !== null) this.#errands.schedule({ kind: 'forget_last_seen', key: '' }, due);
  }
}
