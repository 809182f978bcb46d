/** What a connection tells its owner. Nothing is told any more once the owner has closed it. */
export interface ConnectionHandlers {
  received(text: string): void;
  /** The close code; 1006 when the network failed or the server never answered. */
  closed(code: number): void;
}

export interface Connection {
  /** Does nothing unless the connection is open. */
  send(text: string): void;
  close(): void;
}

/** Everything the wire takes from its surroundings, so that it runs the same in a browser, in Node and under a fake clock. */
export interface Platform {
  /** Like `https://relayhub.example`, without a slash at the end. */
  readonly origin: string;
  readonly fetch: typeof fetch;
  connect(url: string, protocols: readonly string[], handlers: ConnectionHandlers): Connection;
  /** Milliseconds since the epoch, this machine's clock. */
  now(): number;
  /** From 0 up to but not including 1. */
  random(): number;
  /** A fresh lower-case UUID. */
  newId(): string;
  /** Runs `work` once after `ms`; the function returned calls it off. */
  after(ms: number, work: () => void): () => void;
  /** Runs `work` while no other tab of this origin runs work of the same name. */
  exclusively<T>(name: string, work: () => Promise<T>): Promise<T>;
  isVisible(): boolean;
  /** Calls `listener` when the network comes back or the user returns to the page; the function returned ends that. */
  onWake(listener: () => void): () => void;
}

/** Opens a connection with the standard WebSocket of browsers and Node. */
export function connectWebSocket(url: string, protocols: readonly string[], handlers: ConnectionHandlers): Connection {
  const socket = new WebSocket(url, [...protocols]);
  let isAbandoned = false;
  socket.addEventListener('message', ({ data }) => {
    if (!isAbandoned && typeof data === 'string') handlers.received(data);
  });
  socket.addEventListener('close', ({ code }) => {
    if (!isAbandoned) handlers.closed(code);
  });
  return {
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close() {
      isAbandoned = true;
      socket.close();
    },
  };
}

/** The platform of a page. */
export function browserPlatform(): Platform {
  return {
    origin: location.origin,
    fetch: (input, init) => fetch(input, init),
    connect: connectWebSocket,
    now: () => Date.now(),
    random: () => Math.random(),
    newId: () => crypto.randomUUID(),
    after(ms, work) {
      const timer = setTimeout(work, ms);
      return () => clearTimeout(timer);
    },
    exclusively: (name, work) => ('locks' in navigator ? navigator.locks.request(name, work) : work()),
    isVisible: () => document.visibilityState === 'visible',
    onWake(listener) {
      const onVisibility = () => {
        if (document.visibilityState === 'visible') listener();
      };
      addEventListener('online', listener);
      // A page kept whole by the back-forward cache returns with its sockets cut.
      addEventListener('pageshow', listener);
      document.addEventListener('visibilitychange', onVisibility);
      return () => {
        removeEventListener('online', listener);
        removeEventListener('pageshow', listener);
        document.removeEventListener('visibilitychange', onVisibility);
      };
    },
  };
}
