// The yardsticks: the least a room can be in a Durable Object that keeps what it passes on. No identity, no ids, no
// expiry, no history. `/<Class>/<room>` opens a socket; a frame is `{"t":"m","b":body}`.
import { DurableObject } from 'cloudflare:workers';

export default {
  fetch(request, env) {
    const [, kind, name] = new URL(request.url).pathname.split('/');
    const rooms = env[kind];
    return rooms.get(rooms.idFromName(name)).fetch(request);
  },
};

class BareRoom extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.sockets = new Set(ctx.getWebSockets());
    ctx.storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS messages(seq INTEGER PRIMARY KEY, sender TEXT NOT NULL, body TEXT NOT NULL, at INTEGER NOT NULL)',
    );
  }

  fetch() {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    this.sockets.add(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketClose(socket) {
    this.sockets.delete(socket);
  }

  webSocketError(socket) {
    this.sockets.delete(socket);
  }

  /** Writes one message and gives the event that tells it. */
  keep(frame, now) {
    const message = JSON.parse(frame);
    const inserted = this.ctx.storage.sql.exec(
      'INSERT INTO messages(sender, body, at) VALUES (?,?,?) RETURNING seq',
      'user',
      message.b,
      now,
    );
    return JSON.stringify({ ...message, id: inserted.one().seq });
  }

  tellAll(frame) {
    for (const socket of this.sockets) socket.send(frame);
  }
}

/** One INSERT and one frame per socket for each message. */
export class Sql extends BareRoom {
  webSocketMessage(_socket, frame) {
    this.tellAll(this.keep(frame, Date.now()));
  }
}

/** What comes while a commit is on its way to the disk becomes the next one: one transaction and one frame per socket. */
export class Adaptive extends BareRoom {
  #waiting = [];
  #isRunning = false;

  webSocketMessage(_socket, frame) {
    this.#waiting.push(frame);
    if (!this.#isRunning) void this.#run();
  }

  async #run() {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      const now = Date.now();
      const events = this.ctx.storage.transactionSync(() => batch.map((frame) => this.keep(frame, now)));
      this.tellAll(events.length === 1 ? events[0] : `[${events.join(',')}]`);
      await this.ctx.storage.sync();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    this.#isRunning = false;
  }
}
