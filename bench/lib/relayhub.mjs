import { randomBytes, randomUUID } from 'node:crypto';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { signAccessToken } from '../../scripts/lib/access-tokens.mjs';
import { makeLocalSecrets } from '../../scripts/lib/secrets.mjs';
import { buildWorker, workerBundle } from '../../scripts/lib/steps.mjs';

const appOrigin = 'http://localhost';

const secrets = makeLocalSecrets();
const settings = {
  ...secrets,
  APP_ORIGIN: appOrigin,
  ALLOWED_ORIGINS: '',
  JURISDICTION: '',
  S3_ENDPOINT: 'http://127.0.0.1:9',
  S3_BUCKET: 'unused',
  S3_REGION: 'auto',
  S3_ACCESS_KEY_ID: 'unused',
  RELAYHUB_LIMIT_FACTOR: '1000000',
};

/**
 * Bundles the Worker as a deployment would.
 * @param {string} directory
 */
export async function bundleRelayhub(directory) {
  await buildWorker();
  cpSync(workerBundle, directory, { recursive: true });
}

/**
 * Lays the bundle out for workerd.
 * @param {string} bundle directory of the bundle
 * @param {string} directory where to
 * @param {string} entry one of bench/workers
 * @returns {Parameters<typeof import('./config.mjs').workerdConfig>[0]}
 */
export function layOutRelayhub(bundle, directory, entry) {
  const parts = readdirSync(bundle).filter((file) => /\.(js|wasm|sql)$/.test(file));
  for (const file of parts) cpSync(join(bundle, file), join(directory, file));
  for (const file of ['relayhub.js', 'relayhub-silent.js', 'relayhub-ends.js', 'relayhub-inbox.js', 'directory.js'])
    cpSync(join(import.meta.dirname, '../workers', file), join(directory, file));
  return {
    modules: [...new Set([entry, 'relayhub.js', ...parts])],
    objects: { ROOM: 'Room', INBOX: 'Inbox', LIMITER: 'Limiter' },
    texts: settings,
    databases: { DIRECTORY: 'directory.js' },
  };
}

/**
 * Makes a group of strangers to every other test and signs each in.
 * @param {number} port
 * @param {number} members
 * @returns {Promise<import('../loadgen/connection.mjs').Opening[]>} how each member opens a socket
 */
export async function openRelayhubRoom(port, members) {
  const chatId = randomUUID();
  const users = Array.from({ length: members }, (_, index) => ({ id: randomUUID(), index }));
  const [creator, ...others] = users.map(toProfile);
  const order = { id: chatId, isGroup: true, name: 'Bench', creator, members: others, expiry: null };
  const answer = await fetch(`http://127.0.0.1:${port}/bench/rooms`, { method: 'POST', body: JSON.stringify(order) });
  const result = /** @type {{ ok: boolean }} */ (await answer.json());
  if (!result.ok) throw new Error(`No room: ${JSON.stringify(result)}`);
  return Promise.all(
    users.map(async ({ id }) => ({
      path: `/api/chats/${chatId}/socket`,
      protocols: ['relayhub.v1', `bearer.${await signIn(id)}`],
      greets: true,
    })),
  );
}

/**
 * A token of a new session.
 * @param {string} userId
 */
export function signIn(userId) {
  return signAccessToken(secrets.ACCESS_TOKEN_KEYS, appOrigin, userId);
}

/** @param {{ id: string, index: number }} user */
function toProfile({ id, index }) {
  const username = `bench_${index}_${randomBytes(3).toString('hex')}`;
  return { user: { id, username, display_name: `Member ${index}`, avatar_url: null, deleted: false }, version: 1, readReceipts: true };
}
