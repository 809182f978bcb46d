import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { directChatId } from '../../../src/direct-chat-id';
import { messagesAnswer } from '../../../src/protocol/rest';
import type { Result } from '../../../src/result';
import { callApi } from '../../support/people';
import { until } from '../../support/poll';
import type { ModelChat } from '../inbox/list-model';
import { ListRun, pick } from '../inbox/list-run';
import { type Device, loadPage, type PageModule } from '../inbox/page';
import type { Tally } from '../scenario/tally';
import { RealWorld } from './real-world';
import type { Blow, Place, Runtime } from './runtime';

/** However often the server dies, by then it has answered. */
const patienceMs = 30_000;
/** So long what has ended may be on its way to a list, or in it. */
const slackMs = 2_000;
const sessionsPerUser = 4;

/**
 * Real rooms and real inboxes on a real runtime, and before them the page's own lists. Whoever asks something asks again until
 * there is an answer: so, whatever dies meanwhile, in the end everything has happened once, in the order of asking.
 */
export class LiveLists extends ListRun<Place, WebSocket> {
  readonly #runtime: Runtime;
  readonly world: RealWorld;
  readonly #tokens = { ofSessions: new Map<string, string>(), ofUsers: new Map<string, string>() };
  /** Sessions of each user; a page that is opened anew is in the next of them. */
  readonly #sids = new Map<string, string[]>();
  /** What is to befall which object in the middle of the next thing that is asked. */
  #pending: { readonly place: Place; readonly blow: Blow } | null = null;
  #blockVersion = 0;
  #wrong: unknown = null;
  #page: PageModule | null = null;

  constructor(runtime: Runtime, seed: number, tally: Tally) {
    super(seed, tally);
    this.#runtime = runtime;
    this.world = new RealWorld(runtime, this.#tokens, (socket, heard) => {
      try {
        this.devices.find((device) => device.owns(socket))?.heard(socket, heard);
      } catch (error) {
        this.#wrong ??= error;
      }
    });
  }

  get now(): number {
    return Date.now();
  }

  newId(): string {
    return crypto.randomUUID();
  }

  inbox(userId: string): Place {
    return { kind: 'inbox', name: userId };
  }

  room(chat: ModelChat): Place {
    return { kind: 'room', name: chat.id };
  }

  async begin(): Promise<void> {
    this.#page = await loadPage();
    for (const { id } of this.users) {
      for (let session = 0; session < sessionsPerUser; session += 1) {
        const token = await this.#runtime.signIn(id);
        const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
        const { sid } = v.parse(v.object({ sid: v.string() }), payload);
        this.#tokens.ofSessions.set(sid, token);
        this.#tokens.ofUsers.set(id, token);
        this.#sids.set(id, [...(this.#sids.get(id) ?? []), sid]);
      }
    }
    await this.makeChats();
    this.openDevices();
  }

  async askRoom<T>(chat: ModelChat, method: string, ...args: unknown[]): Promise<Result<T>> {
    const { answer, times } = await this.#ask(this.room(chat), method, args);
    const result = answer as Result<T>;
    // Nobody leaves twice: what is refused when it is asked again has happened.
    return !result.ok && times > 1 && method === 'removeMember' ? { ok: true, value: null as T } : result;
  }

  async askInbox<T>(userId: string, method: string, args: readonly unknown[], done: (value: T) => void): Promise<void> {
    const { answer } = await this.#ask(this.inbox(userId), method, args);
    // In the room of the two nobody says anything until it knows.
    if (method === 'setBlock') await this.#blockIsTold(userId, String(args[1]), args[2] === true);
    done(answer as T);
  }

  asPage<T>(work: () => T): T {
    return work();
  }

  /** @throws what was found wrong meanwhile, or what a list shows that it must not */
  check(): void {
    if (this.#wrong !== null) throw this.#wrong;
    for (const device of this.devices) this.expectNothingGone(device, this.now - slackMs);
  }

  /** The next thing that is asked is interrupted so. */
  awaitBlow(place: Place, blow: Blow): void {
    this.#pending = { place, blow };
  }

  async strike(place: Place, blow: Blow): Promise<void> {
    this.tally.add(blow);
    // Another's kill may come in between.
    await this.#runtime.strike(place, blow).catch(() => {});
  }

  /** Who comes back after a crash wakes what had something to tell: here everybody does, and nobody waits for watchdogs. */
  async wakeAll(): Promise<void> {
    this.#pending = null;
    for (const chat of this.chats) await this.#ask(this.room(chat), 'stats', []);
    for (const { id } of this.users) await this.#ask(this.inbox(id), 'hasToldBlocks', []);
  }

  /** When the lines of the rooms' own were written, which only their readers are told. */
  async learnLines(): Promise<void> {
    for (const chat of this.chats)
      for (const { userId } of chat.present()) {
        const path = `/api/users/me/chats/${chat.id}/messages?limit=100`;
        const answer = await callApi(this.#runtime.url, 'GET', path, undefined, this.#tokens.ofUsers.get(userId));
        for (const { seq, created_at, message_type } of v.parse(messagesAnswer, answer.body).messages) {
          const line = chat.messages.find((message) => message.seq === seq);
          if (line !== undefined && message_type === 'system') line.createdAt = created_at;
        }
      }
  }

  protected directChatId(first: string, second: string): Promise<string> {
    return directChatId(first, second);
  }

  protected newDevice(userId: string): Device<Place, WebSocket> {
    if (this.#page === null) throw new Error('The run has not begun');
    const sid = pick(this.#sids.get(userId) ?? [], this.random.below(sessionsPerUser));
    const options = { inbox: this.inbox(userId), userId, sid, newId: () => this.newId(), random: Math.random };
    return this.#page.openDevice({ ...options, world: this.world });
  }

  async #ask(place: Place, method: string, args: readonly unknown[]): Promise<{ readonly answer: unknown; readonly times: number }> {
    const pending = this.#pending;
    this.#pending = null;
    const asked = this.#askUntilAnswered(place, method, args);
    // Whatever it comes to is for the end, when it is waited for.
    asked.catch(() => {});
    if (pending !== null) {
      await delay(this.random.below(25));
      await this.strike(pending.place, pending.blow);
    }
    return asked;
  }

  async #askUntilAnswered(place: Place, method: string, args: readonly unknown[]) {
    const end = performance.now() + patienceMs;
    for (let times = 1; ; times += 1) {
      try {
        return { answer: await this.#runtime.call(place, method, ...args), times };
      } catch (error) {
        if (performance.now() > end) throw error;
        this.tally.add('asked again');
        await delay(30);
      }
    }
  }

  async #blockIsTold(userId: string, otherId: string, isActive: boolean): Promise<void> {
    const isTold = async () => (await this.#ask(this.inbox(userId), 'hasToldBlocks', [])).answer === true;
    await until('a block to reach its room', isTold, patienceMs);
    const id = await directChatId(userId, otherId);
    this.#blockVersion += 1;
    this.chats.find((chat) => chat.id === id)?.block(userId, isActive, this.#blockVersion);
  }
}
