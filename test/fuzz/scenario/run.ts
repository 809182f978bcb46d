import * as v from 'valibot';
import type { Profile } from '../../../src/directory/users';
import { Refusal } from '../../../src/protocol/errors';
import type { Media, User } from '../../../src/protocol/models';
import { type SendMessage, type ServerRoomEvent, serverRoomEvent } from '../../../src/protocol/room-frames';
import { type Result, toResult } from '../../../src/result';
import type { BlockOrder } from '../../../src/room/blocks';
import type { Room } from '../../../src/room/room';
import { SeededRandom } from '../../support/random';
import { Disagreement, expectConverged, expectSame } from '../model/compare';
import type { Notice, Outcome, Request } from '../model/entries';
import { Replica } from '../model/replica';
import type { Stay } from '../model/state';
import { type Heard, type Observer, SimulatedRoom, Unanswered } from '../simulation/simulated-room';
import type { ServerSocket } from '../simulation/socket-pair';
import { DiskFault } from '../simulation/storage';
import type { Speaker, Talk } from './events';
import { Ledger } from './ledger';
import type { Beginning } from './operations';
import type { Tally } from './tally';
import { Watch } from './watch';

const users = 5;
/** Each user has two sessions, and a second tab of the first. */
const clientsPerUser = 3;
const startsAt = Date.UTC(2027, 0, 1);
const events = v.union([v.array(serverRoomEvent), serverRoomEvent]);

/** One tab of one session of a user. */
export interface Client {
  readonly userId: string;
  readonly sid: string;
  readonly replica: Replica;
  socket: ServerSocket | null;
  /** A tab whose machine is busy: what reaches it waits, and is lost with the connection. */
  isListening: boolean;
  inbox: Heard[];
  /** Receipts that were gathered to be told went with an object that was evicted by force: a new connection tells them. */
  missesReceipts: boolean;
  /** What the requests of its present connection must be answered with, in this order. */
  expected: Outcome[];
}

/** What an inbox tells the room, until it is told that the room knows; at least once. */
export type Errand =
  | { readonly kind: 'block'; readonly order: BlockOrder }
  | { readonly kind: 'profile'; readonly userId: string; readonly version: number; readonly readReceipts: boolean };

/** A room, its members and a model of it, side by side. */
export class Run implements Observer, Talk {
  readonly chatId: string;
  readonly clients: Client[];
  readonly users: User[];
  readonly room: SimulatedRoom;
  readonly ledger: Ledger;
  readonly tally: Tally;
  readonly watch: Watch;
  readonly random: SeededRandom;
  /** Ids of messages that were ever asked for, system lines included, oldest first. */
  readonly knownIds: string[] = [];
  readonly sent: { readonly client: Speaker; readonly event: SendMessage }[] = [];
  readonly media: { readonly id: string; readonly userId: string; readonly viewOnce: boolean }[] = [];
  /** Everything that inboxes ever had to tell the room, oldest first. */
  readonly errands: Errand[] = [];
  /** How often each user has changed their mind about the other. */
  readonly #decisions = new Map<string, number>();
  /** The users' settings, as the directory has them. */
  readonly #settings = new Map<string, { readonly version: number; readonly readReceipts: boolean }>();
  readonly #founding;
  readonly #bySocket = new Map<ServerSocket, Client>();
  /** Calls that wait for their answer. */
  #unanswered = 0;
  /** The first thing that was wrong: thrown by the next step, since the room would catch it. */
  #wrong: Error | null = null;

  constructor(beginning: Beginning, seed: number, tally: Tally) {
    this.random = new SeededRandom(seed);
    this.tally = tally;
    this.room = new SimulatedRoom(startsAt, () => this.random.below(2 ** 30) / 2 ** 30, this);
    this.chatId = this.newId();
    this.users = Array.from({ length: users }, (_, index) => ({
      id: this.newId(),
      username: `user_${index}`,
      display_name: `User ${index}`,
      avatar_url: null,
      deleted: false,
    }));
    const sids = this.users.map(() => [this.newId(), this.newId()]);
    this.clients = Array.from({ length: users * clientsPerUser }, (_, index) => {
      const userId = this.users[index % users]?.id ?? '';
      const sid = sids[index % users]?.[Math.floor(index / users) % 2] ?? '';
      return { userId, sid, replica: new Replica(userId), socket: null, isListening: true, inbox: [], missesReceipts: false, expected: [] };
    });
    const count = beginning.isGroup ? beginning.members : 2;
    this.#founding = {
      id: this.chatId,
      isGroup: beginning.isGroup,
      name: beginning.isGroup ? 'Name 0' : null,
      userIds: this.users.slice(0, count).map(({ id }) => id),
      policy: beginning.policy,
      blockerIds: beginning.isGroup ? [] : beginning.blockers.map((index) => this.users[index]?.id ?? ''),
    };
    this.ledger = new Ledger(this.#founding, startsAt);
    this.watch = new Watch(this.ledger, () => this.now);
  }

  get now(): number {
    return this.room.time.now;
  }

  get model() {
    return this.ledger.model;
  }

  newId(): string {
    const hex = Array.from({ length: 32 }, () => this.random.below(16).toString(16)).join('');
    return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
  }

  contentFor(messageId: string, length = 0): string {
    return this.watch.contentFor(messageId, length);
  }

  profile(userId: string): Profile {
    const user = this.users.find(({ id }) => id === userId);
    if (user === undefined) throw new Error('Nobody has this id');
    return { user, ...(this.#settings.get(userId) ?? { version: 1, readReceipts: true }) };
  }

  /** Makes the room, and lets the first tab of each founder in. */
  async begin(): Promise<void> {
    const { id, isGroup, name, policy, userIds, blockerIds } = this.#founding;
    const [creator, ...members] = userIds.map((userId) => this.profile(userId));
    if (creator === undefined) throw new Error('A room has a creator');
    for (const userId of blockerIds) {
      this.#decisions.set(userId, 1);
      await this.room.call((room) => room.setBlock({ userId, isActive: true, version: 1 }));
      await this.settle();
    }
    const order = { id, isGroup, name, creator, members, expiry: policy };
    const { answer } = await this.room.call((room) => room.create(order));
    await this.settle();
    if (!(await answer).ok) throw new Error('The room could not be made');
    for (const client of this.clients) if (this.model.stayOf(client.userId) !== undefined) await this.connect(client, 'nothing');
    await this.settle();
  }

  /** Everything happens that needs no time to go by. @throws what was wrong */
  async settle(): Promise<void> {
    await this.room.settle();
    this.check();
  }

  /** @throws what was found wrong meanwhile */
  check(): void {
    if (this.#wrong !== null) throw this.#wrong;
  }

  // — clients —

  async connect(client: Client, from: 'here' | 'nothing' | 'ahead'): Promise<void> {
    const endedAt = this.model.state.endedSessions.get(client.sid);
    // The Worker lets in nobody whose session has ended; the room only remembers for as long as an upgrade may take.
    if (client.socket !== null || (endedAt !== undefined && endedAt <= this.now - 60 * 60_000)) return;
    const { position } = client.replica;
    if (from !== 'here') client.replica.position = null;
    const resume = from === 'here' ? position : from === 'ahead' && position !== null ? { ...position, rev: position.rev + 1_000 } : null;
    client.isListening = true;
    client.inbox = [];
    client.missesReceipts = false;
    client.expected = [];
    await this.room.connect({ userId: client.userId, sid: client.sid, resume }, (socket) => {
      client.socket = socket;
      this.#bySocket.set(socket, client);
    });
    this.check();
  }

  async disconnect(client: Client): Promise<void> {
    const { socket } = client;
    if (socket === null) return;
    this.#leave(client);
    await this.room.disconnect(socket);
    this.check();
  }

  /** The tab's machine has time for it again, or has none. */
  async listen(client: Client, listens = true): Promise<void> {
    client.isListening = listens;
    if (!listens) return;
    const inbox = client.inbox;
    client.inbox = [];
    for (const heard of inbox) this.#hear(client, heard);
    this.check();
  }

  /** The client's events, as one frame of its socket. */
  async sendFrame(client: Client, requests: readonly Extract<Request, { kind: 'event' }>[]): Promise<void> {
    const { socket, expected } = client;
    if (socket === null) return;
    if (socket.isOpen) {
      for (const request of requests) this.#await(request, expected);
    }
    const frame = requests.map(({ event }) => event);
    await this.room.receive(socket, JSON.stringify(frame.length === 1 ? frame[0] : frame));
    this.check();
  }

  /**
   * A call of the Worker that becomes part of a commit, where the model says what must come of each of its requests.
   * @param verify what a call that succeeds must answer
   */
  async submit<T>(
    requests: readonly Request[],
    work: (room: Room) => Promise<Result<T>>,
    verify: (value: T, outcomes: readonly Outcome[]) => void,
    { asksFirst = true, isNews = true } = {},
  ): Promise<void> {
    const userId = requests[0]?.userId ?? '';
    const outcomes: Outcome[] = [];
    const isHeard = isNews && !this.model.isDeserted && (!asksFirst || this.model.stayOf(userId) !== undefined);
    if (isHeard) for (const request of requests) this.#await(request, outcomes);
    const { answer } = await this.room.call(work);
    this.#unanswered += 1;
    void answer
      .catch(() => {})
      .then(() => {
        this.#unanswered -= 1;
      });
    answer.then(
      (result) => {
        const expected = isHeard && outcomes.length > 0 ? outcomes : [notFound];
        // What a call answers is read after its commit: who left in the next one finds nothing any more.
        const hasLeft = this.model.stayOf(userId) === undefined && !result.ok && result.code === 'not_found';
        if (!hasLeft) this.#protect(() => verifyResult(result, expected, verify));
      },
      (error) => this.#protect(() => verifyFailure(error)),
    );
    this.check();
  }

  /** What must come of the request goes to `outcomes`, once the room takes it. */
  #await(request: Request, outcomes: Outcome[]): void {
    const what = request.kind === 'event' ? request.event.type : request.kind;
    this.ledger.wait({
      request,
      expect: (outcome) => {
        this.tally.add(`${what}: ${outcome.kind}`);
        if (outcome.kind === 'opened' && outcome.media !== null) this.tally.add('media opened');
        outcomes.push(outcome);
      },
    });
  }

  /** A call that the room takes without a commit of its own. */
  async notice(notice: Notice, work: (room: Room) => unknown): Promise<void> {
    const { answer } = await this.room.call(async (room) => {
      const result = await work(room);
      this.ledger.note(notice, this.now);
      return result;
    });
    answer.catch((error) => this.#protect(() => verifyFailure(error)));
  }

  async endSession(sid: string): Promise<void> {
    await this.notice({ kind: 'end_session', sid }, (room) => room.endSession(sid));
    this.check();
  }

  /** [BLOCK-1] The user blocks the other in this direct chat, or no longer. */
  async decide(userId: string, isActive: boolean): Promise<void> {
    const version = (this.#decisions.get(userId) ?? 0) + 1;
    this.#decisions.set(userId, version);
    await this.runErrand({ kind: 'block', order: { userId, isActive, version } });
  }

  /** [RCPT-3] The user turns read receipts on or off, which every room of theirs is told of. */
  async setReceipts(userId: string, readReceipts: boolean): Promise<void> {
    const version = this.profile(userId).version + 1;
    this.#settings.set(userId, { version, readReceipts });
    await this.runErrand({ kind: 'profile', userId, version, readReceipts });
  }

  async runErrand(errand: Errand): Promise<void> {
    if (!this.errands.includes(errand)) this.errands.push(errand);
    if (errand.kind === 'block') await this.#tellBlock(errand.order);
    else await this.#tellProfile(errand);
    this.check();
  }

  async #tellBlock(order: BlockOrder): Promise<void> {
    const { answer } = await this.room.call((room) => {
      const { standing } = this.model.state;
      this.ledger.note({ kind: 'block', ...order }, this.now);
      const { standing: now } = this.model.state;
      // What was about to be told is not, until the end of it all.
      for (const client of this.clients) {
        const seesAll = this.model.stayOf(client.userId)?.hasReceipts ?? false;
        if (standing === null && now !== null) client.missesReceipts = true;
        if (standing !== null && now === null && seesAll) client.missesReceipts = false;
      }
      return room.setBlock(order);
    });
    answer.catch((error) => this.#protect(() => verifyFailure(error)));
  }

  async #tellProfile({ userId, version, readReceipts }: Extract<Errand, { kind: 'profile' }>): Promise<void> {
    const profile = { ...this.profile(userId), version, readReceipts };
    // For whom the chat is not there yet is asked, too, and refused.
    const known = this.model.present().find((stay) => stay.userId === userId);
    await this.submit(
      [{ kind: 'profile', userId, version, readReceipts }],
      (room) =>
        toResult(async () => {
          await room.noteProfile(profile);
          return null;
        }),
      () => {},
      { asksFirst: false, isNews: (known?.profileVersion ?? version) < version },
    );
  }

  /** [BLOCK-1] The user makes the chat, which is there already, though perhaps not for them. */
  async createAgain(userId: string): Promise<void> {
    const { id, isGroup, name, policy: expiry, userIds } = this.#founding;
    if (isGroup || !userIds.includes(userId)) return;
    const members = userIds.filter((other) => other !== userId).map((other) => this.profile(other));
    const order = { id, isGroup, name, creator: this.profile(userId), members, expiry };
    this.room.storage.faultIn = null;
    let isNew = false;
    const { answer } = await this.room.call((room) => {
      isNew = this.model.stayOf(userId) === undefined;
      if (isNew) this.tally.add('chats opened');
      this.ledger.note({ kind: 'open_chat', userId }, this.now);
      return room.create(order);
    });
    answer.then(
      (result) =>
        this.#protect(() => expectSame('[BLOCK-1] whether a chat is new to who makes it', result.ok && result.value.created, isNew)),
      (error) => this.#protect(() => verifyFailure(error)),
    );
    this.check();
  }

  /** The event, remembered so that it can be sent again and answered. */
  remember(client: Speaker, event: SendMessage): SendMessage {
    this.sent.push({ client, event });
    this.knownIds.push(event.id);
    return event;
  }

  async crash(): Promise<void> {
    for (const moment of this.room.underWay()) this.tally.add(`crash during ${moment}`);
    await this.room.crash();
    const lost = this.ledger.crash();
    if (lost > 0) this.tally.add('crashes that lost work');
    for (const client of this.clients) this.#leave(client);
    this.check();
  }

  async evict(): Promise<void> {
    for (const moment of this.room.underWay()) this.tally.add(`evict during ${moment}`);
    // The platform itself lets only an object sleep that waits for nothing.
    if (this.room.time.nextDue() === null) this.tally.add('sleeps');
    else for (const client of this.clients) client.missesReceipts = true;
    await this.room.evict();
    if (this.ledger.forgetWaiting() > 0) this.tally.add('evictions that lost work');
    for (const client of this.clients) client.expected = [];
    this.check();
  }

  /** A call that only reads, and what it must answer as things are now. */
  async read<T>(work: (room: Room) => Promise<T>, verify: (value: T) => void): Promise<void> {
    const { answer } = await this.room.call(async (room) => {
      const value = await work(room);
      this.#protect(() => verify(value));
      return value;
    });
    answer.catch((error) => this.#protect(() => verifyFailure(error)));
    this.check();
  }

  // — what the room does —

  committed(works: number): void {
    this.#protect(() => {
      // A room without members refuses whatever still comes, as one or the other.
      if (works > this.ledger.waiting && !this.model.isDeserted)
        throw new Error(`The room took ${works} works, ${this.ledger.waiting} waited`);
      if (works > 1) this.tally.add('commits of several');
      const seeing = new Set(this.model.present().flatMap(({ userId, hasReceipts }) => (hasReceipts ? userId : [])));
      this.ledger.take(works, this.now);
      // [RCPT-3] Who sees other receipts than before, or none, learns those that there were from a new connection.
      const changed = this.model.present().filter(({ userId, hasReceipts }) => seeing.has(userId) !== hasReceipts);
      for (const { userId } of changed) this.#missReceipts(userId);
    });
  }

  #missReceipts(userId: string): void {
    for (const client of this.clients) if (client.userId === userId) client.missesReceipts = true;
  }

  broke(works: number): void {
    this.tally.add('failed commits');
    this.#protect(() => this.ledger.fail(works));
  }

  cleaned(step: string): void {
    this.#protect(() => this.ledger.note({ kind: 'cleaned', step }, this.now));
    this.tally.add('slices of cleaning');
  }

  flushed(): void {
    this.ledger.flushed();
  }

  faulted(error: unknown): void {
    this.#protect(() => {
      throw error;
    });
  }

  said(socket: ServerSocket, frame: string): void {
    this.#protect(() => {
      const client = this.#bySocket.get(socket);
      if (client === undefined) throw new Error('The room speaks to a stranger');
      this.watch.said(client, parse(frame), frame, this.clients);
    });
  }

  heard(socket: ServerSocket, heard: Heard): void {
    const client = this.#bySocket.get(socket);
    if (client === undefined) return;
    if (client.isListening) this.#hear(client, heard);
    else client.inbox.push(heard);
  }

  #hear(client: Client, heard: Heard): void {
    this.#protect(() => {
      if ('code' in heard) {
        this.tally.add(`closed with ${heard.code}`);
        return this.#leave(client);
      }
      const told = parse(heard.frame);
      this.watch.heard(told, client.userId);
      client.replica.hear(told);
    });
  }

  #leave(client: Client): void {
    if (client.socket !== null) this.#bySocket.delete(client.socket);
    client.socket = null;
    client.inbox = [];
    client.expected = [];
  }

  /** Keeps the first thing that was wrong. */
  #protect(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#wrong ??= error instanceof Error ? error : new Error(String(error));
    }
  }

  /** Every answer that somebody waits for has come. */
  expectAnswered(): void {
    expectSame('how many calls were never answered', this.#unanswered, 0);
    for (const { expected, socket } of this.clients)
      if (socket?.isOpen)
        expectSame(
          'answers that are missing',
          expected.filter(({ kind }) => kind !== 'done'),
          [],
        );
  }

  /** Every session that listens holds what the model says. */
  expectConverged(clients: readonly Client[] = this.clients): void {
    for (const client of clients) {
      const stay = this.model.stayOf(client.userId);
      if (stay === undefined || client.socket === null) continue;
      this.#expectClientConverged(client, stay);
    }
  }

  #expectClientConverged(client: Client, stay: Stay): void {
    try {
      expectConverged(this.model, client.replica, { stay, sid: client.sid }, this.now, client.missesReceipts);
    } catch (error) {
      if (error instanceof Disagreement) error.message = `session ${this.clients.indexOf(client)}: ${error.message}`;
      throw error;
    }
  }

  /** The user's present stay in a room that is still there. */
  memberStay(userId: string): Stay | undefined {
    return this.model.stayOf(userId);
  }

  mediumFacts(viewOnce: boolean): Media {
    const byte_size = 1_000 + this.random.below(1_000);
    const facts = { id: this.newId(), mime_type: 'image/jpeg', byte_size, width: 40, height: 30, duration_ms: null, file_name: null };
    return { ...facts, placeholder: null, has_thumbnail: !viewOnce };
  }
}

const notFound: Outcome = { kind: 'refused', codes: ['not_found'] };

let lastFrame = '';
let lastEvents: readonly ServerRoomEvent[] = [];
/** A shared frame comes once for each socket. */
function parse(frame: string): readonly ServerRoomEvent[] {
  if (frame !== lastFrame) {
    const parsed = v.parse(events, JSON.parse(frame));
    lastEvents = Array.isArray(parsed) ? parsed : [parsed];
    lastFrame = frame;
  }
  return lastEvents;
}

function verifyResult<T>(result: Result<T>, outcomes: readonly Outcome[], verify: (value: T, outcomes: readonly Outcome[]) => void): void {
  if (result.ok) return verify(result.value, outcomes);
  const [first] = outcomes;
  const isExpected = first?.kind === 'refused' && first.codes.includes(result.code);
  if (!isExpected) throw new Disagreement('what a call answers', result, first);
}

function verifyFailure(error: unknown): void {
  // The caller is told to try again.
  if (error instanceof Unanswered || error instanceof DiskFault) return;
  if (error instanceof Refusal) throw new Error(`A refusal left the room as a fault: ${error.code}`);
  throw error;
}
