import type { Env } from '../../../src/config';
import { Room } from '../../../src/room/room';
import { type Upgrade, upgradeRequest } from '../../../src/upgrade';

import { Outside } from './outside';
import { simulatedSettings } from './settings';
import { type ServerSocket, WebSocketPair } from './socket-pair';
import { SimulatedStorage } from './storage';
import { onTurn } from './turns';
import { microtasks, VirtualTime } from './virtual-time';

/** What reached the client's end of a socket: a frame, or the close code. */
export type Heard = { readonly frame: string } | { readonly code: number };

/** A write on its way to the disk, calls to the outside, the alarm. */
export type UnderWay = 'commit' | 'drain' | 'alarm';

/** Hears of everything the room does, at the moment it does it. */
export interface Observer {
  /** The longest waiting `works` have just become a commit. */
  committed(works: number): void;
  /** As many were tried, and failed together. */
  broke(works: number): void;
  /** The room gave the socket a frame; whether it ever leaves is the disk's matter. */
  said(socket: ServerSocket, frame: string): void;
  /** The alarm has cleaned up what was due of one kind. */
  cleaned(step: string): void;
  /** Everything done so far is on the disk. */
  flushed(): void;
  heard(socket: ServerSocket, heard: Heard): void;
  /** Something of the room failed that nobody waits for. */
  faulted(error: unknown): void;
}

/** Calls that nobody answers any more: their object is gone. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
}

/**
 * A real Room on a simulated platform: the disk, the network and the clock do nothing by themselves, so every await of the
 * room is a place where its process can die. One at a time, since it takes over the globals.
 */
export class SimulatedRoom {
  readonly time: VirtualTime;
  readonly outside: Outside;
  readonly #storage = new SimulatedStorage();
  readonly #observer: Observer;
  readonly #env: Env;
  readonly #sockets = new Set<ServerSocket>();
  readonly #hungCalls = new Set<(error: Unanswered) => void>();
  readonly #real = { Response: globalThis.Response, warn: console.warn, error: console.error };
  readonly #fault = (error: unknown) => this.#observer.faulted(error);
  #room: Room | null = null;
  /** The platform never lets two alarms overlap. */
  #isAlarmRunning = false;
  /** An alarm has gone off, and what it did is not all on the disk. */
  #isAlarmUnsaved = false;
  /** While it is, nothing reaches the disk unless `flush` is called. */
  isDiskSlow = false;
  /** What happens in the middle of the next such thing, when it has taken so many steps. */
  strike: { readonly during: UnderWay; steps: number; readonly happen: () => Promise<void> } | null = null;
  /** While they are, the alarm does not go off, however late it is. */
  areAlarmsLate = false;

  constructor(startsAt: number, random: () => number, observer: Observer) {
    this.time = new VirtualTime(startsAt, random);
    this.outside = new Outside((effect) => this.#storage.gate(effect));
    this.#observer = observer;
    // Only what a Room asks of its platform is there; anything else fails loudly.
    this.#env = { ...simulatedSettings, INBOX: this.outside.inboxNamespace, DIRECTORY: null } as unknown as Env;
  }

  install(): void {
    this.time.install();
    Outside.current = this.outside;
    onTurn({
      begins: () => void this.#storage.takeFault(),
      ended: (works) => this.#decided(works),
      cleaned: (step) => this.#observer.cleaned(step),
    });
    Object.assign(globalThis, {
      WebSocketPair,
      WebSocketRequestResponsePair: class {},
      // Node's own refuses the status of an upgrade.
      Response: class {},
    });
    process.on('unhandledRejection', this.#fault);
    // The room tells of each fault that the fuzzer makes; what else may be wrong is found by what it does.
    console.warn = () => {};
    console.error = () => {};
  }

  uninstall(): void {
    this.time.uninstall();
    Outside.current = null;
    onTurn(null);
    process.off('unhandledRejection', this.#fault);
    const { warn, error, ...globals } = this.#real;
    Object.assign(globalThis, globals);
    Object.assign(console, { warn, error });
    this.#storage.close();
  }

  get storage(): SimulatedStorage {
    return this.#storage;
  }

  /** A client whom the Worker let through asks for a socket; `accepted` gets it before it hears anything. */
  async connect(upgrade: Upgrade, accepted: (socket: ServerSocket) => void): Promise<void> {
    this.#accepted = accepted;
    await this.#move((room) => void room.fetch(upgradeRequest(upgrade)));
  }

  /** A frame of a client arrives. */
  async receive(socket: ServerSocket, frame: string): Promise<void> {
    await this.#move((room) => room.webSocketMessage(toPlatform(socket), frame));
  }

  /** A connection ends at its client's end or on its way. */
  async disconnect(socket: ServerSocket): Promise<void> {
    if (!this.#sockets.delete(socket)) return;
    socket.isOpen = false;
    socket.side = null;
    await this.#move((room) => room.webSocketClose(toPlatform(socket), 1006));
  }

  /** The Worker calls the room. The answer comes when the disk allows; never, if the room's process ends before. */
  async call<T>(work: (room: Room) => Promise<T>): Promise<{ readonly answer: Promise<T> }> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    // Whoever asked may have given up.
    promise.catch(() => {});
    this.#hungCalls.add(reject);
    await this.#move((room) => {
      work(room).then(
        (value) => this.#storage.gate(() => (this.#hungCalls.delete(reject) ? resolve(value) : undefined)),
        (error) => this.#storage.gate(() => (this.#hungCalls.delete(reject) ? reject(error) : undefined)),
      );
    });
    return { answer: promise };
  }

  /** One write to the disk ends. */
  async flush(): Promise<void> {
    await this.#do(() => {
      this.#observer.flushed();
      this.#isAlarmUnsaved = this.#isAlarmRunning;
      this.#storage.flush();
    });
  }

  /** The outside answers the call that has waited longest but for `after` others. Returns whether there was one. */
  async answer(after: number): Promise<boolean> {
    let isAnswered = false;
    await this.#do(() => {
      isAnswered = this.outside.answerNext(after);
    });
    return isAnswered;
  }

  /** The process dies, and all connections with it; the disk keeps what it has. */
  async crash(): Promise<void> {
    this.#storage.crash();
    this.#forget();
    for (const socket of this.#sockets) Object.assign(socket, { isOpen: false, side: null });
    this.#sockets.clear();
    await microtasks();
  }

  /** The object leaves the memory; its connections stay, and everything it did is on the disk. */
  async evict(): Promise<void> {
    await this.flush();
    this.#forget();
    await microtasks();
  }

  /** Everything that happens without time going by happens, as far as disk and network allow. */
  async settle(): Promise<void> {
    while (await this.#moveOn());
  }

  /** Time goes by; whatever is due on the way happens in its order. */
  advance(ms: number): Promise<void> {
    return this.time.advance(
      ms,
      (end) => this.#nextDue(end),
      () => this.settle(),
    );
  }

  /** The alarm's time as the platform knows it. */
  get alarmAt(): number | null {
    return this.#storage.alarmAt;
  }

  /** What the room is in the middle of. */
  underWay(): UnderWay[] {
    const is: Record<UnderWay, boolean> = {
      commit: this.#storage.isBehind,
      drain: this.outside.asked > 0,
      alarm: this.#isAlarmRunning || this.#isAlarmUnsaved,
    };
    return (['commit', 'drain', 'alarm'] as const).filter((moment) => is[moment]);
  }

  async #strikeIfDue(): Promise<void> {
    const { strike } = this;
    if (strike === null || !this.underWay().includes(strike.during)) return;
    strike.steps -= 1;
    if (strike.steps > 0) return;
    this.strike = null;
    await strike.happen();
  }

  #accepted: (socket: ServerSocket) => void = () => {};

  #decided(works: number): void {
    if (this.#storage.takeFault()) this.#observer.broke(works);
    else this.#observer.committed(works);
  }

  async #moveOn(): Promise<boolean> {
    await this.#strikeIfDue();
    if (!this.isDiskSlow && this.#storage.isBehind) {
      await this.flush();
      return true;
    }
    if (this.time.nextDue() !== null && (this.time.nextDue() ?? 0) <= this.time.now) {
      await this.#do(() => void this.time.runNext());
      return true;
    }
    if (this.outside.asked > 0 && this.outside.mood !== 'silent') {
      // Nobody answers in the order of asking.
      await this.answer(Math.floor(Math.random() * this.outside.asked));
      return true;
    }
    if (this.#isAlarmDue()) {
      await this.#fireAlarm();
      return true;
    }
    return false;
  }

  #isAlarmDue(): boolean {
    const { alarmAt } = this.#storage;
    return !this.areAlarmsLate && !this.#isAlarmRunning && alarmAt !== null && alarmAt <= this.time.now;
  }

  async #fireAlarm(): Promise<void> {
    await this.#move((room) => {
      // Waking may have set it anew already.
      if ((this.#storage.alarmAt ?? 0) <= this.time.now) void this.#storage.deleteAlarm();
      this.#isAlarmRunning = true;
      this.#isAlarmUnsaved = true;
      void room.alarm().then(() => {
        if (this.#room === room) this.#isAlarmRunning = false;
      });
    });
  }

  #nextDue(end: number): number | null {
    const alarmAt = this.areAlarmsLate || this.#isAlarmRunning ? null : this.#storage.alarmAt;
    const dues = [this.time.nextDue(), alarmAt].filter((due) => due !== null && due <= end);
    return dues.length === 0 ? null : Math.min(...dues.map((due) => due ?? 0));
  }

  /** Wakes the object if it is not in memory, and does `work` with it. */
  async #move(work: (room: Room) => void): Promise<void> {
    if (this.#room === null) {
      // An object that cannot wake is the platform's to wake again: nothing here would come of it.
      this.#storage.faultIn = null;
      const { room, awake } = this.#wake();
      await microtasks();
      await awake;
      this.#room = room;
    }
    const room = this.#room;
    await this.#do(() => work(room));
  }

  async #do(work: () => void): Promise<void> {
    work();
    await microtasks();
  }

  #wake(): { room: Room; awake: Promise<unknown> } {
    let awake: Promise<unknown> = Promise.resolve();
    const ctx = {
      storage: this.#storage,
      getWebSockets: () => [...this.#sockets],
      acceptWebSocket: (socket: ServerSocket) => this.#accept(socket),
      setWebSocketAutoResponse: () => {},
      blockConcurrencyWhile: (work: () => Promise<unknown>) => {
        awake = work();
        return awake;
      },
    };
    const room = new Room(ctx as unknown as DurableObjectState, this.#env);
    return { room, awake };
  }

  #accept(socket: ServerSocket): void {
    this.#sockets.add(socket);
    this.#accepted(socket);
    socket.side = {
      sent: (from, frame) => {
        this.#observer.said(from, frame);
        this.#storage.gate(() => this.#observer.heard(from, { frame }));
      },
      closed: (from, code) => {
        this.#sockets.delete(from);
        this.#storage.gate(() => this.#observer.heard(from, { code }));
      },
    };
  }

  #forget(): void {
    this.#room = null;
    this.#isAlarmRunning = false;
    this.#isAlarmUnsaved = false;
    this.time.dropTimers();
    this.outside.dropCalls(Math.random() < 0.5);
    for (const reject of this.#hungCalls) reject(new Unanswered('The room is gone'));
    this.#hungCalls.clear();
  }
}

function toPlatform(socket: ServerSocket): WebSocket {
  return socket as unknown as WebSocket;
}
