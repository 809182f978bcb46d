import { createTestHarness, type TestHarness, type TestHarnessOptions, type WorkerHandle } from 'wrangler';
import { signAccessToken } from '../../scripts/lib/access-tokens.mjs';
import { makeLocalSecrets } from '../../scripts/lib/secrets.mjs';
import { workerBundle } from '../../scripts/lib/steps.mjs';
import { root } from './assets';
import { shared } from './sharing';

/** One whole deployment in workerd: Worker, objects, directory and S3 store, in memory. */
export interface Harness {
  /** Its origin, without a slash at the end. */
  readonly url: string;
  readonly server: TestHarness;
  readonly worker: WorkerHandle;
  /** An access token for a new session of a user who never signed up; `now` where the server's clock is set. */
  signIn(userId: string, now?: number): Promise<string>;
  close(): Promise<void>;
}

/**
 * Without `vars` it is the deployment that all test files of a process share, each with users and rooms of its own.
 * With them, if only `{}`, one is started for the caller alone: for other settings, and for tests of all that a deployment holds.
 * Rate limits are out of the way unless `vars` sets RELAYHUB_LIMIT_FACTOR. Meant for `beforeAll`; `close` for `afterAll`.
 */
export async function startHarness(vars?: Record<string, string>): Promise<Harness> {
  if (vars !== undefined) return startAlone(vars);
  return { ...(await shared('harness', () => startAlone({}))), close: () => Promise.resolve() };
}

/**
 * Starts the Worker on a free port with secrets and storage of its own, and the directory migrated.
 * @param configPath one made from the deployment's, with another entry
 */
export async function startAlone(vars: Record<string, string>, configPath?: string): Promise<Harness> {
  const worker = configPath === undefined ? { configPath: './wrangler.toml', prebuiltWorkerDir: workerBundle } : { configPath };
  const secrets = makeLocalSecrets();
  const options = (address: Record<string, string>): TestHarnessOptions => ({
    root,
    workers: [{ ...worker, secrets, vars: { RELAYHUB_LIMIT_FACTOR: '1000000', ...address, ...vars } }],
  });
  const server = createTestHarness(options({}));
  try {
    const { url } = await server.listen();
    // The port is known only now, and the Worker must know its own address.
    await server.update(options({ APP_ORIGIN: url.origin, S3_ENDPOINT: `${url.origin}/cdn-cgi/local/r2/s3` }));
    const handle = server.getWorker();
    await handle.applyD1Migrations('DIRECTORY');
    return {
      url: url.origin,
      server,
      worker: handle,
      signIn: (userId, now) => signAccessToken(secrets.ACCESS_TOKEN_KEYS, url.origin, userId, now),
      close: () => server.close(),
    };
  } catch (error) {
    await server.close();
    throw error;
  }
}
