import type { Config } from '../config';

/**
 * The answer with the headers of [SEC-1]. `no-store` unless the handler said otherwise.
 * Upgrades pass untouched: their headers belong to the runtime.
 */
export function withSecurityHeaders(answer: Response, config: Config): Response {
  if (answer.status === 101) return answer;
  const secured = new Response(answer.body, answer);
  for (const [name, value] of securityHeaders(config)) secured.headers.set(name, value);
  if (!secured.headers.has('cache-control')) secured.headers.set('cache-control', 'no-store');
  return secured;
}

function securityHeaders(config: Config): [name: string, value: string][] {
  return [
    ['content-security-policy', contentSecurityPolicy(config)],
    ['strict-transport-security', 'max-age=63072000; includeSubDomains'],
    ['cross-origin-opener-policy', 'same-origin'],
    ['cross-origin-resource-policy', 'same-origin'],
    ['x-content-type-options', 'nosniff'],
    ['referrer-policy', 'no-referrer'],
    ['permissions-policy', 'camera=(self), microphone=(self), geolocation=()'],
  ];
}

/** Pictures come from the page, from memory and from the store; frames from the page's own host, by a scheme `'self'` does not cover everywhere. */
function contentSecurityPolicy({ appOrigin, s3 }: Config): string {
  const mediaOrigin = new URL(s3.endpoint).origin;
  const socketOrigin = appOrigin.replace(/^http/, 'ws');
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    `img-src 'self' blob: ${mediaOrigin}`,
    `media-src 'self' blob: ${mediaOrigin}`,
    `connect-src 'self' ${socketOrigin} ${mediaOrigin}`,
    "base-uri 'none'",
    // Forms are sent by script: without it, no password may end in a URL.
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
