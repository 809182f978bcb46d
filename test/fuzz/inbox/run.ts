import type { ChatSummary, User } from '../../../src/protocol/models';
import type { Result } from '../../../src/result';
import { SeededRandom } from '../../support/random';
import { Disagreement, expectSame } from '../model/compare';
import type { Tally } from '../scenario/tally';
import { directChatId } from '../simulation/direct-chat-id';
import { Machine, type MachineObserver, type SimulatedObject } from '../simulation/machine';
import type { ServerSocket } from '../simulation/socket-pair';
import { ModelChat, type ModelMessage, type OwnMatter } from './list-model';
import { type Device, loadPage, type PageModule } from './page';

const startsAt = Date.UTC(2027, 0, 1);
const userCount = 4;
const devicesPerUser = 3;
const untouched: OwnMatter = { isPinned: false, mutedUntil: null, archivedAtSeq: null };

/** What one user's list holds besides: chats in which nothing happens, to fill pages. */
export interface Beginning {
  readonly quietChats: number;
}

/** Users, their devices, their chats, and a model of what every list must show. */
export class InboxRun implements MachineObserver {
  readonly machine: Machine;
  readonly users: readonly User[];
  devices: Device<SimulatedObject>[] = [];
  readonly chats: ModelChat[] = [];
  readonly tally: Tally;
  readonly own = new Map<string, OwnMatter>();
  /** Chats that the user has left once: whether what they made of it went with that depends on what the inbox heard. */
  readonly uncertain = new Set<string>();
  /** By "blocker other", what the blocker wished last, and whether they were told that it is so. */
  readonly blocks = new Map<string, { readonly isActive: boolean; isKnown: boolean }>();
  readonly random: SeededRandom;
  readonly #beginning: Beginning;
  readonly #quiet: ChatSummary[] = [];
  #marks = 0;
  #wrong: unknown = null;
  #page: PageModule | null = null;

  constructor(beginning: Beginning, seed: number, tally: Tally) {
    this.random = new SeededRandom(seed);
    this.tally = tally;
    this.#beginning = beginning;
    this.machine = new Machine(startsAt, () => this.random.below(2 ** 30) / 2 ** 30, this);
    this.users = Array.from({ length: userCount }, (_, index) => ({
      id: this.newId(),
      username: `user_${index}`,
      display_name: `User ${index}`,
      avatar_url: null,
      deleted: false,
    }));
  }

  get now(): number {
    return this.machine.time.now;
  }

  newId(): string {
    const hex = Array.from({ length: 32 }, () => this.random.below(16).toString(16)).join('');
    return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
  }

  /** Text that is known again wherever it shows up. */
  newText(): string {
    this.#marks += 1;
    return `#${this.#marks}#`;
  }

  user(index: number): User {
    return pick(this.users, index);
  }

  inbox(userId: string): SimulatedObject {
    return this.machine.object('inbox', userId);
  }

  room(chat: ModelChat): SimulatedObject {
    return this.machine.object('room', chat.id);
  }

  ownOf(userId: string, chatId: string): OwnMatter {
    return this.own.get(`${userId} ${chatId}`) ?? untouched;
  }

  /** Quiet chats of this user. */
  quietOf(userId: string): readonly ChatSummary[] {
    return userId === this.users[0]?.id ? this.#quiet : [];
  }

  async begin(): Promise<void> {
    this.#page = await loadPage();
    const ids = this.users.map(({ id }) => id);
    await this.#makeChat([0, 1], null);
    await this.#makeChat([0, 2], null);
    await this.#makeChat([2, 3], { expires_in_seconds: 5, expire_mode: 'after_send' });
    await this.#makeChat([0, 1, 2, 3], null, 'Everybody');
    await this.#makeChat([1, 0, 3], { expires_in_seconds: 5, expire_mode: 'after_read' }, 'Readers');
    for (let number = 0; number < this.#beginning.quietChats; number += 1) await this.#addQuietChat(number);
    for (let index = 0; index < devicesPerUser; index += 1) for (const userId of ids) this.devices.push(this.#newDevice(userId));
    await this.settle();
  }

  async settle(): Promise<void> {
    await this.machine.settle();
    this.check();
  }

  /** @throws what was found wrong meanwhile, or what a list shows that it must not */
  check(): void {
    if (this.#wrong !== null) throw this.#wrong;
    for (const device of this.devices) this.#expectNothingGone(device);
  }

  /** The page is opened anew: nothing is remembered. */
  reload(index: number): void {
    const old = pick(this.devices, index);
    const at = this.devices.indexOf(old);
    this.#retire(old);
    this.devices = this.devices.with(at, this.#newDevice(old.userId));
  }

  /** Calls a room; its disk is never the one that is slow here. */
  askRoom<T>(chat: ModelChat, method: string, ...args: unknown[]): Promise<Result<T>> {
    return this.machine.callNow(this.room(chat), method, ...args);
  }

  /** A user's call to their inbox; `done` hears of its success, if it ever gets known. */
  async askInbox<T>(userId: string, method: string, args: readonly unknown[], done: (value: T) => void): Promise<void> {
    const { answer } = await this.machine.call<T>(this.inbox(userId), method, ...args);
    answer.then(
      (value) => this.machine.outside(() => done(value)),
      // It died before it was known.
      () => {},
    );
    await this.machine.outside(() => Promise.resolve());
  }

  // — what the machine tells —

  heard(socket: ServerSocket, heard: { readonly frame: string } | { readonly code: number }): void {
    const device = this.devices.find((candidate) => candidate.owns(socket));
    if ('frame' in heard && heard.frame !== 'pong') this.tally.add('frames heard');
    try {
      device?.heard(socket, heard);
    } catch (error) {
      this.#wrong ??= error;
    }
  }

  called(kind: 'room' | 'inbox', name: string, method: string, args: readonly unknown[]): void {
    this.tally.add(`${kind}.${method}`);
    if (kind !== 'room' || method !== 'setBlock') return;
    const order = args[0] as { userId: string; isActive: boolean; version: number };
    this.chats.find(({ id }) => id === name)?.block(order.userId, order.isActive, order.version);
  }

  faulted(error: unknown): void {
    this.#wrong ??= error;
  }

  // — inside —

  #newDevice(userId: string): Device<SimulatedObject> {
    if (this.#page === null) throw new Error('The run has not begun');
    const page = this.#page;
    const random = () => this.random.below(2 ** 30) / 2 ** 30;
    const options = { world: this.machine, inbox: this.inbox(userId), userId, sid: this.newId(), newId: () => this.newId(), random };
    return this.machine.outside(() => page.openDevice(options));
  }

  #retire(device: Device<SimulatedObject>): void {
    this.tally.add('resets', device.beginnings.resets);
    this.tally.add('resumes', device.beginnings.resumes);
    device.dispose();
  }

  async #makeChat(members: readonly number[], expiry: object | null, name: string | null = null): Promise<void> {
    const people = members.map((index) => this.user(index));
    const [creator, ...others] = people.map((user) => ({ user, version: 1, readReceipts: true }));
    const [first, second] = people;
    if (first === undefined || second === undefined) throw new Error('A chat has two members at least');
    const id = name === null ? await directChatId(first.id, second.id) : this.newId();
    const chat = new ModelChat(id, name !== null);
    this.chats.push(chat);
    const off = { expires_in_seconds: null, expire_mode: 'after_send' };
    const made = await this.askRoom(chat, 'create', { id, isGroup: name !== null, name, creator, members: others, expiry: expiry ?? off });
    expectSame('whether a chat could be made', made.ok, true);
    for (const { id: userId } of people) chat.join(userId, this.now);
    chat.say({ id: 'system', senderId: first.id, kind: 'system', text: null, createdAt: this.now, endsAt: null, readMs: null });
  }

  /** A chat of a room that is not there: it has said once how it is. */
  async #addQuietChat(number: number): Promise<void> {
    const policy = { expires_in_seconds: null, expire_mode: 'after_send' as const, version: 1, changed_by: null, changed_at: 0 };
    const summary: ChatSummary = {
      id: this.newId(),
      name: `Quiet ${number}`,
      is_group: true,
      member_count: 3,
      last_message: null,
      last_seq: 1,
      last_read_seq: 0,
      unread_count: number % 7 === 0 ? 1 : 0,
      muted_until: null,
      pinned: false,
      archived: false,
      policy,
      updated_at: startsAt - 1_000 * Math.floor(number / 2),
    };
    this.#quiet.push(summary);
    await this.machine.call(this.inbox(this.user(0).id), 'noteChat', 1, summary, 1, { clearedSeq: 0, deliveredSeq: 1 });
  }

  /** [EXP-3] [ONCE-1] [BLOCK-1] What no list may hold at any time, whatever the network does. */
  #expectNothingGone(device: Device<SimulatedObject>): void {
    for (const { id, last_message } of device.rows) {
      const preview = last_message?.preview ?? null;
      const chat = this.chats.find((candidate) => candidate.id === id);
      if (preview === null || chat === undefined) continue;
      const message = chat.messages.find((candidate) => candidate.id === last_message?.id);
      const reason = message === undefined ? 'a message that nobody sent' : this.#reasonToHide(chat, message, device);
      if (reason !== null) throw new Disagreement(`${reason} in a list`, preview, message);
      this.tally.add('previews looked at');
    }
  }

  #reasonToHide(chat: ModelChat, message: ModelMessage, device: Device<SimulatedObject>): string | null {
    if (message.hiddenFrom.has(device.userId)) return '[BLOCK-1] what is hidden for ever';
    if (message.kind === 'once') return '[ONCE-1] what is sealed';
    // That it ends was known to whoever ever heard of it.
    if (message.endsAt !== null && message.endsAt <= this.now) return '[EXP-3] what is over';
    // Whoever has the chat open hears at once what else ends of what they were shown.
    const stay = device.openChatId === chat.id && !this.room(chat).storage.isBehind ? chat.stayOf(device.userId) : undefined;
    const wasTold = stay !== undefined && message.endedAt !== null && chat.shownTo(stay).includes(message);
    return wasTold ? '[SEND-6] what the open chat told to be deleted' : null;
  }
}

/** Whichever of `all` the number stands for. */
export function pick<T>(all: readonly T[], number: number): T {
  const picked = all[number % all.length];
  if (picked === undefined) throw new Error('There is nothing to pick from');
  return picked;
}
