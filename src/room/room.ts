import { DurableObject } from 'cloudflare:workers';
import { assertNever } from '../assert-never';
import { type Config, type Env, readConfig } from '../config';
import { projectChat } from '../directory/chat-rooms';
import { type Directory, openDirectory } from '../directory/directory';
import { removeMedia } from '../directory/media';
import { createS3, eraseMedia } from '../media/s3';
import { inboxOf } from '../objects';
import { closeCodes } from '../protocol/close-codes';
import { Refusal } from '../protocol/errors';
import { maxPageSize, maxRoomSocketsPerUser, unattachedMediaMs } from '../protocol/limits';
import type { Chat, Media, Message } from '../protocol/models';
import type { ClientRoomEvent, SendMessage, ServerRoomEvent } from '../protocol/room-frames';
import { RateLimiter, type RateRule } from '../rate-limit';
import { type Result, toResult } from '../result';
import { answerClose, type SocketSession, Sockets } from '../sockets';
import { readUpgrade, switchProtocols, type Upgrade } from '../upgrade';
import { RoomAlarm } from './alarm';
import { CommitLoop } from './commit-loop';
import { type Committed, commitSends, errorEvent, type SendOutcome, type SendWork } from './commit-sends';
import { type CreateRoom, createRoom } from './creation';
import { FanOut } from './fan-out';
import { parseFrame } from './frames';
import { LiveRoom } from './live-room';
import { Outbox } from './outbox';
import { Outgoing } from './outgoing';
import { nextAlarmAt, watchdogMs } from './schedule';
import { type Job, RoomStore } from './store';
import { Typing } from './typing';
import { dropUnattachedMedia, expireMessages, purgeTombstones } from './upkeep';

/** [LIMIT-1] Messages per user and room. */
const messageRate: RateRule = { burst: 60, refillMs: 1_000 };
/** An ended session is remembered for longer than any upgrade can be on its way. */
const endedSessionMemoryMs = 60 * 60 * 1000;
/** A step of the alarm that failed is tried again after this. */
const failedStepRetryMs = 5_000;

/** One chat room: the single writer of its messages, in the same thread as its sockets. Wiring only; the rules are in the modules beside it. */
export class Room extends DurableObject<Env> {
  readonly #config: Config;
  readonly #store: RoomStore;
  readonly #sockets: Sockets;
  readonly #typing = new Typing();
  readonly #limiter: RateLimiter;
  readonly #commits: CommitLoop<SendWork>;
  readonly #outbox: Outbox;
  readonly #fanOut: FanOut;
  #room: LiveRoom | null = null;
  #alarm: RoomAlarm;
  /** A step of the alarm failed: what is overdue waits until then. */
  #pausedUntil = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#config = readConfig(env);
    this.#store = new RoomStore(ctx.storage);
    this.#sockets = new Sockets(ctx.getWebSockets(), maxRoomSocketsPerUser);
    this.#limiter = new RateLimiter(messageRate, this.#config.limitFactor);
    this.#commits = new CommitLoop(
      (batch) => this.#commit(batch),
      () => settled(ctx.storage),
    );
    this.#outbox = new Outbox({
      store: this.#store,
      perform: (job) => this.#perform(job),
      drained: () => this.#armFromRows(),
      now: Date.now,
      random: Math.random,
    });
    this.#fanOut = this.#createFanOut();
    this.#alarm = new RoomAlarm(ctx.storage, null);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'));
    void ctx.blockConcurrencyWhile(() => this.#wake());
  }

  // — sockets —

  /** A socket of somebody whom the Worker has authenticated. The first frame is the welcome [SYNC-1]. */
  override async fetch(request: Request): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    this.#greet(server, readUpgrade(request));
    return switchProtocols(client);
  }

  override webSocketMessage(socket: WebSocket, frame: string | ArrayBuffer): void {
    const session = this.#sockets.session(socket);
    if (session === null || this.#room === null) return;
    const parsed = parseFrame(frame);
    if (parsed.kind === 'too_large') return this.#closeSocket(socket, closeCodes.frameTooLarge, 'Frame too large');
    if (parsed.kind === 'malformed') {
      this.#sockets.send(
        socket,
        JSON.stringify(errorEvent('invalid', 'The frame is not an event or an array of up to 64 events in JSON.')),
      );
      return this.#sockets.count(socket, 'bad');
    }
    for (const event of parsed.events) {
      if (event.ok) this.#handle(socket, session, event.event);
      else this.#sockets.send(socket, JSON.stringify(event.error));
      this.#sockets.count(socket, event.ok ? 'good' : 'bad');
    }
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    answerClose(socket, code);
    this.#forget(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#forget(socket);
  }

  // — calls of the Worker and of inboxes —

  /** Makes the room, or finds it as it is. A group's id that is somebody else's room is `id_reused`. */
  create(order: CreateRoom): Promise<Result<{ chat: Chat; created: boolean }>> {
    return toResult(async () => {
      const created = this.#room === null;
      if (created) {
        await this.#store.migrate();
        this.#store.transaction(() =>
          createRoom(this.#store, order, { epoch: crypto.randomUUID(), messageId: crypto.randomUUID() }, Date.now()),
        );
        this.#room = LiveRoom.load(this.#store);
        this.#afterCommit(null);
      }
      const room = this.#requireRoom();
      const member = room.roster.find(order.creator.user.id);
      if (member === null) throw new Refusal('id_reused');
      return { chat: room.chat(member), created };
    });
  }

  chat(userId: string): Promise<Result<Chat>> {
    return toResult(() => {
      const room = this.#requireRoom();
      return room.chat(room.requireMember(userId));
    });
  }

  /** `limit` is 1 … 100; `before` the id of the message the page ends before, null for the newest. */
  history(userId: string, before: string | null, limit: number): Promise<Result<{ messages: Message[]; nextBefore: string | null }>> {
    return toResult(() => {
      const room = this.#requireRoom();
      return room.history(room.requireMember(userId), before, Math.min(limit, maxPageSize), Date.now());
    });
  }

  /** [SEND-2] over HTTP: resolves once the message is durable. */
  async send(userId: string, event: SendMessage): Promise<Result<SendOutcome>> {
    return toResult(async () => {
      this.#requireRoom().requireMember(userId);
      const retryAfterMs = this.#limiter.take(userId, Date.now());
      if (retryAfterMs > 0) throw new Refusal('rate_limited', undefined, { retryAfterMs });
    }).then((allowed) => (allowed.ok ? new Promise((settle) => this.#commits.submit({ userId, socket: null, event, settle })) : allowed));
  }

  preview(userId: string): Promise<Result<{ messageId: string; preview: string | null } | null>> {
    return toResult(() => {
      const room = this.#requireRoom();
      return room.preview(room.requireMember(userId), Date.now());
    });
  }

  /** [MEDIA-3] Takes charge of a medium before its bytes exist: whatever becomes of the upload, nothing stays behind. */
  reserveMedia(userId: string, mediaId: string): Promise<Result<null>> {
    return toResult(() => {
      this.#requireRoom().requireMember(userId);
      const due = Date.now() + unattachedMediaMs;
      this.#store.insertMedia(mediaId, userId, due);
      this.#alarm.ensure(due);
      return null;
    });
  }

  /** The bytes of a reserved medium are checked and stored: from now on a message may carry it. */
  admitMedia(userId: string, facts: Media): Promise<Result<null>> {
    return toResult(() => {
      this.#requireRoom().requireMember(userId);
      const medium = this.#store.media(facts.id);
      if (medium === null || medium.owner !== userId) throw new Refusal('not_found', 'There is no such medium of yours in this chat.');
      if (medium.facts === null) this.#store.setMediaFacts(facts.id, facts);
      return null;
    });
  }

  /** [MEDIA-3] Those of the media that the user may read now. */
  linkableMedia(userId: string, mediaIds: string[]): { media: Media; endsAt: number | null }[] {
    const room = this.#room;
    const member = room?.roster.find(userId) ?? null;
    if (room === null || member === null) return [];
    const now = Date.now();
    return mediaIds.map((id) => room.linkableMedium(member, id, now)).filter((found) => found !== null);
  }

  /** [SOCK-6] Closes the session's sockets, and any whose upgrade is still on its way. */
  endSession(sid: string): void {
    if (this.#room === null) return;
    const now = Date.now();
    this.#store.rememberEndedSession(sid, now, now - endedSessionMemoryMs);
    this.#sockets.closeWhere((session) => session.sid === sid, closeCodes.unauthenticated, 'Session ended');
  }

  // — the alarm —

  /** Does what is due, sets the next alarm and returns: what takes network time runs beside it. */
  override async alarm(): Promise<void> {
    this.#alarm.fired();
    if (this.#room === null) return;
    const now = Date.now();
    const failed = [
      this.#step('expire', () => this.#expire(now)),
      this.#step('media', () => this.#store.transaction(() => dropUnattachedMedia(this.#store, now))),
      this.#step('purge', () => {
        if (this.#store.transaction(() => purgeTombstones(this.#store, now)) > 0) this.#room = LiveRoom.load(this.#store);
      }),
    ].includes(false);
    this.#pausedUntil = failed ? now + failedStepRetryMs : 0;
    this.#fanOut.wake();
    this.#outbox.drain();
    this.#armFromRows();
  }

  // — inside —

  /** Before anything else reaches the object: its rows in memory, and an alarm that a crash may have swallowed. */
  async #wake(): Promise<void> {
    if (!this.#store.exists) return;
    await this.#store.migrate();
    this.#room = LiveRoom.load(this.#store);
    const alarmAt = await this.ctx.storage.getAlarm();
    // A past-due alarm may never fire: setting it anew makes it.
    this.#alarm = new RoomAlarm(this.ctx.storage, alarmAt !== null && alarmAt > Date.now() ? alarmAt : null);
    this.#armFromRows();
  }

  #greet(socket: WebSocket, { userId, sid, resume }: Upgrade): void {
    const room = this.#room;
    const member = room?.roster.find(userId) ?? null;
    if (room === null || member === null) return this.#closeSocket(socket, closeCodes.notFound, 'No such chat');
    if (this.#store.isSessionEnded(sid)) return this.#closeSocket(socket, closeCodes.unauthenticated, 'Session ended');
    const now = Date.now();
    this.#sockets.add(socket, { userId, sid, openedAt: now });
    const volatile = { here: this.#sockets.usersHere(), typing: this.#typing.current(now) };
    this.#sockets.send(socket, JSON.stringify(room.welcome(member, resume, volatile, now)));
  }

  #handle(socket: WebSocket, session: SocketSession, event: ClientRoomEvent): void {
    switch (event.type) {
      case 'send_message':
        return this.#submit(socket, session, event);
      case 'typing_start': {
        const expiresAt = this.#typing.start(session.userId, Date.now());
        if (expiresAt !== null) this.#sendVolatile({ type: 'user_typing', user_id: session.userId, expires_at: expiresAt }, session.userId);
        return;
      }
      case 'typing_stop':
        return this.#stopTyping(session.userId);
      default:
        return assertNever(event);
    }
  }

  #submit(socket: WebSocket, { userId }: SocketSession, event: SendMessage): void {
    const retryAfterMs = this.#limiter.take(userId, Date.now());
    if (retryAfterMs === 0) return this.#commits.submit({ userId, socket, event });
    this.#sockets.send(socket, JSON.stringify(errorEvent('rate_limited', 'Too many messages. Wait a moment.', event.id, retryAfterMs)));
    this.#sockets.count(socket, 'limited');
  }

  #commit(batch: readonly SendWork[]): void {
    const room = this.#requireRoom();
    for (let waiting = batch; waiting.length > 0; ) {
      const committed: Committed = commitSends(room, waiting, Date.now());
      for (const userId of committed.senders) {
        if (this.#typing.stop(userId, Date.now())) committed.outgoing.share({ type: 'user_stopped_typing', user_id: userId });
      }
      committed.outgoing.flush(this.#sockets);
      this.#afterCommit(committed.nextEnd);
      waiting = committed.rest;
    }
  }

  #expire(now: number): void {
    const room = this.#requireRoom();
    const outgoing = new Outgoing();
    const events = this.#store.transaction(() => expireMessages(this.#store, room.rev + 1, now));
    if (events.length === 0) return;
    room.rev += 1;
    for (const event of events) outgoing.share(event);
    outgoing.flush(this.#sockets);
  }

  /** Work outside the room that a commit made necessary begins now, and after a crash by the alarm. */
  #afterCommit(nextEnd: number | null): void {
    this.#alarm.ensure(nextEnd);
    this.#alarm.ensure(Date.now() + watchdogMs);
    this.#fanOut.wake();
    this.#outbox.drain();
  }

  #armFromRows(): void {
    const room = this.#room;
    if (room === null) return;
    const underWay = { fanOutPending: room.rev > room.fannedRev, isDraining: this.#outbox.isDraining };
    this.#alarm.ensure(nextAlarmAt({ ...this.#store.schedule(), ...underWay }, Date.now(), this.#pausedUntil));
  }

  async #perform(job: Job): Promise<void> {
    const room = this.#requireRoom();
    switch (job.kind) {
      case 'erase_media':
        await eraseMedia(createS3(this.#config.s3), room.facts.id, job.key);
        return removeMedia(this.#directory, [job.key]);
      case 'project_chat':
        return projectChat(this.#directory, room.projection());
      case 'tell_inbox':
        return this.#tellInbox(job.key);
      default:
        return assertNever(job.kind);
    }
  }

  async #tellInbox(userId: string): Promise<void> {
    const room = this.#requireRoom();
    const member = room.roster.find(userId);
    if (member !== null) await inboxOf(this.env, userId).noteChat(room.rev, room.summary(member, Date.now()));
  }

  #createFanOut(): FanOut {
    return new FanOut({
      position: () => ({ rev: this.#room?.rev ?? 0, fannedRev: this.#room?.fannedRev ?? 0 }),
      recipients: () =>
        this.#requireRoom()
          .roster.present()
          .map((member) => member.profile.user.id),
      tell: (userId) => this.#tellInbox(userId),
      tellLater: (userId) => {
        const due = Date.now() + failedStepRetryMs;
        this.#store.putJob('tell_inbox', userId, due);
        this.#alarm.ensure(due);
      },
      reached: (rev) => {
        this.#store.setFannedRev(rev);
        this.#requireRoom().fannedRev = rev;
      },
      now: Date.now,
    });
  }

  get #directory(): Directory {
    return openDirectory(this.env.DIRECTORY);
  }

  #forget(socket: WebSocket): void {
    const session = this.#sockets.remove(socket);
    if (session !== null && !this.#sockets.isHere(session.userId)) this.#stopTyping(session.userId);
  }

  #stopTyping(userId: string): void {
    if (this.#typing.stop(userId, Date.now())) this.#sendVolatile({ type: 'user_stopped_typing', user_id: userId }, userId);
  }

  #sendVolatile(event: ServerRoomEvent, exceptUserId: string): void {
    this.#sockets.sendVolatile(JSON.stringify(event), exceptUserId);
  }

  #closeSocket(socket: WebSocket, code: number, reason: string): void {
    this.#sockets.close(socket, code, reason);
  }

  /** Runs one step of the alarm; a step that fails does not starve the others. */
  #step(name: string, work: () => void): boolean {
    try {
      work();
      return true;
    } catch (fault) {
      console.error(`alarm: ${name} failed (${fault instanceof Error ? fault.name : 'unknown'})`);
      return false;
    }
  }

  /** @throws Refusal `not_found` */
  #requireRoom(): LiveRoom {
    if (this.#room === null) throw new Refusal('not_found', 'There is no such chat.');
    return this.#room;
  }
}

/** Resolves when the last commit is on disk and the events that came meanwhile have been heard. */
async function settled(storage: DurableObjectStorage): Promise<void> {
  await storage.sync();
  await new Promise((resolve) => setTimeout(resolve, 0));
}
