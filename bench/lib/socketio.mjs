import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { runQuietly } from '../../scripts/lib/process.mjs';
import { spawnChild } from './children.mjs';

const place = join(import.meta.dirname, '../socketio');
const startDeadlineMs = 30_000;
const programs = { postgres: findPostgres(), redis: ['/usr/bin/redis-server', '/usr/local/bin/redis-server'].find(existsSync) };

/** What this machine lacks for the peer; null when it can be measured. */
export function whyNoSocketio() {
  const missing = [programs.postgres === undefined && 'PostgreSQL', programs.redis === undefined && 'Redis'].filter(Boolean);
  return missing.length === 0 ? null : `no ${missing.join(' and no ')} here; Debian's are found: apt-get install postgresql redis-server`;
}

/**
 * Socket.IO in one Node, Redis, and PostgreSQL, as its authors set it, with more buffers.
 * @param {string} directory
 * @returns {Promise<import('./workerd.mjs').Server>}
 */
export async function serveSocketio(directory) {
  if (!existsSync(join(place, 'node_modules'))) await runQuietly('npm', ['ci', '--prefix', place, '--no-progress']);
  const password = randomBytes(16).toString('hex');
  /** @type {ReturnType<typeof spawnChild>[]} */
  const started = [];
  const end = async () => {
    for (const { end } of started.toReversed()) await end('SIGINT');
  };
  try {
    const [postgresPort, redisPort] = [await freePort(), await freePort()];
    started.push(await startPostgres(directory, postgresPort, password), startRedis(directory, redisPort, password));
    const node = spawnChild(process.execPath, [join(place, 'server.mjs')], {
      env: {
        PGHOST: '127.0.0.1',
        PGPORT: String(postgresPort),
        PGUSER: 'bench',
        PGPASSWORD: password,
        REDIS_URL: `redis://:${password}@127.0.0.1:${redisPort}`,
      },
      stdio: ['ignore', 'pipe', logFile(directory, 'node')],
    });
    started.push(node);
    return { pids: started.map(({ pid }) => pid), port: Number(await firstLine(node.child)), inspectorPort: 0, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** @param {string} directory @param {number} port @param {string} password */
async function startPostgres(directory, port, password) {
  const { postgres = '' } = programs;
  const data = join(directory, 'postgres');
  const passwordFile = join(directory, 'password');
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  // PostgreSQL refuses to run as root.
  const user = process.getuid?.() === 0 ? userNamed('postgres') : null;
  if (user !== null) for (const path of [data, passwordFile]) chownSync(path, user.uid, user.gid);
  const log = logFile(directory, 'postgres');
  const options = { ...user, cwd: '/', stdio: /** @type {import('node:child_process').StdioOptions} */ (['ignore', log, log]) };
  const initdb = ['-D', data, '--username=bench', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  const made = spawnChild(join(postgres, 'initdb'), initdb, options);
  const [code] = await once(made.child, 'close');
  if (code !== 0) throw new Error(`initdb ended with ${code}; see postgres.log`);
  const settings = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=', 'shared_buffers=256MB', 'max_wal_size=2GB'];
  const server = spawnChild(join(postgres, 'postgres'), ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], options);
  try {
    await untilReady(join(postgres, 'pg_isready'), port);
  } catch (error) {
    await server.end('SIGINT');
    throw error;
  }
  return server;
}

/** Keeps nothing on disk. The password comes by its input, where no list of processes shows it. @param {string} directory @param {number} port @param {string} password */
function startRedis(directory, port, password) {
  const log = logFile(directory, 'redis');
  const redis = spawnChild(programs.redis ?? '', ['-'], { cwd: directory, stdio: ['pipe', log, log] });
  redis.child.stdin?.end(`port ${port}\nbind 127.0.0.1\nrequirepass ${password}\nsave ""\nappendonly no\n`);
  return redis;
}

/** @param {string} program @param {number} port */
async function untilReady(program, port) {
  for (const end = performance.now() + startDeadlineMs; performance.now() < end; await sleep(100)) {
    const probe = spawnChild(program, ['-q', '-h', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
    const [code] = await once(probe.child, 'close');
    if (code === 0) return;
  }
  throw new Error('PostgreSQL did not start in time; see postgres.log');
}

/** @param {import('node:child_process').ChildProcess} child */
async function firstLine(child) {
  if (child.stdout === null) throw new Error('Nothing to read');
  const [line] = await once(createInterface({ input: child.stdout }), 'line', { signal: AbortSignal.timeout(startDeadlineMs) });
  return /** @type {string} */ (line);
}

/** The directory of the newest PostgreSQL that Debian has laid down. */
function findPostgres() {
  const base = '/usr/lib/postgresql';
  if (!existsSync(base)) return undefined;
  const versions = readdirSync(base).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(base, version, 'bin')).find((bin) => existsSync(join(bin, 'postgres')));
}

/** @param {string} name */
function userNamed(name) {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  if (line === undefined) throw new Error(`There is no user ${name}`);
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === 'string') throw new Error('No free port');
  return address.port;
}

/** @param {string} directory @param {string} name */
function logFile(directory, name) {
  return openSync(join(directory, `${name}.log`), 'a');
}
