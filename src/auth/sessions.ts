import { assertNever } from '../assert-never';
import type { Config } from '../config';
import type { Directory } from '../directory/directory';
import { findSession, insertSession, rotateToken, type SessionRow } from '../directory/sessions';
import {
  formatRefreshToken,
  hashSecret,
  judgeToken,
  parseRefreshToken,
  type RefreshToken,
  secretBytes,
  sessionAbsoluteMs,
  sessionIdleMs,
  succeed,
  type TokenFamily,
} from './refresh-tokens';

/** A session and the text of the refresh token that continues it. */
export interface OpenSession {
  readonly userId: string;
  readonly sessionId: string;
  readonly refreshToken: string;
}

export type RefreshOutcome =
  | { readonly kind: 'refreshed'; readonly session: OpenSession }
  /** The session is over, or is to be ended now because a spent token came back: end it everywhere, again if need be. */
  | { readonly kind: 'end'; readonly userId: string; readonly sessionId: string }
  /** The session was pruned, or never was. */
  | { readonly kind: 'unknown' };

/** Begins a session for a user who has proven who they are [AUTH-3]. */
export async function beginSession(
  directory: Directory,
  user: { id: string },
  source: { newId(): string; randomBytes(length: number): Uint8Array<ArrayBuffer>; now(): number },
): Promise<OpenSession> {
  const token = { sessionId: source.newId(), secret: source.randomBytes(secretBytes) };
  await insertSession(directory, { id: token.sessionId, userId: user.id, tokenHash: await hashSecret(token.secret), now: source.now() });
  return { userId: user.id, sessionId: token.sessionId, refreshToken: formatRefreshToken(token) };
}

/** Whose session the refresh token continues, which stays unspent; null for one that would not be refreshed. */
export async function recogniseSession(
  directory: Directory,
  text: string,
  now: number,
): Promise<{ userId: string; sessionId: string } | null> {
  const presented = parseRefreshToken(text);
  const session = presented === null ? null : await findSession(directory, presented.sessionId);
  if (presented === null || session === null) return null;
  const hash = await hashSecret(presented.secret);
  const verdict = judgeToken(familyOf(session), { hash, successorHash: hash }, now);
  return verdict === 'current' || verdict === 'repeated' ? { userId: session.user_id, sessionId: session.id } : null;
}

/** Spends a refresh token [AUTH-3]. Safe to repeat and to race: within the grace all get the token that is current then. */
export async function refreshSession(
  directory: Directory,
  config: Pick<Config, 'refreshTokenKey'>,
  text: string,
  now: number,
): Promise<RefreshOutcome> {
  const presented = parseRefreshToken(text);
  if (presented === null) return { kind: 'unknown' };
  const { sessionId } = presented;
  const successor = await succeed(config.refreshTokenKey, presented);
  const [tokenHash, successorHash] = await Promise.all([hashSecret(presented.secret), hashSecret(successor.secret)]);
  const refreshed = (userId: string, next: RefreshToken): RefreshOutcome => ({
    kind: 'refreshed',
    session: { userId, sessionId, refreshToken: formatRefreshToken(next) },
  });

  const userId = await rotateToken(directory, {
    sessionId,
    tokenHash,
    successorHash,
    usedSince: now - sessionIdleMs,
    createdSince: now - sessionAbsoluteMs,
    now,
  });
  if (userId !== null) return refreshed(userId, successor);

  const session = await findSession(directory, sessionId);
  if (session === null) return { kind: 'unknown' };
  const verdict = judgeToken(familyOf(session), { hash: tokenHash, successorHash }, now);
  switch (verdict) {
    case 'repeated':
      return refreshed(session.user_id, successor);
    case 'repeated_twice':
      // Its own successor is spent: a cookie with that one would be taken for stolen at its next use.
      return refreshed(session.user_id, await succeed(config.refreshTokenKey, successor));
    case 'current':
    case 'over':
    case 'stolen':
      return { kind: 'end', userId: session.user_id, sessionId };
    default:
      return assertNever(verdict);
  }
}

function familyOf({ token_hash, spent_token_hash, created_at, rotated_at, ended_at }: SessionRow): TokenFamily {
  return { tokenHash: token_hash, spentTokenHash: spent_token_hash, createdAt: created_at, rotatedAt: rotated_at, endedAt: ended_at };
}
