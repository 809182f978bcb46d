import { AsyncLocalStorage } from 'node:async_hooks';
import type { Env } from '../../../src/config';
import { Inbox } from '../../../src/inbox/inbox';
import { Room } from '../../../src/room/room';
import { type Upgrade, upgradeRequest } from '../../../src/upgrade';
import { simulatedSettings } from './settings';
import { type ServerSocket, WebSocketPair } from './socket-pair';
import { SimulatedStorage } from './storage';
import { microtasks, VirtualTime } from './virtual-time';

/** How calls to an object fare: as asked, not at all for now, with an error, or with an error after having been done. */
export type Mood = 'well' | 'silent' | 'failing' | 'failing_late';
type Kind = 'room' | 'inbox';
type Instance = Room | Inbox;
type Methods = Record<string, (...args: unknown[]) => unknown>;

/** One life of an object in memory: what it left running when it ended does nothing any more. */
interface Life {
  readonly object: SimulatedObject;
  readonly instance: Instance;
  isOver: boolean;
  isAlarmRunning: boolean;
}

interface Call {
  readonly from: Life | null;
  readonly to: SimulatedObject;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export interface MachineObserver {
  /** A client's end of a socket gets a frame, or a close code. */
  heard(socket: ServerSocket, heard: { readonly frame: string } | { readonly code: number }): void;
  /** A call has reached an object, before it is done. */
  called(kind: Kind, name: string, method: string, args: readonly unknown[]): void;
  faulted(error: unknown): void;
}

/** A Durable Object with what outlives its memory. */
export class SimulatedObject {
  readonly kind: Kind;
  readonly name: string;
  readonly storage = new SimulatedStorage();
  readonly sockets = new Set<ServerSocket>();
  readonly pongs = new Map<ServerSocket, number>();
  mood: Mood = 'well';
  /** While it is, nothing of this object reaches its disk. */
  isDiskSlow = false;
  life: Life | null = null;
  readonly hung = new Set<(error: Error) => void>();

  constructor(kind: Kind, name: string) {
    this.kind = kind;
    this.name = name;
  }
}

/**
 * Real Rooms and real Inboxes on a simulated platform, calling each other over a network that loses, repeats and reorders.
 * Clock, disks and network move only when told to. One at a time, since it takes over the globals.
 */
export class Machine {
  readonly time: VirtualTime;
  readonly #observer: MachineObserver;
  readonly #random: () => number;
  readonly #objects = new Map<string, SimulatedObject>();
  readonly #running = new AsyncLocalStorage<Life | null>();
  readonly #env: Env;
  readonly #real = { Response: globalThis.Response, warn: console.warn, error: console.error };
  readonly #fault = (error: unknown) => this.#observer.faulted(error);
  #calls: Call[] = [];
  /** What clients do, in the order in which they do it. */
  #incoming: (() => Promise<void>)[] = [];

  constructor(startsAt: number, random: () => number, observer: MachineObserver) {
    this.time = new VirtualTime(startsAt, random);
    this.#random = random;
    this.#observer = observer;
    const namespace = (kind: Kind) => ({ idFromName: (name: string) => name, get: (name: string) => this.#stub(kind, name) });
    // Only what the objects ask of their platform is there; anything else fails loudly.
    this.#env = { ...simulatedSettings, ROOM: namespace('room'), INBOX: namespace('inbox'), DIRECTORY: null } as unknown as Env;
  }

  install(): void {
    this.time.install();
    const start = globalThis.setTimeout;
    Object.assign(globalThis, {
      WebSocketPair,
      WebSocketRequestResponsePair: class {},
      // Node's own refuses the status of an upgrade.
      Response: class {},
      setTimeout: (run: () => void, ms?: number) => {
        const life = this.#running.getStore() ?? null;
        return start(() => {
          if (life?.isOver !== true) this.#running.run(life, run);
        }, ms);
      },
    });
    process.on('unhandledRejection', this.#fault);
    // The objects tell of each fault that is made; what else may be wrong is found by what they do.
    console.warn = () => {};
    console.error = () => {};
  }

  uninstall(): void {
    this.time.uninstall();
    process.off('unhandledRejection', this.#fault);
    const { warn, error, ...globals } = this.#real;
    Object.assign(globalThis, globals);
    Object.assign(console, { warn, error });
    for (const { storage } of this.#objects.values()) storage.close();
  }

  object(kind: Kind, name: string): SimulatedObject {
    const key = `${kind} ${name}`;
    const object = this.#objects.get(key) ?? new SimulatedObject(kind, name);
    this.#objects.set(key, object);
    return object;
  }

  get objects(): readonly SimulatedObject[] {
    return [...this.#objects.values()];
  }

  // — what clients and the Worker do —

  /** A client whom the Worker let through asks for a socket; `accepted` gets it before it hears anything. */
  async connect(object: SimulatedObject, upgrade: Upgrade, accepted: (socket: ServerSocket) => void): Promise<void> {
    this.#accepted = accepted;
    await this.#move(object, (instance) => void instance.fetch(upgradeRequest(upgrade)));
  }

  /** Something that a client does, with one of the next steps. */
  later(work: () => Promise<void>): void {
    this.#incoming.push(work);
  }

  /** The Worker calls an object for a client, over the network that is as it is. */
  ask<T>(object: SimulatedObject, method: string, args: readonly unknown[]): Promise<T> {
    return this.outside(() => this.#ask(object, method, args)) as Promise<T>;
  }

  /** A client says something; it arrives with the next step. */
  say(object: SimulatedObject, socket: ServerSocket, frame: string): void {
    this.#incoming.push(async () => {
      if (!socket.isOpen) return;
      if (frame === 'ping') {
        object.pongs.set(socket, this.time.now);
        return this.#observer.heard(socket, { frame: 'pong' });
      }
      await this.#move(object, (instance) => void instance.webSocketMessage(socket as unknown as WebSocket, frame));
    });
  }

  /** A connection ends at its client's end or on its way. */
  disconnect(object: SimulatedObject, socket: ServerSocket): void {
    if (!object.sockets.delete(socket)) return;
    socket.isOpen = false;
    socket.side = null;
    this.#incoming.push(() => this.#move(object, (instance) => instance.webSocketClose(socket as unknown as WebSocket, 1006)));
  }

  /** The Worker calls an object, at once. The answer comes when the object's disk allows; an error, if it dies before. */
  async call<T>(object: SimulatedObject, method: string, ...args: unknown[]): Promise<{ readonly answer: Promise<T> }> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    promise.catch(() => {});
    await this.#deliver({ from: null, to: object, method, args, resolve, reject }, true);
    return { answer: promise as Promise<T> };
  }

  /** The same, and the answer: what the object needs for it happens, and as little else as can be. */
  async callNow<T>(object: SimulatedObject, method: string, ...args: unknown[]): Promise<T> {
    const { answer } = await this.call<T>(object, method, ...args);
    let isAnswered = false;
    const known = () => {
      isAnswered = true;
    };
    answer.then(known, known);
    for (let tries = 0; !isAnswered; tries += 1) {
      if (tries > 1_000) throw new Error(`Nobody answers ${method}`);
      await this.flush(object);
      if (!isAnswered && (this.time.nextDue() ?? Number.POSITIVE_INFINITY) <= this.time.now) this.time.runNext();
      await microtasks();
    }
    return answer;
  }

  /** What an object wrote reaches its disk, and what waited for that leaves. */
  async flush(object: SimulatedObject): Promise<void> {
    object.storage.flush();
    await microtasks();
  }

  /** The process dies, and the object's connections with it; the disk keeps what it has. */
  async crash(object: SimulatedObject): Promise<void> {
    object.storage.crash();
    this.#end(object);
    for (const socket of [...object.sockets]) {
      Object.assign(socket, { isOpen: false, side: null });
      this.#observer.heard(socket, { code: 1006 });
    }
    object.sockets.clear();
    await microtasks();
  }

  /** The object leaves the memory; its connections stay, and everything it did is on the disk. */
  async evict(object: SimulatedObject): Promise<void> {
    await this.flush(object);
    this.#end(object);
    await microtasks();
  }

  // — time —

  /** Everything that happens without time going by happens, as far as disks and network allow. */
  async settle(): Promise<void> {
    for (let steps = 0; await this.step(); steps += 1) {
      if (steps > 50_000) throw new Error('It never comes to rest');
    }
  }

  /** One thing happens that needs no time to go by. Returns whether there was one. */
  async step(): Promise<boolean> {
    const incoming = this.#incoming.shift();
    if (incoming !== undefined) return this.#done(incoming());
    const behind = this.objects.find(({ isDiskSlow, storage }) => !isDiskSlow && storage.isBehind);
    if (behind !== undefined) return this.#done(this.flush(behind));
    if ((this.time.nextDue() ?? Number.POSITIVE_INFINITY) <= this.time.now) {
      this.time.runNext();
      return this.#done(microtasks());
    }
    // Nobody is called in the order of calling.
    const callable = this.#calls.filter(({ to }) => to.mood !== 'silent');
    const call = callable[Math.floor(this.#random() * callable.length)];
    if (call !== undefined) {
      this.#calls.splice(this.#calls.indexOf(call), 1);
      return this.#done(this.#deliver(call));
    }
    const alarmed = this.objects.find((object) => (this.#alarmOf(object) ?? Number.POSITIVE_INFINITY) <= this.time.now);
    return alarmed !== undefined && this.#done(this.#fireAlarm(alarmed));
  }

  /** Time goes by; whatever is due on the way happens in its order. */
  advance(ms: number): Promise<void> {
    return this.time.advance(
      ms,
      (end) => this.#nextDue(end),
      () => this.settle(),
    );
  }

  /** Runs what is not of any object. */
  outside<T>(work: () => T): T {
    return this.#running.run(null, work);
  }

  async #done(work: Promise<void>): Promise<true> {
    await work;
    return true;
  }

  #nextDue(end: number): number | null {
    const dues = [this.time.nextDue(), ...this.objects.map((object) => this.#alarmOf(object))].filter((due) => due !== null && due <= end);
    return dues.length === 0 ? null : Math.min(...dues.map((due) => due ?? 0));
  }

  #alarmOf({ life, storage }: SimulatedObject): number | null {
    return life?.isAlarmRunning === true ? null : storage.alarmAt;
  }

  async #fireAlarm(object: SimulatedObject): Promise<void> {
    await this.#move(object, (instance, life) => {
      // Waking may have set it anew already.
      if ((object.storage.alarmAt ?? 0) <= this.time.now) void object.storage.deleteAlarm();
      life.isAlarmRunning = true;
      void instance.alarm().then(() => {
        life.isAlarmRunning = false;
      });
    });
  }

  // — calls among objects —

  #stub(kind: Kind, name: string): unknown {
    return new Proxy(
      {},
      {
        get: (_, method) => {
          if (typeof method === 'symbol' || method === 'then') return undefined;
          return (...args: unknown[]) => this.#ask(this.object(kind, name), method, structuredClone(args));
        },
      },
    );
  }

  /** A call leaves its caller once what it follows from is on the disk. */
  #ask(to: SimulatedObject, method: string, args: readonly unknown[]): Promise<unknown> {
    const from = this.#running.getStore() ?? null;
    return new Promise((resolve, reject) => {
      const ask = () => void this.#calls.push({ from, to, method, args, resolve, reject });
      if (from === null) ask();
      else from.object.storage.gate(ask);
    });
  }

  async #deliver({ from, to, method, args, resolve, reject }: Call, isSure = false): Promise<void> {
    const mood = isSure ? 'well' : to.mood;
    const answer = (settle: () => void) => {
      if (from?.isOver !== true) settle();
    };
    if (mood === 'failing') {
      answer(() => reject(new Error('The network broke')));
      return microtasks();
    }
    const fail = (error: Error) => answer(() => reject(error));
    if (mood === 'failing_late') fail(new Error('The network broke'));
    to.hung.add(fail);
    const settled = (settle: () => void) =>
      to.storage.gate(() => {
        if (to.hung.delete(fail)) answer(settle);
      });
    await this.#move(to, (instance) => {
      this.#observer.called(to.kind, to.name, method, args);
      // The platform calls a method by its name, too.
      const methods = instance as unknown as Methods;
      Promise.resolve(methods[method]?.(...args)).then(
        (value) => settled(() => resolve(structuredClone(value))),
        (error) => settled(() => reject(error)),
      );
    });
  }

  // — objects in memory —

  #accepted: (socket: ServerSocket) => void = () => {};

  /** Wakes the object if it is not in memory, and does `work` with it. */
  async #move(object: SimulatedObject, work: (instance: Instance, life: Life) => void): Promise<void> {
    const life = object.life ?? (await this.#wake(object));
    this.#running.run(life, () => work(life.instance, life));
    await microtasks();
  }

  async #wake(object: SimulatedObject): Promise<Life> {
    const { kind, storage } = object;
    let awake: Promise<unknown> = Promise.resolve();
    const ctx = {
      storage,
      getWebSockets: () => [...object.sockets],
      acceptWebSocket: (socket: ServerSocket) => this.#accept(object, socket),
      setWebSocketAutoResponse: () => {},
      getWebSocketAutoResponseTimestamp: (socket: ServerSocket) => {
        const at = object.pongs.get(socket);
        return at === undefined ? null : new Date(at);
      },
      blockConcurrencyWhile: (work: () => Promise<unknown>) => {
        awake = work();
        return awake;
      },
    } as unknown as DurableObjectState;
    const life = { object, isOver: false, isAlarmRunning: false } as { -readonly [K in keyof Life]: Life[K] };
    this.#running.run(life, () => {
      life.instance = kind === 'room' ? new Room(ctx, this.#env) : new Inbox(ctx, this.#env);
    });
    object.life = life;
    await microtasks();
    await awake;
    return life;
  }

  #accept(object: SimulatedObject, socket: ServerSocket): void {
    object.sockets.add(socket);
    this.#accepted(socket);
    socket.side = {
      sent: (from, frame) => object.storage.gate(() => this.outside(() => this.#observer.heard(from, { frame }))),
      closed: (from, code) => {
        object.sockets.delete(from);
        object.storage.gate(() => this.outside(() => this.#observer.heard(from, { code })));
      },
    };
  }

  #end(object: SimulatedObject): void {
    if (object.life !== null) object.life.isOver = true;
    object.life = null;
    for (const fail of [...object.hung]) fail(new Error('The object is gone'));
    object.hung.clear();
  }
}
