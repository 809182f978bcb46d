import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import type { ErrorCode } from '../../../src/protocol/errors';
import { messagesAnswer } from '../../../src/protocol/rest';
import type { SendMessage, ServerRoomEvent } from '../../../src/protocol/room-frames';
import { serverRoomEvent } from '../../../src/protocol/room-frames';
import type { DurableEvent } from '../../../src/room/dispatch';
import { callApi } from '../../support/people';
import { SeededRandom } from '../../support/random';
import { endFor, isVisibleTo } from '../model/clocks';
import { Disagreement, expectSame } from '../model/compare';
import type { Outcome, Request } from '../model/entries';
import { undoMs } from '../model/messages';
import { acceptedOf } from '../model/present';
import { RoomModel } from '../model/room-model';
import type { Stay } from '../model/state';
import type { Speaker, Talk } from '../scenario/events';
import type { Beginning } from '../scenario/operations';
import type { Tally } from '../scenario/tally';
import type { Blow, Place, Runtime } from './runtime';
import { Session, type Told } from './session';

const users = 4;
const sessionsPerUser = 2;
const answersSchema = v.object({ answers: v.array(serverRoomEvent) });
const resultSchema = v.union([v.object({ ok: v.literal(true) }), v.object({ ok: v.literal(false), code: v.string() })]);
/** However often the server dies, by then it has answered. */
const patienceMs = 30_000;
const refOf = (event: DurableEvent) => ('id' in event ? event.id : 'message_id' in event ? event.message_id : undefined);

/** What came of asking: the answer, how often it was asked, and between which times. */
interface Asked {
  readonly answer: ServerRoomEvent | null;
  readonly times: number;
  readonly from: number;
  readonly to: number;
}

/**
 * A real room, its members' devices and the model of it. Whoever asks something asks again until there is an answer, as clients
 * do: so, whatever dies meanwhile, in the end everything has happened once, and the model knows in which order.
 */
export class LiveRun implements Talk {
  readonly runtime: Runtime;
  readonly chatId: string;
  readonly sessions: Session[] = [];
  readonly userIds: string[];
  readonly random: SeededRandom;
  readonly tally: Tally;
  readonly knownIds: string[] = [];
  readonly sent: { readonly client: Speaker; readonly event: SendMessage }[] = [];
  readonly media = [];
  readonly acknowledged = new Map<string, number>();
  model: RoomModel;
  /** What is to befall the room in the middle of the next thing that is asked. */
  pendingBlow: Blow | null = null;
  readonly #contents = new Map<string, string>();
  readonly #departures = new Map<number, number>();
  readonly #versions = new Map<string, number>();
  readonly #settings = new Map<string, { readonly version: number; readonly readReceipts: boolean }>();
  readonly #founding;

  constructor(runtime: Runtime, beginning: Beginning, seed: number, tally: Tally) {
    this.runtime = runtime;
    this.random = new SeededRandom(seed);
    this.tally = tally;
    // Each run has ids of its own on a server that is shared.
    this.chatId = crypto.randomUUID();
    this.userIds = Array.from({ length: users }, () => crypto.randomUUID());
    this.#founding = {
      id: this.chatId,
      isGroup: beginning.isGroup,
      name: beginning.isGroup ? 'Name 0' : null,
      userIds: this.userIds.slice(0, beginning.isGroup ? Math.min(beginning.members, users) : 2),
      policy: beginning.policy,
      blockerIds: beginning.isGroup ? [] : beginning.blockers.map((index) => this.userIds[index] ?? ''),
    };
    this.model = new RoomModel(this.#founding, Date.now());
  }

  get #place(): Place {
    return { kind: 'room', name: this.chatId };
  }

  get now(): number {
    return Date.now();
  }

  newId(): string {
    return crypto.randomUUID();
  }

  contentFor(messageId: string, length = 0): string {
    const mark = `#${this.#contents.size}#`;
    this.#contents.set(mark, messageId);
    return mark.padEnd(length, '\u0001');
  }

  remember(client: Speaker, event: SendMessage): SendMessage {
    this.sent.push({ client, event });
    this.knownIds.push(event.id);
    return event;
  }

  profile(userId: string) {
    const settings = this.#settings.get(userId) ?? { version: 1, readReceipts: true };
    const user = { id: userId, username: `u_${userId.slice(0, 8)}`, display_name: 'Somebody', avatar_url: null, deleted: false };
    return { user, ...settings };
  }

  async begin(): Promise<void> {
    const { id, isGroup, name, policy, userIds, blockerIds } = this.#founding;
    for (const userId of blockerIds) {
      this.#versions.set(userId, 1);
      await this.call('setBlock', { userId, isActive: true, version: 1 });
    }
    const [creator, ...members] = userIds.map((userId) => this.profile(userId));
    await this.call('create', { id, isGroup, name, creator, members, expiry: policy });
    this.model = new RoomModel(this.#founding, Date.now());
    for (const userId of this.userIds) {
      for (let index = 0; index < sessionsPerUser; index += 1) {
        const session = new Session(this.runtime.url, this.chatId, userId, await this.runtime.signIn(userId));
        this.sessions.push(session);
        if (index === 0 && this.model.stayOf(userId) !== undefined) await session.connect();
      }
    }
  }

  /** Strikes, if something is to be struck, while `work` goes on. */
  async underBlow<T>(work: Promise<T>): Promise<T> {
    const blow = this.pendingBlow;
    this.pendingBlow = null;
    // Whatever it comes to is for the end, when it is waited for.
    work.catch(() => {});
    // Who asks something keeps it awake.
    if (blow === 'sleep') await work;
    if (blow !== null) {
      await delay(this.random.below(25));
      await this.strike(blow);
    }
    return work;
  }

  async strike(blow: Blow): Promise<void> {
    this.tally.add(blow);
    // Another's kill may come in between.
    await this.runtime.strike(this.#place, blow).catch(() => {});
  }

  // — asking —

  /** A call of a method of the room's, until it answers. */
  async call(method: string, ...args: unknown[]): Promise<{ readonly result: unknown; readonly times: number }> {
    const until = Date.now() + patienceMs;
    for (let times = 1; ; times += 1) {
      try {
        return { result: await this.runtime.call(this.#place, method, ...args), times };
      } catch (error) {
        if (Date.now() > until) throw error;
        await delay(30);
      }
    }
  }

  /** A method that answers with a `Result`, which becomes part of a commit. */
  async submit(request: Request, method: string, ...args: unknown[]): Promise<void> {
    this.hearAll();
    const from = Date.now();
    const asked = this.call(method, ...args);
    const { result, times } = await this.underBlow(asked);
    const parsed = result === null ? { ok: true as const } : v.parse(resultSchema, result);
    // Where it had to be asked twice it may have been done by the first, and be refused then.
    if (!parsed.ok && times === 1) expectSame(`what ${method} answers`, this.#applied(request, Date.now()), `refused ${parsed.code}`);
    else if (parsed.ok && times === 1) expectSame(`what ${method} answers`, this.#applied(request, from), 'done');
    else this.#applied(request, from);
    this.tally.add(`${request.kind} ${parsed.ok ? 'done' : 'refused'}`);
  }

  #applied(request: Request, now: number): string {
    const before = this.model.present();
    const outcome = this.model.apply(request, now);
    for (const stay of before) if (!stay.isPresent) this.#departures.set(stay.n, this.model.state.seq);
    return outcome.kind === 'refused' ? `refused ${outcome.codes[0]}` : outcome.kind;
  }

  /** Asks until there is an answer, over the session's socket if it has one. */
  async ask(session: Session, event: DurableEvent): Promise<Asked> {
    const from = Date.now();
    for (let times = 1; ; times += 1) {
      const answer = session.socket !== null ? await this.#askSocket(session, event) : await this.#askRest(session, event);
      if (answer !== undefined) return { answer, times, from, to: Date.now() };
      if (Date.now() - from > patienceMs) throw new Error(`No answer to ${event.type}`);
      // How often until the server is back is the machine's matter.
      if (times === 1) this.tally.add('asked again');
      await delay(20);
    }
  }

  /** Undefined when the connection broke before the answer; null when there is none to be had. */
  async #askSocket(session: Session, event: DurableEvent): Promise<ServerRoomEvent | null | undefined> {
    const { socket } = session;
    if (socket === null) return undefined;
    // What is asked next is always refused: by then the event before it is decided.
    const fence = this.newId();
    const from = socket.events.length;
    try {
      socket.send([event, { type: 'delete_message', id: fence }]);
      await socket.waitFor((told) => told.type === 'error' && told.ref === fence, 8_000);
    } catch {
      await session.disconnect();
      await this.comeBack(session);
      return undefined;
    }
    return socket.events.slice(from).find((told) => isAnswer(told, event)) ?? null;
  }

  async #askRest(session: Session, event: DurableEvent): Promise<ServerRoomEvent | null | undefined> {
    const answer = await callApi(this.runtime.url, 'POST', `/api/chats/${this.chatId}/frames`, [event], session.token).catch(() => null);
    if (answer?.status === 404) return { type: 'error', code: 'not_found', detail: '' };
    if (answer?.status !== 200) return undefined;
    const [first] = v.parse(answersSchema, answer.body).answers;
    return first?.type === 'error' && first.code === 'unavailable' ? undefined : (first ?? null);
  }

  /** After a broken connection: as long as it may. */
  async comeBack(session: Session): Promise<void> {
    const until = Date.now() + patienceMs;
    while (this.model.stayOf(session.userId) !== undefined && Date.now() < until) {
      if (await session.connect()) return;
      await delay(30);
    }
  }

  /** One event, asked and applied. */
  async say(session: Session, event: DurableEvent): Promise<void> {
    this.hearAll();
    const asked = await this.underBlow(this.ask(session, event));
    this.settle(session, event, event.type === 'delete_message' ? await this.#inItsTime(session, event.id, asked) : asked);
  }

  /** Where the time for undoing was over while a deletion was asked for, the room alone knows which came first. */
  async #inItsTime(session: Session, id: string, asked: Asked): Promise<Asked> {
    const message = [...this.model.state.messages.values()].find((known) => known.id === id);
    const end = (message?.createdAt ?? 0) + undoMs;
    if (message === undefined || asked.from > end || asked.to <= end) return asked;
    const path = `/api/users/me/chats/${this.chatId}/messages?around=${message.seq}&limit=2`;
    for (const until = Date.now() + patienceMs; Date.now() < until; await delay(30)) {
      const answer = await callApi(this.runtime.url, 'GET', path, undefined, session.token).catch(() => null);
      if (answer?.status !== 200) continue;
      const isUndone = v.parse(messagesAnswer, answer.body).messages.find((shown) => shown.id === id)?.undone === true;
      return isUndone ? asked : { ...asked, from: asked.to };
    }
    throw new Error('No answer to what became of a deletion');
  }

  /** Holds an answer against the model, and the model learns of it. */
  settle({ userId, sid }: Session, event: DurableEvent, { answer, times, from, to }: Asked): void {
    const isRefused = answer?.type === 'error';
    const now = answer?.type === 'message_accepted' ? answer.created_at : isRefused ? to : from;
    const request: Request = { kind: 'event', userId, sid, event };
    // The first answer may have been lost: what was refused the second time had happened.
    if (isRefused && times > 1) {
      const retried = this.model.apply(request, from);
      this.tally.add(`${event.type} retried: ${retried.kind}`);
      return;
    }
    const outcome = this.model.apply(request, now);
    this.tally.add(`${event.type}: ${outcome.kind}`);
    this.#expectAnswer(event, answer, outcome, times);
    if (answer?.type === 'message_accepted') this.acknowledged.set(answer.id, answer.seq);
  }

  #expectAnswer(event: DurableEvent, answer: ServerRoomEvent | null, outcome: Outcome, times: number): void {
    const wrong = () => new Disagreement(`the answer to ${JSON.stringify(event)} after ${times}`, answer, outcome);
    if (outcome.kind === 'refused') {
      const codes: readonly ErrorCode[] = outcome.codes;
      if (answer?.type !== 'error' || !codes.some((code) => code === answer.code)) throw wrong();
    } else if (outcome.kind === 'accepted') {
      const message = this.model.state.messages.get(outcome.seq);
      if (answer?.type !== 'message_accepted' || message === undefined) throw wrong();
      expectSame('[SEND-2] the answer to a send', answer, acceptedOf(this.model, message));
    } else if (outcome.kind === 'opened') {
      if (answer?.type !== 'message_opened') throw wrong();
      expectSame('[ONCE-2] what an opening shows', [answer.content, answer.views_left], [outcome.content, outcome.viewsLeft]);
    } else if (answer !== null) throw wrong();
  }

  /** Several at once, some twice over: the order is the room's, which the answers tell. */
  async burst(sends: readonly { readonly session: Session; readonly event: SendMessage }[]): Promise<void> {
    this.hearAll();
    const asked = sends.map(async ({ session, event }) => {
      const isTwice = this.random.below(4) === 0;
      if (isTwice) this.tally.add('sent twice at once');
      const [first] = await Promise.all([this.ask(session, event), isTwice ? this.ask(session, event) : null]);
      return { session, event, asked: first };
    });
    const done = await this.underBlow(Promise.all(asked));
    const placeOf = ({ answer }: Asked) => (answer?.type === 'message_accepted' ? answer.seq : 0);
    for (const each of done.sort((a, b) => placeOf(a.asked) - placeOf(b.asked))) this.settle(each.session, each.event, each.asked);
    if (sends.length > 1) this.tally.add('bursts');
  }

  // — errands of inboxes —

  async decide(userId: string, isActive: boolean): Promise<void> {
    this.hearAll();
    const version = (this.#versions.get(userId) ?? 0) + 1;
    this.#versions.set(userId, version);
    const { standing } = this.model.state;
    await this.underBlow(this.call('setBlock', { userId, isActive, version }));
    this.model.notice({ kind: 'block', userId, isActive, version }, Date.now());
    // What was about to be told is not, until the end of it all.
    if (standing === null && this.model.state.standing !== null) for (const session of this.sessions) session.missesReceipts = true;
    this.tally.add('block');
  }

  async setReceipts(userId: string, readReceipts: boolean): Promise<void> {
    const version = this.profile(userId).version + 1;
    this.#settings.set(userId, { version, readReceipts });
    const known = this.model.present().find((stay) => stay.userId === userId);
    if (known === undefined || known.isConcealed) return;
    await this.submit({ kind: 'profile', userId, version, readReceipts }, 'noteProfile', this.profile(userId));
    for (const session of this.sessions) if (session.userId === userId) session.missesReceipts = true;
  }

  async createAgain(userId: string): Promise<void> {
    const { id, isGroup, name, policy: expiry, userIds } = this.#founding;
    if (isGroup || !userIds.includes(userId)) return;
    this.hearAll();
    const members = userIds.filter((other) => other !== userId).map((other) => this.profile(other));
    await this.underBlow(this.call('create', { id, isGroup, name, creator: this.profile(userId), members, expiry }));
    this.model.notice({ kind: 'open_chat', userId }, Date.now());
  }

  // — hearing —

  /** Looks at everything that was told since the last time. @throws when somebody was told what is not for them */
  hearAll(): void {
    for (const session of this.sessions) {
      if (session.breach !== null) throw session.breach;
      const { told } = session;
      session.told = [];
      for (const each of told) this.#expectForThem(session.userId, each);
    }
  }

  #expectForThem(userId: string, { event, at, clearedSeq }: Told): void {
    if (event.type === 'error' || event.type === 'message_accepted') return;
    for (const mark of new Set(JSON.stringify(event).match(/#\d+#/g))) {
      this.tally.add('contents told');
      const id = this.#contents.get(mark);
      const message = [...this.model.state.messages.values()].find((candidate) => candidate.id === id);
      const stay = this.#lastStayOf(userId);
      const leak = (why: string) => new Error(`${why}: ${mark} of message ${message?.seq} in ${event.type} to stay ${stay?.n}`);
      if (message === undefined || stay === undefined) throw leak('Content of nothing, or to nobody');
      const left = this.#departures.get(stay.n) ?? Number.POSITIVE_INFINITY;
      if (!isVisibleTo(message, { ...stay, clearedSeq }) || message.seq > left) throw leak('[SEND-8] [BLOCK-1] [INBOX-1]');
      if (message.maxViews > 0 && event.type !== 'message_opened') throw leak('[ONCE-1] sealed content');
      const isEditedAway = typeof message.hidden === 'number' && message.senderId !== userId;
      if (isEditedAway && event.type === 'message_edited') throw leak('[BLOCK-1] new words');
      const end = endFor(this.model.state, message, stay) ?? Number.POSITIVE_INFINITY;
      // On its way for a moment it may be.
      if (message.hidden === null && at > end + 2_000) throw leak('[EXP-3] content after the end');
    }
  }

  #lastStayOf(userId: string): Stay | undefined {
    return this.model.state.stays.findLast((stay) => stay.userId === userId);
  }
}

function isAnswer(told: ServerRoomEvent, asked: DurableEvent): boolean {
  if (told.type === 'error') return told.ref !== undefined && told.ref === refOf(asked);
  if (asked.type === 'send_message') return told.type === 'message_accepted' && told.id === asked.id;
  return asked.type === 'open_message' && told.type === 'message_opened' && told.id === asked.id;
}
