import * as v from 'valibot';
import type { Platform } from './platform';
import { offlineProblem, toProblem, WireProblem } from './wire-problem';

export interface Call<Schema extends v.GenericSchema> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query, from `/api`. */
  readonly path: string;
  /** What the answer must look like; `v.unknown()` where there is no body. */
  readonly answer: Schema;
  /** Sent as JSON, a form as what it is. */
  readonly body?: unknown;
  readonly token?: string;
  readonly signal?: AbortSignal;
  /** For calls that take the server longer. */
  readonly timeoutMs?: number;
}

/** After sleep or a change of network a request can hang for minutes: past this it counts as unanswered. */
const answerTimeoutMs = 20_000;

/**
 * Makes one call and checks its answer.
 * @throws WireProblem with the server's code, or `offline`, or `unexpected`. An aborted call throws the signal's reason.
 */
export async function callApi<Schema extends v.GenericSchema>(platform: Platform, call: Call<Schema>): Promise<v.InferOutput<Schema>> {
  const headers = new Headers({ accept: 'application/json' });
  // The boundary between a form's fields is the browser's to choose.
  if (call.body !== undefined && !(call.body instanceof FormData)) headers.set('content-type', 'application/json');
  if (call.token !== undefined) headers.set('authorization', `Bearer ${call.token}`);
  const init: RequestInit = { method: call.method, headers, credentials: 'same-origin', cache: 'no-store' };
  if (call.body instanceof FormData) init.body = call.body;
  else if (call.body !== undefined) init.body = JSON.stringify(call.body);
  const deadline = new AbortController();
  const callOffDeadline = platform.after(call.timeoutMs ?? answerTimeoutMs, () => deadline.abort());
  init.signal = call.signal === undefined ? deadline.signal : AbortSignal.any([call.signal, deadline.signal]);

  let response: Response;
  let text: string;
  try {
    response = await platform.fetch(platform.origin + call.path, init);
    text = await response.text();
  } catch {
    call.signal?.throwIfAborted();
    throw offlineProblem();
  } finally {
    callOffDeadline();
  }
  const body = parseJson(text);
  if (!response.ok) throw toProblem(response.status, body, response.headers.get('retry-after'));
  const parsed = v.safeParse(call.answer, body);
  if (!parsed.success) throw new WireProblem('unexpected', 'RelayHub answered in a form this page does not know');
  return parsed.output;
}

/** A medium may take its time, but not while nothing of it comes. */
const stallMs = 30_000;

export interface BytesRequest {
  readonly path: string;
  readonly token: string;
  readonly signal: AbortSignal;
  /** How many bytes have come so far. */
  progress(bytes: number): void;
}

/**
 * Fetches bytes that only the bearer may have.
 * @throws WireProblem as `callApi` does. An aborted call throws the signal's reason.
 */
export async function fetchBytes(platform: Platform, { path, token, signal, progress }: BytesRequest): Promise<Blob> {
  const stalled = new AbortController();
  let callOff = () => {};
  const watch = () => {
    callOff();
    callOff = platform.after(stallMs, () => stalled.abort());
  };
  watch();
  try {
    const response = await platform.fetch(platform.origin + path, {
      headers: { authorization: `Bearer ${token}` },
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.any([signal, stalled.signal]),
    });
    if (!response.ok) throw toProblem(response.status, parseJson(await response.text()), response.headers.get('retry-after'));
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    let bytes = 0;
    const reader = response.body?.getReader();
    for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
      watch();
      chunks.push(part.value);
      bytes += part.value.length;
      progress(bytes);
    }
    return new Blob(chunks, { type: response.headers.get('content-type') ?? '' });
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof WireProblem ? error : offlineProblem();
  } finally {
    callOff();
  }
}

/** The value, or undefined where the text is not JSON: the schema decides what that means. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
