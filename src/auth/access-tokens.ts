import { errors, type JWK, jwtVerify, SignJWT } from 'jose';
import * as v from 'valibot';
import type { Config, SigningKey } from '../config';
import { Refusal } from '../protocol/errors';
import { uuid } from '../protocol/text';

/** Life of an access token [AUTH-2]. */
export const accessTokenSeconds = 15 * 60;

const algorithm = 'EdDSA';
const tokenType = 'at+jwt';
const claims = v.object({ sub: uuid, sid: uuid });

/** The part of the configuration that access tokens need. */
export type AccessTokenConfig = Pick<Config, 'appOrigin' | 'accessTokenKeys'>;
/** Whom an access token names, and in which session. */
export interface AccessTokenSubject {
  readonly userId: string;
  readonly sessionId: string;
}

/** A signed access token, living from `now` (milliseconds) for {@link accessTokenSeconds} [AUTH-2]. */
export async function issueAccessToken(config: AccessTokenConfig, subject: AccessTokenSubject, now: number): Promise<string> {
  const [key] = config.accessTokenKeys;
  const issuedAt = Math.floor(now / 1000);
  return new SignJWT({ sid: subject.sessionId })
    .setProtectedHeader({ alg: algorithm, typ: tokenType, kid: key.kid })
    .setSubject(subject.userId)
    .setIssuer(config.appOrigin)
    .setAudience(config.appOrigin)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + accessTokenSeconds)
    .sign(key);
}

/**
 * Whom a token names, at `now` in milliseconds. Any configured key may have signed it, so that keys can be rotated [AUTH-2].
 *
 * @throws Refusal `unauthenticated`, or `token_expired` when that alone is wrong with it.
 */
export async function verifyAccessToken(config: AccessTokenConfig, token: string | null, now: number): Promise<AccessTokenSubject> {
  if (token === null) throw new Refusal('unauthenticated');
  try {
    const { payload } = await jwtVerify(token, ({ kid }) => verificationKey(config, kid), {
      algorithms: [algorithm],
      typ: tokenType,
      issuer: config.appOrigin,
      audience: config.appOrigin,
      requiredClaims: ['exp', 'iat', 'sub', 'sid'],
      currentDate: new Date(now),
    });
    const { sub, sid } = v.parse(claims, payload);
    return { userId: sub, sessionId: sid };
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw new Refusal('token_expired');
    if (error instanceof errors.JOSEError || error instanceof v.ValiError) throw new Refusal('unauthenticated');
    throw error;
  }
}

function verificationKey(config: AccessTokenConfig, kid: string | undefined): JWK {
  const key = config.accessTokenKeys.find((candidate) => candidate.kid === kid);
  if (key === undefined) throw new errors.JWKSNoMatchingKey();
  return publicKeyOf(key);
}

/** jose imports a key once an object, so each key keeps one public half. */
const publicKeys = new WeakMap<SigningKey, JWK>();

function publicKeyOf(key: SigningKey): JWK {
  const known = publicKeys.get(key);
  if (known !== undefined) return known;
  const { kty, crv, kid, x } = key;
  const publicKey: JWK = { kty, crv, kid, x };
  publicKeys.set(key, publicKey);
  return publicKey;
}
