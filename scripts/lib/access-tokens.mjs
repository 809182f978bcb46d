import { createPrivateKey, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';

/**
 * Signs a user in whom nobody has signed up, by the server's own key: for measurements and tests of large rooms, where
 * sign-ups would only measure the hashing of passwords.
 * @param {string} accessTokenKeys the server's ACCESS_TOKEN_KEYS
 * @param {string} origin the server's APP_ORIGIN
 * @param {string} userId
 * @param {number} [now] milliseconds since the epoch, for a server whose clock is set
 * @returns {Promise<string>} an access token of a new session, good for 15 minutes
 */
export function signAccessToken(accessTokenKeys, origin, userId, now = Date.now()) {
  const seconds = Math.floor(now / 1000);
  const [jwk] = JSON.parse(accessTokenKeys);
  return new SignJWT({ sid: randomUUID() })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: jwk.kid })
    .setSubject(userId)
    .setIssuer(origin)
    .setAudience(origin)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + 15 * 60)
    .sign(createPrivateKey({ key: jwk, format: 'jwk' }));
}
