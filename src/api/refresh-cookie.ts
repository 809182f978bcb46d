import { sessionIdleMs } from '../auth/refresh-tokens';

const cookieName = 'relayhub_refresh';
const attributes = 'Path=/api; HttpOnly; Secure; SameSite=Strict';

/** `Set-Cookie` that carries a refresh token out of the page's reach [AUTH-3]. */
export function refreshCookie(token: string): string {
  return `${cookieName}=${token}; ${attributes}; Max-Age=${sessionIdleMs / 1000}`;
}

/** `Set-Cookie` that takes it away. */
export const clearedRefreshCookie = `${cookieName}=; ${attributes}; Max-Age=0`;

/** The refresh token of the request's cookie, or `null`. */
export function readRefreshCookie(request: Request): string | null {
  for (const pair of (request.headers.get('cookie') ?? '').split(';')) {
    const [name, value] = pair.split('=', 2);
    if (name?.trim() === cookieName && value) return value.trim();
  }
  return null;
}
