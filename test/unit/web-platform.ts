import type { ConnectionHandlers, Platform } from '../../web/wire/platform';
import type { PutRequest } from '../../web/wire/put-bytes';

/** A connection as the server's side of a test sees it. */
export interface FakeConnection {
  readonly url: URL;
  readonly protocols: readonly string[];
  readonly sent: string[];
  readonly isClosed: boolean;
  /** Delivers frames: objects as JSON, strings as they are. */
  deliver(...frames: (object | string)[]): void;
  closeWith(code: number): void;
}

/** Bytes on their way to the store, whose answer the test gives. */
export interface FakePut {
  readonly request: PutRequest;
  answer(status: number): void;
  /** The connection is gone. */
  drop(): void;
}

interface Timer {
  readonly at: number;
  readonly work: () => void;
}

/** A platform under the test's thumb: its clock moves, its network answers and its sockets speak when told to. */
export class FakePlatform implements Platform {
  readonly origin = 'https://relayhub.test';
  readonly connections: FakeConnection[] = [];
  readonly requests: { readonly path: string; readonly method: string; readonly token: string | null }[] = [];
  readonly puts: FakePut[] = [];
  /** Answers every request; a thrown error is a lost network. */
  answer: (path: string, method: string) => Response | Promise<Response> = () => Response.json({}, { status: 404 });
  randomness = 0.5;
  isPageVisible = true;
  #now = 1_800_000_000_000;
  #ids = 500_000;
  readonly #timers = new Set<Timer>();
  readonly #wakeListeners = new Set<() => void>();

  fetch: typeof fetch = async (input, init) => {
    const path = new URL(String(input)).pathname;
    const method = init?.method ?? 'GET';
    this.requests.push({ path, method, token: new Headers(init?.headers).get('authorization') });
    return this.answer(path, method);
  };

  onVisibility(): () => void {
    return () => {};
  }

  put(request: PutRequest): Promise<number> {
    return new Promise((answer, reject) => {
      request.signal.addEventListener('abort', () => reject(request.signal.reason));
      this.puts.push({ request, answer, drop: () => reject(new TypeError('Failed to fetch')) });
    });
  }

  connect(url: string, protocols: readonly string[], handlers: ConnectionHandlers) {
    const sent: string[] = [];
    let isClosed = false;
    this.connections.push({
      url: new URL(url),
      protocols,
      sent,
      get isClosed() {
        return isClosed;
      },
      deliver: (...frames) => {
        for (const frame of frames) if (!isClosed) handlers.received(typeof frame === 'string' ? frame : JSON.stringify(frame));
      },
      closeWith: (code) => {
        if (!isClosed) handlers.closed(code);
      },
    });
    return {
      send: (text: string) => void sent.push(text),
      close: () => {
        isClosed = true;
      },
    };
  }

  get last(): FakeConnection {
    const connection = this.connections.at(-1);
    if (connection === undefined) throw new Error('Nothing has connected');
    return connection;
  }

  now = () => this.#now;
  random = () => this.randomness;
  newId = () => testId(++this.#ids);
  isVisible = () => this.isPageVisible;
  exclusively = <T>(_name: string, work: () => Promise<T>) => work();

  after(ms: number, work: () => void): () => void {
    const timer = { at: this.#now + ms, work };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  onWake(listener: () => void): () => void {
    this.#wakeListeners.add(listener);
    return () => this.#wakeListeners.delete(listener);
  }

  wake(): void {
    for (const listener of [...this.#wakeListeners]) listener();
  }

  /** Moves the clock, runs what falls due in order, and lets promises settle. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.work();
      await settle();
    }
    this.#now = end;
  }
}

/** Lets everything that is ready run; a turn of the event loop comes after all promises. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** A UUID that says its number. */
export function testId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}
