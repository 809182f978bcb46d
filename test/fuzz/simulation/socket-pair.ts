/** How a connection ended, as its client sees it. */
export interface Ending {
  readonly code: number;
}

/** What the object's side of a connection does, as the platform hears it. */
export interface ServerSide {
  sent(socket: ServerSocket, frame: string): void;
  closed(socket: ServerSocket, code: number): void;
}

/** The object's end of a connection. It outlives the object in memory, as a hibernatable socket does. */
export class ServerSocket {
  readonly bufferedAmount = 0;
  /** Accepted by the object and not yet closed by either side. */
  isOpen = true;
  side: ServerSide | null = null;
  #attachment: unknown = null;

  send(frame: string): void {
    if (!this.isOpen) throw new Error('The socket is closed');
    this.side?.sent(this, frame);
  }

  close(code: number): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.side?.closed(this, code);
  }

  serializeAttachment(attachment: unknown): void {
    this.#attachment = structuredClone(attachment);
  }

  deserializeAttachment(): unknown {
    return structuredClone(this.#attachment);
  }
}

/** The platform's global of this name; both ends are one here. */
export class WebSocketPair {
  readonly 0: ServerSocket;
  readonly 1: ServerSocket;

  constructor() {
    this[1] = new ServerSocket();
    this[0] = this[1];
  }
}
