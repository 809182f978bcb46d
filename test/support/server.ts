import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runQuietly, toolEnv } from '../../scripts/lib/process.mjs';
import { makeLocalSecrets } from '../../scripts/lib/secrets.mjs';
import { whenChanged } from '../../scripts/lib/stamp.mjs';
import { root } from './assets';
import { writeConfig } from './config';
import { until } from './poll';

const startDeadlineMs = 60_000;

/** What a server has on its disk that never ran: a migrated directory, and nothing in it. */
const freshState = join(root, '.cache/fresh-state');

/** Once before all files: each server would take seconds to migrate a directory of its own. */
export function provideFreshState(): Promise<void> {
  const sources = ['migrations/directory', 'wrangler.toml', 'package-lock.json'];
  return whenChanged('.cache/fresh-state-of', sources, '.cache/fresh-state/v3', async () => {
    await rm(freshState, { recursive: true, force: true });
    await runQuietly('wrangler', ['d1', 'migrations', 'apply', 'DIRECTORY', '--local', '--persist-to', freshState]);
  });
}

/**
 * The server of `npm start` as processes of its own, to be killed and started again on the same data.
 * Its Worker is the bundle that all tests share: each start would bundle it anew.
 */
export class TestServer {
  /** Its origin, without a slash at the end; the same after a restart. */
  readonly url: string;
  readonly #directory: string;
  readonly #args: string[];
  #child: ChildProcess | undefined;
  #output = '';

  private constructor(url: string, directory: string, args: string[]) {
    this.url = url;
    this.#directory = directory;
    this.#args = args;
    process.on('exit', this.#killGroup);
  }

  /** Starts a server on a free port with data and secrets of its own; `vars` override those of wrangler.toml. */
  static async start(vars: Record<string, string> = {}): Promise<TestServer> {
    const directory = await mkdtemp(join(tmpdir(), 'relayhub-'));
    const secretsFile = join(directory, 'secrets.env');
    const secrets = Object.entries(makeLocalSecrets()).map(([name, value]) => `${name}='${value}'\n`);
    await writeFile(secretsFile, secrets.join(''), { mode: 0o600 });
    await cp(freshState, join(directory, 'state'), { recursive: true });
    const state = ['--persist-to', join(directory, 'state')];
    const port = await findFreePort();
    const url = `http://localhost:${port}`;
    const allVars = { RELAYHUB_LIMIT_FACTOR: '1000000', APP_ORIGIN: url, S3_ENDPOINT: `${url}/cdn-cgi/local/r2/s3`, ...vars };
    const varArgs = Object.entries(allVars).flatMap(([name, value]) => ['--var', `${name}:${value}`]);
    const config = writeConfig('server', 'dist/worker/worker.js', 'no_bundle = true\nfind_additional_modules = true\n');
    const args = ['dev', '--config', config, '--port', String(port), '--inspector-port', '0', '--show-interactive-dev-session=false'];
    const server = new TestServer(url, directory, [...args, '--env-file', secretsFile, ...state, ...varArgs]);
    try {
      await server.restart();
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  /** Ends the server's processes at once, as a power cut would; what was not durable is lost. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : Promise.resolve();
    this.#killGroup();
    await ended;
    this.#child = undefined;
    // Its runtime is a grandchild: nobody but the port tells that it is gone.
    await until('the killed server to leave its port', async () => (await this.#state()) === 'gone');
  }

  /** Kills the server if it runs and starts it again on the same port and data. */
  async restart(): Promise<void> {
    await this.kill();
    const environment = { ...toolEnv, WRANGLER_REGISTRY_PATH: join(this.#directory, 'registry') };
    // A process group of its own, so that one kill reaches wrangler, esbuild and workerd alike.
    const child = spawn('wrangler', this.#args, { cwd: root, env: environment, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    this.#output = '';
    const note = (chunk: Buffer) => {
      this.#output = (this.#output + chunk.toString()).slice(-20_000);
    };
    child.stdout.on('data', note);
    child.stderr.on('data', note);
    child.on('error', (error) => note(Buffer.from(error.message)));
    try {
      await until('the server to start', () => this.#isReady(child), startDeadlineMs);
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}\n${this.#output}`);
    }
  }

  /** Where its objects and its directory lie as files. */
  get stateDirectory(): string {
    return join(this.#directory, 'state', 'v3');
  }

  /** What its processes printed since the last start: no secret and no message may be in it. */
  get output(): string {
    return this.#output;
  }

  /** Kills the server and removes its data. */
  async close(): Promise<void> {
    process.off('exit', this.#killGroup);
    await this.kill();
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }

  readonly #killGroup = () => {
    if (this.#child?.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      // Already gone.
    }
  };

  async #isReady(child: ChildProcess): Promise<boolean> {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('The server ended while starting');
    return (await this.#state()) === 'ready';
  }

  /** Whether the Worker answers, or at least something holds the port. */
  async #state(): Promise<'ready' | 'busy' | 'gone'> {
    try {
      const answer = await fetch(`${this.url}/api/health`, { signal: AbortSignal.timeout(5_000) });
      await answer.arrayBuffer();
      return answer.ok ? 'ready' : 'busy';
    } catch (error) {
      return error instanceof DOMException && error.name === 'TimeoutError' ? 'busy' : 'gone';
    }
  }
}

/**
 * A port that stays free until it is asked for, over restarts too: one of those that the system gives to outgoing connections
 * may be taken by any client meanwhile.
 */
async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const probe = createServer().listen(port, '127.0.0.1');
    const isFree = await once(probe, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    probe.close();
    await once(probe, 'close');
    return port;
  }
}
