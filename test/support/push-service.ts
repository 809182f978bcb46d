import { createECDH, type ECDH, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decrypt } from 'http_ece';
import { importJWK, jwtVerify } from 'jose';
import * as v from 'valibot';
import { until } from './poll';

/** A push as a device gets it. */
export interface ReceivedPush {
  readonly news: { readonly type: string; readonly chat_id: string };
  /** The payload as it was encrypted, to look for what must not be in it. */
  readonly text: string;
  readonly topic: string;
  readonly ttlSeconds: number;
  readonly urgency: string;
  readonly at: number;
}

/** How the service answers one push; beyond the list it takes each. */
export type PushAnswer = { readonly status: number; readonly retryAfter?: string; readonly location?: string } | 'hang';

const payload = v.strictObject({ type: v.string(), chat_id: v.pipe(v.string(), v.uuid()) });

/** What a browser has of a push subscription, and what was pushed to it. */
export class PushDevice {
  readonly subscription: { endpoint: string; keys: { p256dh: string; auth: string } };
  readonly received: ReceivedPush[] = [];
  /** How the next pushes are answered, in turn. */
  readonly answers: PushAnswer[] = [];
  /** When the service was called, whatever it answered. */
  readonly calls: number[] = [];
  readonly #ecdh: ECDH;
  readonly #auth = randomBytes(16);

  constructor(endpoint: string) {
    this.#ecdh = createECDH('prime256v1');
    this.subscription = {
      endpoint,
      keys: { p256dh: this.#ecdh.generateKeys('base64url'), auth: this.#auth.toString('base64url') },
    };
  }

  /** @throws where it was not encrypted to this device as RFC 8291 says */
  open(body: Buffer): string {
    return decrypt(body, { version: 'aes128gcm', privateKey: this.#ecdh, authSecret: this.#auth }).toString('utf8');
  }

  /** Of one chat, in the order in which they came. */
  of(chatId: string): ReceivedPush[] {
    return this.received.filter(({ news }) => news.chat_id === chatId);
  }

  /** The last push of a chat, once there are as many. */
  async waitFor(chatId: string, count: number, deadlineMs = 25_000): Promise<ReceivedPush> {
    await until(`push ${count} of a chat`, () => this.of(chatId).length >= count, deadlineMs);
    const push = this.of(chatId)[count - 1];
    if (push === undefined) throw new Error('It is there');
    return push;
  }
}

/**
 * A push service as browsers bring one along (RFC 8030): checks who sends (RFC 8292), and opens what comes with another
 * implementation of RFC 8291 than the one that encrypts. What is not as the RFCs say is answered `400` and kept in `faults`.
 */
export class PushService {
  readonly faults: string[] = [];
  readonly #server: Server;
  readonly #devices = new Map<string, PushDevice>();
  /** The key that the deployment says it signs by. */
  #expectedKey = '';

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<PushService> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new PushService(server);
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A browser subscribes with the deployment's public key. */
  subscribe(vapidPublicKey: string): PushDevice {
    this.#expectedKey = vapidPublicKey;
    const path = `/push/${randomUUID()}`;
    const device = new PushDevice(this.origin + path);
    this.#devices.set(path, device);
    return device;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const device = this.#devices.get(request.url ?? '');
    if (device === undefined) return void response.writeHead(404).end();
    device.calls.push(Date.now());
    const answer = device.answers.shift() ?? { status: 201 };
    if (answer === 'hang') return;
    try {
      await this.#verifySender(request);
      const push = read(request, device, Buffer.concat(chunks));
      if (answer.status === 201) device.received.push(push);
    } catch (error) {
      this.faults.push(error instanceof Error ? error.message : String(error));
      return void response.writeHead(400).end();
    }
    if (answer.retryAfter !== undefined) response.setHeader('retry-after', answer.retryAfter);
    if (answer.location !== undefined) response.setHeader('location', answer.location);
    response.writeHead(answer.status).end('said the service');
  }

  /** RFC 8292, section 2: a token for this service, of at most a day, signed by the key that the subscription is bound to. */
  async #verifySender(request: IncomingMessage): Promise<void> {
    const [, token = '', key = ''] = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(request.headers.authorization ?? '') ?? [];
    if (key !== this.#expectedKey) throw new Error('The key is not the one that was subscribed with');
    const point = Buffer.from(key, 'base64url');
    const jwk = { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') };
    const { payload: claims } = await jwtVerify(token, await importJWK(jwk, 'ES256'), {
      algorithms: ['ES256'],
      audience: this.origin,
      requiredClaims: ['exp', 'sub'],
    });
    if ((claims.exp ?? 0) * 1_000 > Date.now() + 24 * 60 * 60 * 1_000) throw new Error('The token lives longer than a day');
    if (!/^(https:|mailto:)/.test(claims.sub ?? '')) throw new Error('The token names no contact');
  }
}

function read({ method, headers }: IncomingMessage, device: PushDevice, body: Buffer): ReceivedPush {
  if (method !== 'POST' || headers['content-encoding'] !== 'aes128gcm') throw new Error('This is no Web Push');
  if (body.length > 4_096) throw new Error('The body is longer than a push service must take');
  const { ttl = '', topic = '', urgency = '' } = headers;
  if (!/^\d+$/.test(String(ttl))) throw new Error('A push needs a TTL');
  if (!/^[\w-]{1,32}$/.test(String(topic))) throw new Error('This is no topic');
  if (!/^(very-low|low|normal|high)$/.test(String(urgency))) throw new Error('This is no urgency');
  const text = device.open(body);
  const news = v.parse(payload, JSON.parse(text));
  return { news, text, topic: String(topic), ttlSeconds: Number(ttl), urgency: String(urgency), at: Date.now() };
}
