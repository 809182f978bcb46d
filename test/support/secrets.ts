import { generateKeyPairSync, randomBytes } from 'node:crypto';

/** Fresh secrets of one server, as `.dev.vars` would hold them. They are worth nothing outside of it. */
export function makeSecrets(): { ACCESS_TOKEN_KEYS: string; REFRESH_TOKEN_KEY: string; S3_SECRET_ACCESS_KEY: string } {
  const { privateKey } = generateKeyPairSync('ed25519');
  const key = { ...privateKey.export({ format: 'jwk' }), kid: randomBytes(6).toString('base64url') };
  return {
    ACCESS_TOKEN_KEYS: JSON.stringify([key]),
    REFRESH_TOKEN_KEY: randomBytes(32).toString('base64url'),
    // What wrangler.toml gives the local S3 store.
    S3_SECRET_ACCESS_KEY: 'local-development-only',
  };
}
