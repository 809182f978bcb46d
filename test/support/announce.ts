import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import type { Person } from './people';

export interface Announcement {
  readonly method: 'POST' | 'PUT';
  /** Of the body that is announced. */
  readonly type: string;
  readonly byteLength: number;
}

/**
 * Says how much is to come, and sends nothing before the answer: the local runtime may lose an answer that overtakes
 * what is being sent (workers-sdk#15709).
 */
export async function announce(
  { accessToken }: Pick<Person, 'accessToken'>,
  url: string,
  { method, type, byteLength }: Announcement,
): Promise<{ status: number; body: unknown }> {
  const headers = { authorization: `Bearer ${accessToken}`, 'content-type': type, 'content-length': Math.round(byteLength) };
  const call = request(url, { method, headers });
  const answered = once(call, 'response');
  call.flushHeaders();
  const [response]: IncomingMessage[] = await answered;
  const body: unknown = response === undefined ? null : await json(response);
  call.destroy();
  return { status: response?.statusCode ?? 0, body };
}
