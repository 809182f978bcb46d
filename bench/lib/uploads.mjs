import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { runQuietly, start } from '../../scripts/lib/process.mjs';
import { makeLocalSecrets } from '../../scripts/lib/secrets.mjs';

const startDeadlineMs = 60_000;

/**
 * A whole deployment with two people in a chat: store and directory too, as `npm start` serves them.
 * @typedef {{ url: string, sender: Person, reader: Person, chatId: string }} Deployment
 * @typedef {{ id: string, token: string }} Person
 */

/**
 * @param {string} directory for its data
 * @param {(deployment: Deployment) => Promise<void>} work
 */
export async function withDeployment(directory, work) {
  const secretsFile = `${directory}.env`;
  const secrets = Object.entries(makeLocalSecrets()).map(([name, value]) => `${name}='${value}'\n`);
  writeFileSync(secretsFile, secrets.join(''), { mode: 0o600 });
  const state = ['--persist-to', directory];
  await runQuietly('wrangler', ['d1', 'migrations', 'apply', 'DIRECTORY', '--local', ...state]);
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const vars = { APP_ORIGIN: url, S3_ENDPOINT: `${url}/cdn-cgi/local/r2/s3`, RELAYHUB_LIMIT_FACTOR: '1000000' };
  const varArgs = Object.entries(vars).flatMap(([name, value]) => ['--var', `${name}:${value}`]);
  const args = ['dev', '--port', String(port), '--inspector-port', '0', '--show-interactive-dev-session=false'];
  const server = start('wrangler', [...args, '--env-file', secretsFile, ...state, ...varArgs], 'ignore');
  try {
    for (const end = performance.now() + startDeadlineMs; !(await answers(url)); await sleep(200)) {
      if (performance.now() > end) throw new Error('The server does not start');
    }
    const [sender, reader] = [await signUp(url), await signUp(url)];
    const { chat } = await call(url, sender, 'POST', '/api/chats', { is_group: false, member_ids: [reader.id] });
    await work({ url, sender, reader, chatId: chat.id });
  } finally {
    await server.stop();
  }
}

/**
 * Uploads and sends, while another member waits for it: milliseconds from the announcement to each step.
 * @param {Deployment} deployment
 * @param {string} type
 * @param {Uint8Array} bytes
 */
export async function uploadToVisible({ url, sender, reader, chatId }, type, bytes) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/chats/${chatId}/socket`, ['relayhub.v1', `bearer.${reader.token}`]);
  await nextEvent(socket, 'welcome');
  const begun = performance.now();
  const body = { chat_id: chatId, mime_type: type, byte_size: bytes.length, file_name: 'file.pdf' };
  const { media_id, upload } = await call(url, sender, 'POST', '/api/media', body);
  const put = await fetch(upload.url, { method: upload.method, headers: upload.headers, body: bytes });
  if (!put.ok) throw new Error(`The store answered ${put.status}`);
  const stored = performance.now() - begun;
  await call(url, sender, 'POST', `/api/media/${media_id}/complete`);
  const complete = performance.now() - begun;
  const kind = /^(image|video|audio)\//.exec(type)?.[1] ?? 'file';
  const told = nextEvent(socket, 'new_message').then(() => performance.now() - begun);
  await call(url, sender, 'POST', `/api/chats/${chatId}/messages`, { id: randomUUID(), message_type: kind, media_id });
  const toldAt = await told;
  const { media } = await call(url, reader, 'GET', `/api/media/${media_id}`);
  await (await fetch(media.thumbnail_url ?? media.url)).arrayBuffer();
  socket.close();
  return { stored, complete, told: toldAt, seen: performance.now() - begun };
}

/**
 * @param {WebSocket} socket
 * @param {string} type
 * @returns {Promise<void>}
 */
function nextEvent(socket, type) {
  return new Promise((resolve, reject) => {
    socket.addEventListener('message', ({ data }) => [JSON.parse(data)].flat().some((event) => event.type === type) && resolve());
    socket.addEventListener('close', () => reject(new Error('The socket closed')));
  });
}

/** @param {string} url @returns {Promise<Person>} */
async function signUp(url) {
  const username = `bench_${randomUUID().slice(0, 8)}`;
  const answer = await call(url, null, 'POST', '/api/signup', { username, password: randomUUID(), cookie: false });
  return { id: answer.user.id, token: answer.access_token };
}

/**
 * @param {string} url
 * @param {Person | null} person
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 */
export async function call(url, person, method, path, body) {
  /** @type {Record<string, string>} */
  const headers = { 'content-type': 'application/json', ...(person === null ? {} : { authorization: `Bearer ${person.token}` }) };
  const answer = await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}`);
  return JSON.parse(text);
}

/** @param {string} url */
async function answers(url) {
  try {
    return (await fetch(`${url}/api/health`)).ok;
  } catch {
    return false;
  }
}

export async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === 'string') throw new Error('No free port');
  return address.port;
}
