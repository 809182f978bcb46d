import { request } from 'node:http';
import * as v from 'valibot';
import { expect } from 'vitest';
import { problem } from '../../src/protocol/rest';
import type { ChatOfTwo } from './chats';
import type { Harness } from './harness';

/** What no answer and no log may show: stacks, statements, tokens, what the store calls things. */
const innards =
  /\bat .+:\d+:\d+|node_modules|\.ts\b|SQLITE|\b(SELECT|INSERT|UPDATE|DELETE) |eyJ[\w-]{10}|X-Amz-|ArgumentError|TypeError|ValiError/;

/** What an attack got back. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface RawRequest {
  readonly body?: RequestInit['body'];
  readonly token?: string;
  readonly headers?: Record<string, string>;
}

/** A request exactly as given, JSON by its header unless `headers` says otherwise. */
export async function attack(method: string, url: string, { body, token, headers = {} }: RawRequest = {}): Promise<Reply> {
  const all = {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...headers,
  };
  const answer = await fetch(url, { method, headers: all, ...(body === undefined ? {} : { body, duplex: 'half' }) });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

/** A request with headers that fetch keeps to itself, such as `upgrade`. `101` when the server switched protocols. */
export function attackUpgrade(url: string, headers: Record<string, string>): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers: { connection: 'Upgrade', ...headers } });
    sent.on('error', reject);
    sent.on('upgrade', (answer, socket) => {
      socket.destroy();
      resolve({ status: answer.statusCode ?? 0, headers: new Headers(), text: '' });
    });
    sent.on('response', async (answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk);
      const received = new Headers(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]));
      resolve({ status: answer.statusCode ?? 0, headers: received, text: Buffer.concat(chunks).toString() });
    });
    sent.end();
  });
}

/** Spec section 1: the coded problem, kept by no cache, and nothing of what the caller sent or the server is made of. */
export function expectProblem({ status, headers, text }: Reply, expected: [status: number, code: string], sent = ''): void {
  expect([status, headers.get('content-type')], text).toEqual([expected[0], 'application/problem+json']);
  expect(headers.get('cache-control')).toBe('no-store');
  const body = v.parse(problem, JSON.parse(text));
  expect([body.status, body.code]).toEqual(expected);
  expect(text).not.toMatch(innards);
  if (sent !== '') expect(text).not.toContain(sent);
}

/** Nothing that was logged since the start says what the innards are or what anybody wrote. */
export function expectQuietLogs({ server }: Harness, ...secrets: string[]): void {
  for (const { message } of server.getLogs()) {
    expect(message).not.toMatch(innards);
    for (const secret of secrets) expect(message).not.toContain(secret);
  }
}

/** Every row of a room: the same before and after what must change nothing. */
export async function roomRows({ worker }: Harness, { chatId }: Pick<ChatOfTwo, 'chatId'>): Promise<unknown> {
  const storage = await worker.getDurableObjectStorage('Room', { name: chatId });
  const tables = ['messages', 'members', 'media', 'jobs'];
  return Promise.all(tables.map((table) => storage.exec(`SELECT * FROM ${table}`)));
}
