import type { PutRequest } from './put-bytes';

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
  /** See `putBytes`. */
  put(request: PutRequest): Promise<number>;
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
  /** Calls `listener` when the page is shown or hidden; the function returned ends that. */
  onVisibility(listener: () => void): () => void;
  /** Calls `listener` when the network comes back or the user returns to the page; the function returned ends that. */
  onWake(listener: () => void): () => void;
}
