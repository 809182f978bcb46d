import { generateKeyPairSync, randomBytes } from 'node:crypto';

/** What wrangler.toml gives the local S3 store; worth nothing anywhere else. */
const localS3SecretAccessKey = 'local-development-only';

/** A fresh value of ACCESS_TOKEN_KEYS [AUTH-2]: a JSON array with one Ed25519 private JWK. */
export function makeAccessTokenKeys() {
  const { privateKey } = generateKeyPairSync('ed25519');
  return JSON.stringify([{ ...privateKey.export({ format: 'jwk' }), kid: randomBytes(6).toString('base64url') }]);
}

/** A fresh value of REFRESH_TOKEN_KEY [AUTH-3]: 32 bytes in base64url. */
export function makeRefreshTokenKey() {
  return randomBytes(32).toString('base64url');
}

/** A fresh value of VAPID_KEY [INBOX-5]: a P-256 private JWK. */
export function makeVapidKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return JSON.stringify(privateKey.export({ format: 'jwk' }));
}

/** Every secret of a server on this machine. */
export function makeLocalSecrets() {
  return {
    ACCESS_TOKEN_KEYS: makeAccessTokenKeys(),
    REFRESH_TOKEN_KEY: makeRefreshTokenKey(),
    VAPID_KEY: makeVapidKey(),
    S3_SECRET_ACCESS_KEY: localS3SecretAccessKey,
  };
}
