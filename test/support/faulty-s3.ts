import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

/** Less than anybody waits, and more than is pleasant. */
const dawdleMs = 1_500;

/** What the store does with a request; 'cutting' breaks off in the middle of what it gives, 'dawdling' does all of it, later. */
type Mood = 'well' | 'refusing' | 'erring' | 'dropping' | 'hanging' | 'cutting' | 'dawdling';

/** How the store treats what belongs to one room: tests side by side each have a room of their own. */
export class Shelf {
  mood: Mood = 'well';
  /** The methods that it fails, while it is not well. */
  fails: RegExp = /./;
  /** Requests it failed, by what it did with them. */
  readonly failed: Record<Exclude<Mood, 'well'>, number> = { refusing: 0, erring: 0, dropping: 0, hanging: 0, cutting: 0, dawdling: 0 };
}

/** An S3 store that fails when told to: puts, gives and deletes objects, and asks for no signature. */
export class FaultyS3 {
  /** For S3_ENDPOINT. */
  readonly url: string;
  /** Objects by path, `/bucket/key`. */
  readonly objects = new Map<string, Buffer>();
  readonly #shelves = new Map<string, Shelf>();
  readonly #server: Server;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async start(): Promise<FaultyS3> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('No free port');
    const store = new FaultyS3(server, `http://127.0.0.1:${address.port}`);
    server.on('request', (request, response) => void store.#answer(request, response));
    return store;
  }

  /** Where the objects of a room lie. */
  shelf(chatId: string): Shelf {
    const shelf = this.#shelves.get(chatId) ?? new Shelf();
    this.#shelves.set(chatId, shelf);
    return shelf;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Whoever gives up while sending has sent nothing.
    const body = await buffer(request).catch(() => null);
    if (body === null) return;
    const { pathname } = new URL(request.url ?? '/', this.url);
    // `/bucket/rooms/chat/…` or `/bucket/uploads/chat/…`
    const { mood, fails, failed } = this.shelf(pathname.split('/')[3] ?? '');
    const isFailing = mood !== 'well' && fails.test(request.method ?? '');
    if (isFailing) {
      failed[mood] += 1;
      if (mood === 'refusing') response.writeHead(503).end();
      if (mood === 'erring') response.writeHead(500).end('<Error><Code>InternalError</Code></Error>');
      if (mood === 'dropping') request.socket.destroy();
      if (mood === 'dawdling') await delay(dawdleMs);
      else if (mood !== 'cutting') return;
    }
    const isCut = isFailing && mood === 'cutting';
    switch (request.method) {
      case 'PUT':
        if (isCut) return void request.socket.destroy();
        this.objects.set(pathname, body);
        response.writeHead(200, { etag: '"0"' }).end();
        return;
      case 'DELETE':
        this.objects.delete(pathname);
        response.writeHead(204).end();
        return;
      default:
        give(request, response, this.objects.get(pathname), isCut);
    }
  }
}

function give(request: IncomingMessage, response: ServerResponse, object: Buffer | undefined, isCut: boolean): void {
  if (object === undefined) {
    response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
    return;
  }
  const [, first, last] = request.headers.range?.match(/^bytes=(\d+)-(\d+)$/) ?? [];
  const part = first === undefined ? object : object.subarray(Number(first), Number(last) + 1);
  response.writeHead(first === undefined ? 200 : 206, { etag: '"0"', 'content-length': part.length });
  if (request.method === 'HEAD') response.end();
  else if (isCut) response.write(part.subarray(0, part.length >> 1), () => request.socket.resetAndDestroy());
  else response.end(part);
}
