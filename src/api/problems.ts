import { ConfigError } from '../config';
import { problems, Refusal } from '../protocol/errors';
import type { Problem } from '../protocol/rest';

/**
 * A refusal as an RFC 9457 answer (spec section 1), with `Retry-After` in whole seconds when it is known
 * when trying again can succeed.
 */
export function problemAnswer(refusal: Refusal): Response {
  const { status, title } = problems[refusal.code];
  const body: Problem = {
    type: 'about:blank',
    title,
    status,
    code: refusal.code,
    detail: refusal.message,
    ...(refusal.fields.length > 0 && { errors: refusal.fields }),
  };
  const headers = new Headers({ 'content-type': 'application/problem+json' });
  if (refusal.retryAfterMs !== undefined) headers.set('retry-after', String(Math.ceil(refusal.retryAfterMs / 1000)));
  return new Response(JSON.stringify(body), { status, headers });
}

/**
 * Whatever a handler threw, as an answer. What is not a Refusal is a fault: the caller learns only that it was one,
 * and the log gets its class and where it happened, never its words, which may quote input.
 *
 * @param route the matched pattern like `/api/chats/:id`, never the path itself.
 */
export function answerError(error: unknown, method: string, route: string): Response {
  if (error instanceof Refusal) return problemAnswer(error);
  console.error(JSON.stringify({ event: 'fault', error: errorClass(error), method, route }));
  return problemAnswer(new Refusal('unavailable'));
}

function errorClass(error: unknown): string {
  if (error instanceof ConfigError) return `${error.name}: ${error.message}`;
  return error instanceof Error ? error.name : typeof error;
}
