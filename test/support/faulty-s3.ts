import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** What the store does with a request. */
type Mood = 'well' | 'refusing' | 'dropping' | 'hanging';

/** An S3 store that fails when told to: puts, gives and deletes objects, and asks for no signature. */
export class FaultyS3 {
  /** For S3_ENDPOINT. */
  readonly url: string;
  /** Objects by path, `/bucket/key`. */
  readonly objects = new Map<string, Buffer>();
  mood: Mood = 'well';
  /** Requests it failed, by what it did with them. */
  readonly failed: Record<Exclude<Mood, 'well'>, number> = { refusing: 0, dropping: 0, hanging: 0 };
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

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    if (this.mood !== 'well') {
      this.failed[this.mood] += 1;
      if (this.mood === 'refusing') response.writeHead(503).end();
      if (this.mood === 'dropping') request.socket.destroy();
      return;
    }
    const { pathname } = new URL(request.url ?? '/', this.url);
    switch (request.method) {
      case 'PUT':
        this.objects.set(pathname, body);
        response.writeHead(200, { etag: '"0"' }).end();
        return;
      case 'DELETE':
        this.objects.delete(pathname);
        response.writeHead(204).end();
        return;
      default:
        response.writeHead(this.objects.has(pathname) ? 200 : 404).end(this.objects.get(pathname));
    }
  }
}
