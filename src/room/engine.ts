import { type Env, readConfig } from '../config';
import type { Job } from '../job-store';
import { Outbox } from '../outbox';
import { closeCodes } from '../protocol/close-codes';
import { Refusal } from '../protocol/errors';
import { maxRoomSocketsPerUser } from '../protocol/limits';
import type { ServerRoomEvent } from '../protocol/room-frames';
import type { Result } from '../result';
import { type SocketSession, Sockets } from '../sockets';
import type { Upgrade } from '../upgrade';
import { followBlock } from './blocking';
import type { BlockOrder } from './blocks';
import { ready } from './bodies';
import { commitBatch, refuseAll, type Work } from './commit';
import { CommitLoop } from './commit-loop';
import { Company } from './company';
import { type Actor, applyEvent, type DurableEvent } from './dispatch';
import { applyErased } from './ending';
import { errandLanes, performJob } from './errands';
import { InboxNews } from './inbox-news';
import { Intake } from './intake';
import { LiveRoom } from './live-room';
import { applyDelivered } from './reading';
import { ReceiptNews } from './receipt-news';
import { RoomAlarm } from './room-alarm';
import { nextUpkeepAt, type Schedule, watchdogMs } from './schedule';
import { type RoomStats, roomStats } from './stats';
import { type JobKind, RoomStore } from './store';
import { Turn } from './turn';
import { Upkeep } from './upkeep';
import { upkeepSteps } from './upkeep-steps';

/** A step of the alarm or a call that failed is tried again after this. */
const retryMs = 5_000;

/** Puts the parts of a room together: what comes in becomes commits, what commits leave to do is done. */
export class RoomEngine {
  readonly store: RoomStore;
  readonly sockets: Sockets;
  /** null until the room is created. */
  room: LiveRoom | null = null;
  readonly #ctx: DurableObjectState;
  readonly #env: Env;
  readonly #intake: Intake;
  readonly #commits: CommitLoop<Work>;
  readonly #outbox: Outbox<JobKind>;
  readonly #inboxes: InboxNews;
  readonly #company: Company;
  readonly #receipts: ReceiptNews;
  readonly #upkeep: Upkeep;
  readonly #alarm: RoomAlarm;

  constructor(ctx: DurableObjectState, env: Env) {
    this.#ctx = ctx;
    this.#env = env;
    this.store = new RoomStore(ctx.storage);
    this.sockets = new Sockets(ctx.getWebSockets(), maxRoomSocketsPerUser, (session) => this.#gone(session));
    this.#commits = new CommitLoop({
      commit: (batch) => this.#commit(batch),
      written: () => written(ctx.storage),
      heard,
      isSending: () => this.sockets.isSending,
    });
    this.#alarm = new RoomAlarm({ storage: ctx.storage, schedule: () => this.#schedule(), now: Date.now });
    this.#outbox = this.#createOutbox();
    this.#inboxes = this.#createInboxNews();
    this.#company = new Company({ sockets: this.sockets, room: () => this.room, now: Date.now });
    this.#intake = this.#createIntake();
    this.#receipts = this.#createReceipts();
    this.#upkeep = this.#createUpkeep();
  }

  /** Before anything else reaches the object: its rows in memory, and an alarm that a crash may have swallowed. */
  async wake(): Promise<void> {
    if (!this.store.exists) return;
    await Promise.all([this.store.migrate(), ready()]);
    this.room = LiveRoom.load(this.store);
    const rearm = await this.#alarm.wake();
    this.#inboxes.resume();
    this.#inboxes.wake();
    rearm();
  }

  /** The room exists now: its rows were just written. */
  created(): void {
    this.room = LiveRoom.load(this.store);
    this.#inboxes.resume();
    this.#inboxes.wake();
    this.#afterCommit(null);
  }

  /** Welcomes a socket that the runtime has accepted, or closes it with the reason [SYNC-1]. */
  greet(socket: WebSocket, { userId, sid, resume }: Upgrade): void {
    const { room } = this;
    const member = room?.findMember(userId) ?? null;
    if (room === null || member === null) return this.sockets.close(socket, closeCodes.notFound, 'No such chat');
    if (this.store.isSessionEnded(sid)) return this.sockets.close(socket, closeCodes.unauthenticated, 'Session ended');
    const now = Date.now();
    const isFirst = !this.sockets.isHere(userId);
    const welcome = JSON.stringify(room.welcome({ member, sid }, resume, this.#company.welcomeOf(userId), now));
    this.sockets.add(socket, { userId, sid, openedAt: now });
    this.sockets.send(socket, welcome);
    if (isFirst) this.#company.came(userId);
  }

  /** A frame from a socket: its events in order, each for itself [SOCK-4]. */
  receive(socket: WebSocket, frame: string | ArrayBuffer): void {
    if (this.room !== null) this.#intake.receive(socket, frame);
  }

  /** Resolves with the answering events once the work is durable; refusals are values. */
  submit(userId: string, run: Work['run']): Promise<Result<ServerRoomEvent[]>> {
    return new Promise((settle) => this.#commits.submit({ userId, socket: null, ref: undefined, run, settle }));
  }

  /**
   * An event from a caller without a socket.
   * @throws Refusal `rate_limited`
   */
  submitEvent(actor: Actor, event: DurableEvent): Promise<Result<ServerRoomEvent[]>> {
    if (event.type === 'send_message') this.takeMessageToken(actor.userId);
    return this.submit(actor.userId, (turn, member) => applyEvent(turn, member, actor.sid, event));
  }

  /** @throws Refusal `rate_limited` [LIMIT-1] */
  takeMessageToken(userId: string): void {
    this.#intake.takeMessageToken(userId);
  }

  /**
   * A commit of its own, at once.
   * @throws what `run` throws; then nothing has changed
   */
  apply(run: (turn: Turn) => void): void {
    this.#publish(this.#inTurn(run));
  }

  setBlock(order: BlockOrder): void {
    followBlock(order, { store: this.store, room: this.room, company: this.#company, receipts: this.#receipts });
  }

  /** The room must be awake at `due`. */
  wakeAt(due: number): void {
    this.#alarm.ensure(due);
  }

  /** Jobs were just written: begins on those that are due, and sees to it that the others will be. */
  workOff(): void {
    this.#outbox.drain();
    this.#alarm.rearm();
  }

  /** Does what is due and sets the next alarm. What takes network time runs beside it: awaited here it would delay every later alarm. */
  async alarm(): Promise<void> {
    this.#alarm.fired();
    if (this.room === null) return;
    this.#outbox.drain();
    this.#alarm.pauseUntil((await this.#upkeep.run()) ? 0 : Date.now() + retryMs);
    // Meanwhile the last member may have left.
    if (this.room === null) return;
    this.#outbox.drain();
    this.#alarm.rearm();
  }

  /** How the room fares, for those who run it; null before it is created. */
  stats(): RoomStats | null {
    return this.room === null ? null : roomStats(this.room, this.sockets.size, this.#inboxes.behind, Date.now());
  }

  /** @throws Refusal `not_found` */
  requireRoom(): LiveRoom {
    if (this.room === null) throw new Refusal('not_found', 'There is no such chat.');
    return this.room;
  }

  #commit(batch: readonly Work[]): void {
    const { room } = this;
    // The last member left while this waited, or there never was one: nobody is left to hear of a commit.
    if (room === null) return refuseAll(batch, new Refusal('not_found', 'There is no such chat.'));
    for (let waiting = batch; waiting.length > 0; ) {
      const { turn, rest } = commitBatch(room, waiting, Date.now());
      this.#publish(turn);
      waiting = rest;
    }
  }

  /** After a turn's transaction: tells the sockets, and starts what must happen elsewhere. */
  #publish(turn: Turn): void {
    this.#company.stopSenders(turn);
    turn.outgoing.flush(this.sockets);
    this.#receipts.note(turn.moved);
    for (const userId of turn.removed.keys())
      this.sockets.closeWhere((session) => session.userId === userId, closeCodes.forbidden, 'Removed');
    this.#inboxes.follow(turn);
    this.#afterCommit(turn.nextDue);
  }

  /** Work outside the room that a commit made necessary begins now, and after a crash by the alarm. */
  #afterCommit(nextDue: number | null): void {
    this.#alarm.ensure(nextDue);
    this.#outbox.drain();
    this.#alarm.ensure(this.#outbox.nextDue(watchdogMs));
    // Who sent may never come back, and nobody else would wake the room: what was acknowledged must be told all the same.
    if (this.#inboxes.isBehind) this.#alarm.ensure(Date.now() + watchdogMs);
    this.#alarm.replaceLost();
  }

  #schedule(): Schedule | null {
    if (this.room === null) return null;
    return { ...this.store.schedule(), nextJobDue: this.#outbox.nextDue(watchdogMs), isWatched: this.#inboxes.isBehind };
  }

  #createOutbox(): Outbox<JobKind> {
    return new Outbox({
      jobs: this.store.jobs,
      lanes: errandLanes,
      perform: (job) => performJob(this.#env, this.requireRoom(), job, (userId) => this.#inboxes.tell(userId)),
      done: (job) => this.#jobDone(job),
      drained: () => this.#drained(),
      now: Date.now,
      random: Math.random,
    });
  }

  #jobDone(job: Job<JobKind>): void {
    if (job.kind === 'erase_media') this.#inTurn((turn) => applyErased(turn, job.key)).outgoing.flush(this.sockets);
  }

  #drained(): void {
    const { room } = this;
    if (room !== null && room.roster.size === 0 && this.store.jobs.dues().size === 0) {
      // [GROUP-1] The last member has left and everything outside is erased: so is the room.
      this.room = null;
      void this.store.eraseEverything();
      return;
    }
    this.#alarm.rearm();
  }

  #createInboxNews(): InboxNews {
    return new InboxNews({
      env: this.#env,
      sockets: this.sockets,
      room: () => this.room,
      tellLater: (userId) => {
        // The last member left meanwhile, and the room was erased: there is no chat to tell of, and no row to keep a job in.
        if (this.room === null) return;
        this.store.jobs.put({ kind: 'tell_inbox', key: userId }, Date.now() + retryMs);
        this.#alarm.ensure(Date.now() + retryMs);
      },
      delivered: (userId, seq) => this.noteDelivered(userId, seq),
      settled: () => this.#alarm.rearm(),
      now: Date.now,
    });
  }

  /** [INBOX-4] Everything up to `upToSeq` has reached the user. */
  noteDelivered(userId: string, upToSeq: number): void {
    const run: Work['run'] = (turn, member) => {
      applyDelivered(turn, member, upToSeq);
      return [];
    };
    this.#commits.submit({ userId, socket: null, ref: undefined, run });
  }

  #createIntake(): Intake {
    return new Intake({
      sockets: this.sockets,
      company: this.#company,
      submit: (work) => this.#commits.submit(work),
      limitFactor: readConfig(this.#env).limitFactor,
      now: Date.now,
    });
  }

  #createReceipts(): ReceiptNews {
    return new ReceiptNews({
      room: () => this.room,
      send: (event, isFor) => this.sockets.sendTo(isFor, JSON.stringify(event)),
      now: Date.now,
    });
  }

  /** Runs in a transaction of its own, and leaves it to the caller to tell what came of it. */
  #inTurn(run: (turn: Turn) => void): Turn {
    const room = this.requireRoom();
    const turn = new Turn(room, Date.now());
    try {
      this.store.transaction(() => {
        run(turn);
        turn.close();
      });
    } catch (fault) {
      room.reload();
      throw fault;
    }
    turn.finish();
    return turn;
  }

  #createUpkeep(): Upkeep {
    return new Upkeep({
      steps: upkeepSteps,
      inTurn: (run) => {
        const turn = this.#inTurn(run);
        turn.outgoing.flush(this.sockets);
        this.#inboxes.follow(turn);
      },
      // The room may have been erased between two slices.
      nextDue: () => (this.room === null ? null : nextUpkeepAt(this.store.schedule())),
      settled: async () => {
        await written(this.#ctx.storage);
        await heard();
      },
      pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      now: Date.now,
    });
  }

  #gone({ userId }: SocketSession): void {
    if (!this.sockets.isHere(userId)) this.#company.went(userId);
  }
}

/** Resolves when the last commit is on disk and bodies can be sealed for the next. */
async function written(storage: DurableObjectStorage): Promise<void> {
  await Promise.all([storage.sync(), ready()]);
}

/** Resolves when the events that have arrived are heard. */
function heard(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
