import type { ChatSummary } from '../../../src/protocol/models';
import type { Result } from '../../../src/result';
import type { Tally } from '../scenario/tally';
import { directChatId } from '../simulation/direct-chat-id';
import { Machine, type MachineObserver, type SimulatedObject } from '../simulation/machine';
import type { ServerSocket } from '../simulation/socket-pair';
import type { ModelChat, ModelMessage } from './list-model';
import { ListRun } from './list-run';
import { type Device, loadPage, type PageModule } from './page';

const startsAt = Date.UTC(2027, 0, 1);

/** What one user's list holds besides: chats in which nothing happens, to fill pages. */
export interface Beginning {
  readonly quietChats: number;
}

/** The same where rooms and inboxes are on a simulated machine. */
export class InboxRun extends ListRun<SimulatedObject, ServerSocket> implements MachineObserver {
  readonly machine: Machine;
  readonly #beginning: Beginning;
  readonly #quiet: ChatSummary[] = [];
  #wrong: unknown = null;
  #page: PageModule | null = null;

  constructor(beginning: Beginning, seed: number, tally: Tally) {
    super(seed, tally);
    this.#beginning = beginning;
    this.machine = new Machine(startsAt, () => this.random.below(2 ** 30) / 2 ** 30, this);
  }

  get now(): number {
    return this.machine.time.now;
  }

  newId(): string {
    const hex = Array.from({ length: 32 }, () => this.random.below(16).toString(16)).join('');
    return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
  }

  inbox(userId: string): SimulatedObject {
    return this.machine.object('inbox', userId);
  }

  room(chat: ModelChat): SimulatedObject {
    return this.machine.object('room', chat.id);
  }

  override quietOf(userId: string): readonly ChatSummary[] {
    return userId === this.users[0]?.id ? this.#quiet : [];
  }

  async begin(): Promise<void> {
    this.#page = await loadPage();
    await this.makeChats();
    for (let number = 0; number < this.#beginning.quietChats; number += 1) await this.#addQuietChat(number);
    this.openDevices();
    await this.settle();
  }

  async settle(): Promise<void> {
    await this.machine.settle();
    this.check();
  }

  /** @throws what was found wrong meanwhile, or what a list shows that it must not */
  check(): void {
    if (this.#wrong !== null) throw this.#wrong;
    for (const device of this.devices) this.expectNothingGone(device, this.now);
  }

  /** The disks of rooms are never the ones that are slow here. */
  askRoom<T>(chat: ModelChat, method: string, ...args: unknown[]): Promise<Result<T>> {
    return this.machine.callNow(this.room(chat), method, ...args);
  }

  async askInbox<T>(userId: string, method: string, args: readonly unknown[], done: (value: T) => void): Promise<void> {
    const { answer } = await this.machine.call<T>(this.inbox(userId), method, ...args);
    answer.then(
      (value) => this.machine.outside(() => done(value)),
      // It died before it was known.
      () => {},
    );
    await this.machine.outside(() => Promise.resolve());
  }

  asPage<T>(work: () => T): T {
    return this.machine.outside(work);
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

  protected newDevice(userId: string): Device<SimulatedObject, ServerSocket> {
    if (this.#page === null) throw new Error('The run has not begun');
    const page = this.#page;
    const random = () => this.random.below(2 ** 30) / 2 ** 30;
    const options = { world: this.machine, inbox: this.inbox(userId), userId, sid: this.newId(), newId: () => this.newId(), random };
    return this.machine.outside(() => page.openDevice(options));
  }

  protected async directChatId(first: string, second: string): Promise<string> {
    return directChatId(first, second);
  }

  protected override wasTold(chat: ModelChat, { endedAt, id }: ModelMessage, device: Device<SimulatedObject, ServerSocket>): boolean {
    // Whoever has the chat open hears at once what ends of what they were shown.
    const stay = device.openChatId === chat.id && !this.room(chat).storage.isBehind ? chat.stayOf(device.userId) : undefined;
    return stay !== undefined && endedAt !== null && chat.shownTo(stay).some((message) => message.id === id);
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
}
