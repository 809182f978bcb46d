// Prints a fresh secret for `wrangler secret put`; see docs/deploy.md.
import { makeAccessTokenKeys, makeRefreshTokenKey, makeVapidKey } from './lib/secrets.mjs';

const makers = new Map([
  ['ACCESS_TOKEN_KEYS', makeAccessTokenKeys],
  ['REFRESH_TOKEN_KEY', makeRefreshTokenKey],
  ['VAPID_KEY', makeVapidKey],
]);
const make = makers.get(process.argv[2] ?? '');
if (make === undefined) {
  console.error(`Usage: node scripts/make-secrets.mjs ${[...makers.keys()].join(' | ')}`);
  process.exitCode = 1;
} else {
  process.stdout.write(make());
}
