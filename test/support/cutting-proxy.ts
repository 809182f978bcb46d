import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A network that breaks: it passes on as many bytes of each connection, both ways together, as it is told, and cuts it there. */
export class CuttingProxy {
  /** Origin to use in place of the server's. */
  readonly url: string;
  /** Connections cut so far. */
  cuts = 0;
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  /**
   * @param target origin of the server
   * @param nextLife how many bytes the next connection lives for
   */
  static async start(target: string, nextLife: () => number): Promise<CuttingProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('No free port');
    const proxy = new CuttingProxy(server, `http://127.0.0.1:${address.port}`);
    const { hostname, port } = new URL(target);
    server.on('connection', (client) => proxy.#join(client, connect(Number(port), hostname), nextLife()));
    return proxy;
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
    await once(this.#server, 'close');
  }

  #join(client: Socket, server: Socket, life: number): void {
    let left = life;
    const pass = (from: Socket, to: Socket) => {
      this.#open.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        this.#open.delete(from);
        to.destroySoon();
      });
      from.on('data', (chunk) => {
        if (left <= 0) return;
        to.write(chunk.subarray(0, left));
        left -= chunk.length;
        if (left > 0) return;
        this.cuts += 1;
        client.destroySoon();
        server.destroySoon();
      });
    };
    pass(client, server);
    pass(server, client);
  }
}
