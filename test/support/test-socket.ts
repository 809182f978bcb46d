import * as v from 'valibot';
import { bearerSubprotocolPrefix, subprotocol } from '../../src/protocol/close-codes';
import { maxServerFrameBytes } from '../../src/protocol/limits';
import { defaultDeadlineMs } from './poll';

/** How a socket ended, as its client saw it; 1006 when the connection just broke. */
export interface Closing {
  readonly code: number;
  readonly reason: string;
}

interface Waiter<Event> {
  tell(event: Event): void;
  fail(error: Error): void;
}

/**
 * A client of one socket that holds the server to the protocol: every event must match `schema`,
 * every frame keep its bound. The first breach fails all waiting, then and later.
 */
export class TestSocket<Event extends { type: string }, Sent> {
  /** Every event received, in order. */
  readonly events: Event[] = [];
  /** The same as they were framed [SYNC-3]. */
  readonly frames: Event[][] = [];
  /** Resolves when the server has accepted the upgrade; a refusal shows in `closed`. */
  readonly opened: Promise<void>;
  /** Never rejects. */
  readonly closed: Promise<Closing>;
  /** Called with each frame's events, for clients that act on them. */
  onFrame: ((events: readonly Event[]) => void) | undefined;
  /** How the server broke the protocol, if it did. */
  breach: Error | undefined;
  readonly #socket: WebSocket;
  readonly #schema: v.GenericSchema<unknown, Event>;
  readonly #waiters = new Set<Waiter<Event>>();
  readonly #pongs: (() => void)[] = [];
  #end: Error | undefined;

  /** @param url `ws:` URL of the socket */
  constructor(url: string, accessToken: string | null, schema: v.GenericSchema<unknown, Event>) {
    this.#schema = schema;
    const protocols = accessToken === null ? [subprotocol] : [subprotocol, bearerSubprotocolPrefix + accessToken];
    this.#socket = new WebSocket(url, protocols);
    this.opened = new Promise((resolve) => {
      this.#socket.addEventListener('open', () => {
        if (this.#socket.protocol !== subprotocol) this.#fail(new Error(`The server chose the subprotocol "${this.#socket.protocol}"`));
        resolve();
      });
    });
    this.closed = new Promise((resolve) => {
      this.#socket.addEventListener('close', ({ code, reason }) => {
        this.#fail(new Error(`The socket closed with ${code} ${reason}`));
        resolve({ code, reason });
      });
    });
    // A failed connection also closes, which is where it is dealt with.
    this.#socket.addEventListener('error', () => {});
    this.#socket.addEventListener('message', (message) => this.#receive(message.data));
  }

  /** Sends one frame: an event, or several in an array. */
  send(event: Sent | readonly Sent[]): void {
    this.sendRaw(JSON.stringify(event));
  }

  /** Sends whatever it is given, for attacks. */
  sendRaw(frame: string | Uint8Array<ArrayBuffer>): void {
    if (this.#end !== undefined) throw this.#end;
    this.#socket.send(frame);
  }

  /** The first event, past or to come, that `matches`. @throws after `deadlineMs`, or when the socket ends before */
  waitFor(matches: (event: Event) => boolean, deadlineMs = defaultDeadlineMs): Promise<Event> {
    const known = this.events.find(matches);
    if (known !== undefined) return Promise.resolve(known);
    if (this.#end !== undefined) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter<Event> = {
        tell: (event) => {
          if (!matches(event)) return;
          settle();
          resolve(event);
        },
        fail: (error) => {
          settle();
          reject(error);
        },
      };
      const timer = setTimeout(() => waiter.fail(this.#late(deadlineMs)), deadlineMs);
      this.#waiters.add(waiter);
    });
  }

  /** The first event of this type, past or to come, that `matches`. Throws as `waitFor`. */
  async waitForType<Type extends Event['type']>(
    type: Type,
    matches: (event: Extract<Event, { type: Type }>) => boolean = () => true,
    deadlineMs = defaultDeadlineMs,
  ): Promise<Extract<Event, { type: Type }>> {
    const isType = (event: Event): event is Extract<Event, { type: Type }> => event.type === type;
    const event = await this.waitFor((candidate) => isType(candidate) && matches(candidate), deadlineMs);
    if (!isType(event)) throw new Error(`Waited for ${type}, got ${event.type}`);
    return event;
  }

  /** The events of one type received so far. */
  eventsOfType<Type extends Event['type']>(type: Type): Extract<Event, { type: Type }>[] {
    return this.events.filter((event): event is Extract<Event, { type: Type }> => event.type === type);
  }

  /** Sends `ping` and waits for its `pong` [SOCK-5]. */
  async ping(deadlineMs = defaultDeadlineMs): Promise<void> {
    const answered = new Promise<void>((resolve) => this.#pongs.push(resolve));
    this.sendRaw('ping');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`No pong within ${deadlineMs} ms`)), deadlineMs);
    });
    await Promise.race([answered, late]).finally(() => clearTimeout(timer));
  }

  /** Closes as a client that leaves; `closed` tells when it is done. */
  close(code = 1000): Promise<Closing> {
    this.#socket.close(code);
    return this.closed;
  }

  #receive(data: unknown): void {
    if (data === 'pong') {
      this.#pongs.shift()?.();
      return;
    }
    const events = this.#parse(data);
    if (events === null) return;
    this.frames.push(events);
    for (const event of events) {
      this.events.push(event);
      for (const waiter of [...this.#waiters]) waiter.tell(event);
    }
    this.onFrame?.(events);
  }

  #parse(data: unknown): Event[] | null {
    try {
      if (typeof data !== 'string') throw new Error('a binary frame');
      const bytes = Buffer.byteLength(data);
      if (bytes > maxServerFrameBytes) throw new Error(`a frame of ${bytes} bytes`);
      const json: unknown = JSON.parse(data);
      return v.parse(v.array(this.#schema), Array.isArray(json) ? json : [json]);
    } catch (error) {
      const issues = v.isValiError(error) ? v.flatten(error.issues).nested : error;
      this.breach = new Error(`The server broke the protocol: ${JSON.stringify(issues)} ${String(error)} in ${String(data).slice(0, 500)}`);
      this.#fail(this.breach);
      return null;
    }
  }

  #fail(error: Error): void {
    this.#end ??= error;
    for (const waiter of [...this.#waiters]) waiter.fail(this.#end);
  }

  #late(deadlineMs: number): Error {
    return new Error(
      `Nothing matched within ${deadlineMs} ms; received: ${this.events.map((event) => event.type).join(', ') || 'nothing'}`,
    );
  }
}
