import type { ChatSummary, User } from '../../../src/protocol/models';
import type { Result } from '../../../src/result';
import { SeededRandom } from '../../support/random';
import { Disagreement, expectSame } from '../model/compare';
import type { Tally } from '../scenario/tally';
import { ModelChat, type ModelMessage, type OwnMatter } from './list-model';
import type { Device } from './page';

const userCount = 4;
const devicesPerUser = 3;
const untouched: OwnMatter = { isPinned: false, mutedUntil: null, archivedAtSeq: null };
const never = { expires_in_seconds: null, expire_mode: 'after_send' };

/**
 * Users, their devices, their chats, and a model of what every list must show; where the rooms and inboxes are, is its heirs'
 * matter. A `Place` is one of those, a `Link` a device's end of a connection to it.
 */
export abstract class ListRun<Place, Link> {
  readonly users: readonly User[];
  devices: Device<Place, Link>[] = [];
  readonly chats: ModelChat[] = [];
  readonly tally: Tally;
  readonly random: SeededRandom;
  readonly own = new Map<string, OwnMatter>();
  /** Chats that the user has left once: whether what they made of it went with that depends on what the inbox heard. */
  readonly uncertain = new Set<string>();
  /** By "blocker other", what the blocker wished last, and whether they were told that it is so. */
  readonly blocks = new Map<string, { readonly isActive: boolean; isKnown: boolean }>();
  #marks = 0;

  constructor(seed: number, tally: Tally) {
    this.random = new SeededRandom(seed);
    this.tally = tally;
    this.users = Array.from({ length: userCount }, (_, index) => ({
      id: this.newId(),
      username: `user_${index}`,
      display_name: `User ${index}`,
      avatar_url: null,
      deleted: false,
    }));
  }

  abstract get now(): number;
  abstract newId(): string;
  abstract inbox(userId: string): Place;
  abstract room(chat: ModelChat): Place;
  /** Calls a room, until there is an answer. */
  abstract askRoom<T>(chat: ModelChat, method: string, ...args: unknown[]): Promise<Result<T>>;
  /** A user's call to their inbox; `done` hears of its success, if it ever gets known. */
  abstract askInbox<T>(userId: string, method: string, args: readonly unknown[], done: (value: T) => void): Promise<void>;
  /** Runs what pages do by themselves. */
  abstract asPage<T>(work: () => T): T;
  protected abstract directChatId(first: string, second: string): Promise<string>;
  protected abstract newDevice(userId: string): Device<Place, Link>;

  /** Chats of the user in which nothing happens, to fill pages. */
  quietOf(_userId: string): readonly ChatSummary[] {
    return [];
  }

  /** Whether the device was told, by the chat that it has open, that the message is deleted. */
  protected wasTold(_chat: ModelChat, _message: ModelMessage, _device: Device<Place, Link>): boolean {
    return false;
  }

  /** Text that is known again wherever it shows up. */
  newText(): string {
    this.#marks += 1;
    return `#${this.#marks}#`;
  }

  user(index: number): User {
    return pick(this.users, index);
  }

  ownOf(userId: string, chatId: string): OwnMatter {
    return this.own.get(`${userId} ${chatId}`) ?? untouched;
  }

  /** The page is opened anew: nothing is remembered. */
  reload(index: number): void {
    const old = pick(this.devices, index);
    const at = this.devices.indexOf(old);
    this.tally.add('resets', old.beginnings.resets);
    this.tally.add('resumes', old.beginnings.resumes);
    old.dispose();
    this.devices = this.devices.with(at, this.newDevice(old.userId));
  }

  protected async makeChats(): Promise<void> {
    await this.#makeChat([0, 1], null);
    await this.#makeChat([0, 2], null);
    await this.#makeChat([2, 3], { expires_in_seconds: 5, expire_mode: 'after_send' });
    await this.#makeChat([0, 1, 2, 3], null, 'Everybody');
    await this.#makeChat([1, 0, 3], { expires_in_seconds: 5, expire_mode: 'after_read' }, 'Readers');
  }

  protected openDevices(): void {
    for (let index = 0; index < devicesPerUser; index += 1) for (const { id } of this.users) this.devices.push(this.newDevice(id));
  }

  async #makeChat(members: readonly number[], expiry: object | null, name: string | null = null): Promise<void> {
    const people = members.map((index) => this.user(index));
    const [creator, ...others] = people.map((user) => ({ user, version: 1, readReceipts: true }));
    const [first, second] = people;
    if (first === undefined || second === undefined) throw new Error('A chat has two members at least');
    const id = name === null ? await this.directChatId(first.id, second.id) : this.newId();
    const chat = new ModelChat(id, name !== null);
    this.chats.push(chat);
    const order = { id, isGroup: name !== null, name, creator, members: others, expiry: expiry ?? never };
    expectSame('whether a chat could be made', (await this.askRoom(chat, 'create', order)).ok, true);
    for (const { id: userId } of people) chat.join(userId, this.now);
    chat.sayLine(first.id, this.now);
  }

  /**
   * [EXP-3] [ONCE-1] [BLOCK-1] What no list may hold at any time, whatever the network does.
   * @param now nothing that ended before it may be there
   */
  protected expectNothingGone(device: Device<Place, Link>, now: number): void {
    for (const { id, last_message } of device.rows) {
      const preview = last_message?.preview ?? null;
      const chat = this.chats.find((candidate) => candidate.id === id);
      if (preview === null || chat === undefined) continue;
      const message = chat.messages.find((candidate) => candidate.id === last_message?.id);
      const reason = message === undefined ? 'a message that nobody sent' : this.#reasonToHide(chat, message, device, now);
      if (reason !== null) throw new Disagreement(`${reason} in a list`, preview, message);
      this.tally.add('previews looked at');
    }
  }

  #reasonToHide(chat: ModelChat, message: ModelMessage, device: Device<Place, Link>, now: number): string | null {
    if (message.hiddenFrom.has(device.userId)) return '[BLOCK-1] what is hidden for ever';
    if (message.kind === 'once') return '[ONCE-1] what is sealed';
    // That it ends was known to whoever ever heard of it.
    if (message.endsAt !== null && message.endsAt <= now) return '[EXP-3] what is over';
    return this.wasTold(chat, message, device) ? '[SEND-6] what the open chat told to be deleted' : null;
  }
}

/** Whichever of `all` the number stands for. */
export function pick<T>(all: readonly T[], number: number): T {
  const picked = all[number % all.length];
  if (picked === undefined) throw new Error('There is nothing to pick from');
  return picked;
}
