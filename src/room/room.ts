import { DurableObject } from 'cloudflare:workers';
import type { Env } from '../config';
import type { Profile } from '../directory/users';
import { errorEvent } from '../frames';
import type { UploadClaim } from '../media/claim';
import { closeCodes } from '../protocol/close-codes';
import { Refusal } from '../protocol/errors';
import { maxPageSize } from '../protocol/limits';
import type { Chat, ExpiryChoice, Media, Member, Message, Role } from '../protocol/models';
import type { SendMessage, ServerRoomEvent } from '../protocol/room-frames';
import { type Result, toResult, unwrap } from '../result';
import { answerClose } from '../sockets';
import { readUpgrade, switchProtocols } from '../upgrade';
import type { BlockOrder } from './blocks';
import { applyClear } from './clearing';
import { applyOpening, type CreateRoom, createRoom } from './creation';
import { type Actor, type DurableEvent, refOfEvent } from './dispatch';
import { RoomEngine } from './engine';
import type { HistoryPage, HistorySide, LiveRoom } from './live-room';
import { applyAdd, applyChatChange, applyProfile, applyRemove, applySetRole } from './membership';
import { applyServe } from './opening';
import { type Receipt, receiptsOf } from './receipts';
import { applySend } from './sending';
import { type MemberState, toMember } from './state';
import type { RoomStats } from './stats';
import type { Turn } from './turn';
import { admitUpload, discardUpload, type HeldMedium, heldMedium, reserveUpload, type UploadState, uploadOf } from './uploads';

/** An ended session is remembered for longer than any upgrade can be on its way. */
const endedSessionMemoryMs = 60 * 60 * 1000;

/** One chat room: the single writer of its messages, in the same thread as its sockets. What may be asked of it, and nothing else. */
export class Room extends DurableObject<Env> {
  readonly #engine: RoomEngine;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#engine = new RoomEngine(ctx, env);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'));
    void ctx.blockConcurrencyWhile(() => this.#engine.wake());
  }

  // — the platform's events —

  /** A socket of somebody whom the Worker has authenticated. The first frame is the welcome [SYNC-1]. */
  override async fetch(request: Request): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    try {
      this.#engine.greet(server, readUpgrade(request));
    } catch (fault) {
      this.#engine.sockets.close(server, 1011, 'Try again');
      throw fault;
    }
    return switchProtocols(client);
  }

  override webSocketMessage(socket: WebSocket, frame: string | ArrayBuffer): void {
    this.#engine.receive(socket, frame);
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    answerClose(socket, code);
    this.#engine.sockets.remove(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#engine.sockets.remove(socket);
  }

  override alarm(): Promise<void> {
    return this.#engine.alarm();
  }

  // — the chat —

  /** Makes the room, or finds it as it is when the same person asks for the same kind of chat. */
  create(order: CreateRoom): Promise<Result<{ chat: Chat; created: boolean }>> {
    return toResult(async () => {
      const { store } = this.#engine;
      if (this.#engine.room === null) await store.migrate();
      const created = this.#engine.room === null;
      if (created) {
        store.transaction(() => createRoom(store, order, { epoch: crypto.randomUUID(), messageId: crypto.randomUUID() }, Date.now()));
        this.#engine.created();
      }
      const room = this.#engine.requireRoom();
      const userId = order.creator.user.id;
      const member = room.roster.find(userId);
      // Whoever else's room has this id, and whatever it is, is not for the asker to learn.
      const isTheirs = member !== null && room.facts.isGroup === order.isGroup && (!order.isGroup || room.roster.userOf(1) === userId);
      if (!isTheirs) throw new Refusal('id_reused');
      if (!member.concealed) return { chat: room.chat(member), created };
      // [BLOCK-1] For them it was not there until now.
      this.#engine.apply((turn) => applyOpening(turn, member));
      return { chat: room.chat(room.requireMember(userId)), created: true };
    });
  }

  chat(userId: string): Promise<Result<Chat>> {
    return this.#asMember(userId, (room, member) => room.chat(member));
  }

  /** [GROUP-2] Renames the chat, sets its policy, or both; null leaves as it is. */
  async changeChat(userId: string, change: { name: string | null; policy: ExpiryChoice | null }): Promise<Result<Chat>> {
    const changed = await this.#engine.submit(userId, (turn, actor) => {
      applyChatChange(turn, actor, change);
      return [];
    });
    return changed.ok ? this.chat(userId) : changed;
  }

  /** The user clears the chat for themselves; repeatable. */
  clear(userId: string): Promise<Result<null>> {
    return this.#change(userId, (turn, member) => applyClear(turn, member));
  }

  /** Members in the order of their joining; `cursor` is the last page's. */
  members(userId: string, cursor: number, limit: number): Promise<Result<{ members: Member[]; nextCursor: number | null }>> {
    return this.#asMember(userId, (room) => {
      const found = room.roster.present().filter((member) => member.n > cursor);
      const page = found.slice(0, limit);
      return { members: page.map(toMember), nextCursor: found.length > limit ? (page.at(-1)?.n ?? null) : null };
    });
  }

  /** [GROUP-1] */
  addMembers(userId: string, profiles: Profile[]): Promise<Result<null>> {
    return this.#change(userId, (turn, actor) => applyAdd(turn, actor, profiles));
  }

  /** [GROUP-1] Removes a member; oneself is leaving. */
  removeMember(userId: string, memberId: string): Promise<Result<null>> {
    return this.#change(userId, (turn, actor) => applyRemove(turn, actor, memberId));
  }

  /** [GROUP-1] */
  setRole(userId: string, memberId: string, role: Role): Promise<Result<null>> {
    return this.#change(userId, (turn, actor) => applySetRole(turn, actor, memberId, role));
  }

  /** What the user's inbox tells every room they are in. At least once, in any order; where they have left there is nothing to do. */
  async noteProfile(profile: Profile): Promise<void> {
    const known = this.#engine.room?.roster.find(profile.user.id) ?? null;
    if (known === null || known.profile.version >= profile.version) return;
    const noted = await this.#engine.submit(profile.user.id, (turn, member) => {
      applyProfile(turn, member, profile);
      return [];
    });
    if (!noted.ok && noted.code !== 'not_found') unwrap(noted);
  }

  /**
   * [BLOCK-1] What somebody decided about the other in this direct chat, whether the chat exists or not. At least once and in
   * any order: what is no news changes nothing.
   */
  async setBlock(order: BlockOrder): Promise<void> {
    if (!this.#engine.store.exists) await this.#engine.store.migrate();
    this.#engine.setBlock(order);
  }

  // — messages —

  /** `limit` is 1 … 100; `mark` the id or `seq` of the message on whose `side` the page lies, null for the newest. */
  history(actor: Actor, mark: string | number | null, limit: number, side: HistorySide = 'before'): Promise<Result<HistoryPage>> {
    return this.#asMember(actor.userId, (room, member) =>
      room.history({ member, sid: actor.sid }, mark, Math.min(limit, maxPageSize), Date.now(), side),
    );
  }

  /** [SEND-2] over HTTP: resolves once the message is durable. */
  send(actor: Actor, event: SendMessage): Promise<Result<{ message: Message; created: boolean }>> {
    return toResult(async () => {
      const room = this.#engine.requireRoom();
      room.requireMember(actor.userId);
      this.#engine.takeMessageToken(actor.userId);
      return this.#commit(actor.userId, (turn, sender) => {
        const { message, created } = applySend(turn, sender, event);
        return { message: room.present(message, { member: sender, sid: actor.sid }, turn.now), created };
      });
    });
  }

  /** One event, for clients without a socket: the events that answer it. */
  takeEvent(actor: Actor, event: DurableEvent): Promise<Result<ServerRoomEvent[]>> {
    return toResult(async () => {
      this.#engine.requireRoom().requireMember(actor.userId);
      return unwrap(await this.#engine.submitEvent(actor, event));
    });
  }

  /** Several, each answered for itself as on a socket: a refusal is an `error` event. */
  async takeEvents(actor: Actor, events: DurableEvent[]): Promise<Result<ServerRoomEvent[]>> {
    return toResult(async () => {
      this.#engine.requireRoom().requireMember(actor.userId);
      const answers = events.map(async (event) => {
        const answer = await this.takeEvent(actor, event);
        return answer.ok ? answer.value : [errorEvent(answer.code, answer.detail, refOfEvent(event), answer.retryAfterMs ?? undefined)];
      });
      return (await Promise.all(answers)).flat();
    });
  }

  /** How a message stands for each recipient: for its sender only. */
  receipts(userId: string, messageId: string): Promise<Result<Receipt[]>> {
    return this.#asMember(userId, (room, member) => {
      const message = room.requireMessage(member, messageId);
      if (room.roster.userOf(message.sender) !== userId) throw new Refusal('forbidden', 'Only the sender sees receipts.');
      return receiptsOf(room, message, member);
    });
  }

  preview(userId: string): Promise<Result<{ messageId: string; preview: string | null } | null>> {
    return this.#asMember(userId, (room, member) => room.lists.preview(member, Date.now()));
  }

  // — media —

  /** [MEDIA-3] Takes charge of a medium before its bytes exist; `claim` when they come by a URL. */
  reserveMedia(userId: string, id: string, viewOnce: boolean, claim: UploadClaim | null = null): Promise<Result<null>> {
    return this.#asMember(userId, (room) => {
      this.#engine.wakeAt(reserveUpload(room, userId, { id, viewOnce, claim }, Date.now()));
      return null;
    });
  }

  upload(userId: string, mediaId: string): Promise<Result<UploadState>> {
    return this.#asMember(userId, (room) => uploadOf(room, userId, mediaId));
  }

  /**
   * The bytes of a reserved medium are checked and stored: from now on a message may carry it. From somebody who has left meanwhile
   * too: then it goes unsent. `not_found` means that it is over, whatever is stored.
   */
  admitMedia(userId: string, facts: Media): Promise<Result<Media>> {
    return toResult(() => {
      const admitted = admitUpload(this.#engine.requireRoom(), userId, facts, Date.now());
      this.#engine.workOff();
      return admitted;
    });
  }

  /** The bytes of a reserved medium were refused. */
  discardMedia(userId: string, mediaId: string): Promise<Result<null>> {
    return toResult(() => {
      discardUpload(this.#engine.requireRoom(), userId, mediaId, Date.now());
      this.#engine.workOff();
      return null;
    });
  }

  /** For the audit: what the room holds of these media; those that it does not know are left out. */
  mediaHeld(mediaIds: string[]): HeldMedium[] {
    const { room } = this.#engine;
    return room === null ? [] : mediaIds.map((id) => heldMedium(room, id)).filter((held) => held !== null);
  }

  /** [MEDIA-3] Those of the media that the user may read now, by link. */
  async linkableMedia(userId: string, mediaIds: string[]): Promise<{ media: Media; endsAt: number | null }[]> {
    const found = await this.#asMember(userId, (room, member) => mediaIds.map((id) => room.linkableMedium(member, id, Date.now())));
    return found.ok ? found.value.filter((medium) => medium !== null) : [];
  }

  /** [ONCE-6] Commits that the bytes under a lease are about to leave, and says what they are. */
  serveLease(userId: string, sid: string, lease: string): Promise<Result<Media>> {
    return toResult(async () => {
      this.#engine.requireRoom().requireMember(userId);
      return this.#commit(userId, (turn, member) => applyServe(turn, member, sid, lease));
    });
  }

  /** [INBOX-4] What the user's inbox heard from one of their devices. At least once; where they have left there is nothing to do. */
  noteDelivered(userId: string, upToSeq: number): void {
    if (this.#engine.room !== null) this.#engine.noteDelivered(userId, upToSeq);
  }

  // — sessions —

  /** [SOCK-6] Closes the session's sockets, and any whose upgrade is still on its way. */
  endSession(sid: string): void {
    const { room, store, sockets } = this.#engine;
    if (room === null) return;
    const now = Date.now();
    store.rememberEndedSession(sid, now, now - endedSessionMemoryMs);
    sockets.closeWhere((session) => session.sid === sid, closeCodes.unauthenticated, 'Session ended');
  }

  // — operation —

  /** [OPS-1] How the room fares; null for one that was never created. */
  stats(): RoomStats | null {
    return this.#engine.stats();
  }

  // — inside —

  #asMember<T>(userId: string, read: (room: LiveRoom, member: MemberState) => T): Promise<Result<T>> {
    return toResult(() => {
      const room = this.#engine.requireRoom();
      return read(room, room.requireMember(userId));
    });
  }

  #change(userId: string, change: (turn: Turn, actor: MemberState) => void): Promise<Result<null>> {
    return toResult(async () => {
      this.#engine.requireRoom().requireMember(userId);
      await this.#commit(userId, change);
      return null;
    });
  }

  /**
   * Resolves with what `decide` returned, once what it did is durable.
   * @throws Refusal
   */
  async #commit<T>(userId: string, decide: (turn: Turn, actor: MemberState) => T): Promise<T> {
    const decided: { readonly value: T }[] = [];
    unwrap(
      await this.#engine.submit(userId, (turn, actor) => {
        decided.push({ value: decide(turn, actor) });
        return [];
      }),
    );
    const last = decided.at(-1);
    if (last === undefined) throw new Refusal('unavailable');
    return last.value;
  }
}
