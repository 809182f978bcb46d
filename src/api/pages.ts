import type { Env } from '../config';
import { Refusal } from '../protocol/errors';
import { problemAnswer } from './problems';

/**
 * Everything outside `/api`: a built file, or for a path that names no file the page itself,
 * whose own router takes over.
 */
export async function servePage(request: Request, env: Env): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return problemAnswer(new Refusal('method_not_allowed'));
  const url = new URL(request.url);
  const found = await env.ASSETS.fetch(request);
  if (found.status === 404) {
    if (namesFile(url.pathname)) return problemAnswer(new Refusal('not_found'));
    return env.ASSETS.fetch(new Request(new URL('/', url), request));
  }
  // A browser that kept an old service worker would serve an old page by it.
  if (url.pathname === '/sw.js') return withCacheControl(found, 'no-cache');
  return isHashed(url.pathname) ? withCacheControl(found, 'public, max-age=31536000, immutable') : found;
}

function namesFile(pathname: string): boolean {
  return /\.[^/]+$/.test(pathname);
}

/** The build puts a hash of the content in the names under this path. */
function isHashed(pathname: string): boolean {
  return pathname.startsWith('/assets/');
}

function withCacheControl(answer: Response, value: string): Response {
  const copy = new Response(answer.body, answer);
  copy.headers.set('cache-control', value);
  return copy;
}
