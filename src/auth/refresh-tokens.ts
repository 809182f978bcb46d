import { base64url } from 'jose';
import * as v from 'valibot';
import { uuid } from '../protocol/text';

/** A session unused for this long is over [AUTH-3]. */
export const sessionIdleMs = 30 * 24 * 60 * 60 * 1000;
/** A session is over this long after its login, however much it is used [AUTH-3]. */
export const sessionAbsoluteMs = 90 * 24 * 60 * 60 * 1000;
/** For this long after a rotation the spent token still gets its successor: a second tab, a lost answer [AUTH-3]. */
export const repeatGraceMs = 10_000;
/** Length of a token's secret part. */
export const secretBytes = 32;

/** One token of a session's family; as text `<session id>.<secret in base64url>`. */
export interface RefreshToken {
  readonly sessionId: string;
  readonly secret: Uint8Array<ArrayBuffer>;
}

/** What is stored of a session's tokens; times in milliseconds. */
export interface TokenFamily {
  readonly tokenHash: string;
  readonly spentTokenHash: string | null;
  readonly createdAt: number;
  readonly rotatedAt: number;
  readonly endedAt: number | null;
}

export function formatRefreshToken({ sessionId, secret }: RefreshToken): string {
  return `${sessionId}.${base64url.encode(secret)}`;
}

/** The token that `text` spells, or `null`. */
export function parseRefreshToken(text: string): RefreshToken | null {
  const [sessionId, encoded, ...rest] = text.split('.');
  if (!v.is(uuid, sessionId) || encoded === undefined || !/^[A-Za-z0-9_-]{43}$/.test(encoded) || rest.length > 0) return null;
  const secret = new Uint8Array(base64url.decode(encoded));
  return secret.length === secretBytes ? { sessionId, secret } : null;
}

/** What the directory keeps instead of the token: SHA-256 in base64url. */
export async function hashSecret(secret: Uint8Array<ArrayBuffer>): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', secret)));
}

/**
 * The token that follows a spent one: HMAC-SHA-256 under the server's key, so that whoever spends the same token
 * again gets the same successor and nobody else can compute it [AUTH-3].
 */
export async function succeed(serverKey: Uint8Array<ArrayBuffer>, spent: RefreshToken): Promise<RefreshToken> {
  const key = await crypto.subtle.importKey('raw', serverKey, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return { sessionId: spent.sessionId, secret: new Uint8Array(await crypto.subtle.sign('HMAC', key, spent.secret)) };
}

/** A presented token and the one that follows it, hashed as they are stored. */
export interface PresentedToken {
  readonly hash: string;
  readonly successorHash: string;
}

/**
 * What a presented token is to its session: the `current` one; within the grace after the last rotation the one spent in it
 * (`repeated`), or the one before that (`repeated_twice`: its successor is spent as well, by a tab that was faster);
 * `over`, when the session is; or `stolen`: spent earlier, or never given out, so that the session must end [AUTH-3].
 */
export function judgeToken(
  family: TokenFamily,
  presented: PresentedToken,
  now: number,
): 'current' | 'repeated' | 'repeated_twice' | 'over' | 'stolen' {
  const isOver = family.endedAt !== null || now - family.rotatedAt > sessionIdleMs || now - family.createdAt > sessionAbsoluteMs;
  if (isOver) return 'over';
  if (presented.hash === family.tokenHash) return 'current';
  if (now - family.rotatedAt > repeatGraceMs) return 'stolen';
  if (presented.hash === family.spentTokenHash) return 'repeated';
  return presented.successorHash === family.spentTokenHash ? 'repeated_twice' : 'stolen';
}
