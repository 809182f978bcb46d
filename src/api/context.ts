import { verifyAccessToken } from '../auth/access-tokens';
import { type Config, type Env, readConfig } from '../config';
import { type Directory, openDirectory } from '../directory/directory';
import { inboxOf } from '../objects';
import { Refusal } from '../protocol/errors';

/** Who makes a call, and in which session. */
export interface Caller {
  readonly userId: string;
  readonly sessionId: string;
}

/** What handlers work with; clock, randomness and ids come from here and nowhere else. */
export interface ApiContext {
  readonly env: Env;
  readonly config: Config;
  readonly executionCtx: Pick<ExecutionContext, 'waitUntil'>;
  readonly directory: Directory;
  /** Milliseconds since the epoch. */
  now(): number;
  /** A new random UUID. */
  newId(): string;
  randomBytes(length: number): Uint8Array<ArrayBuffer>;
  /**
   * Whom the token names, without asking whether the session still lives: for socket upgrades, whose inbox call asks that.
   *
   * @throws Refusal `unauthenticated` or `token_expired`.
   */
  identify(token: string | null): Promise<Caller>;
  /**
   * The caller by the `Authorization: Bearer` header, with a live session; asked once a request.
   *
   * @throws Refusal `unauthenticated`, `token_expired` or `session_ended`.
   */
  caller(): Promise<Caller>;
}

/** @throws Error when the deployment's settings are wrong. */
export function createContext(request: Request, env: Env, executionCtx: ApiContext['executionCtx']): ApiContext {
  const config = readConfig(env);
  const now = () => Date.now();
  const identify = (token: string | null) => verifyAccessToken(config, token, now());
  let caller: Promise<Caller> | undefined;
  return {
    env,
    config,
    executionCtx,
    directory: openDirectory(env.DIRECTORY),
    now,
    newId: () => crypto.randomUUID(),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    identify,
    caller() {
      caller ??= identify(bearerToken(request)).then((claimed) => requireLiveSession(env, claimed));
      return caller;
    },
  };
}

/** The token of the `Authorization: Bearer` header, or `null`. */
export function bearerToken(request: Request): string | null {
  return request.headers.get('authorization')?.match(/^Bearer +([^\s]+)$/i)?.[1] ?? null;
}

async function requireLiveSession(env: Env, caller: Caller): Promise<Caller> {
  if (!(await inboxOf(env, caller.userId).isSessionAlive(caller.sessionId))) throw new Refusal('session_ended');
  return caller;
}
