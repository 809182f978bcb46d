import * as v from 'valibot';

/** What `wrangler.toml` and the secrets give the Worker. Only `config.ts` reads the strings. */
export interface Env {
  readonly ROOM: DurableObjectNamespace<import('./room/room').Room>;
  readonly INBOX: DurableObjectNamespace<import('./inbox/inbox').Inbox>;
  readonly LIMITER: DurableObjectNamespace<import('./limiter/limiter').Limiter>;
  readonly DIRECTORY: D1Database;
  readonly ASSETS: Fetcher;
  readonly APP_ORIGIN: string;
  readonly ALLOWED_ORIGINS: string;
  readonly JURISDICTION: string;
  readonly S3_ENDPOINT: string;
  readonly S3_BUCKET: string;
  readonly S3_REGION: string;
  readonly S3_ACCESS_KEY_ID: string;
  readonly S3_SECRET_ACCESS_KEY: string;
  readonly ACCESS_TOKEN_KEYS: string;
  readonly REFRESH_TOKEN_KEY: string;
  /** Missing where nobody is told by push. */
  readonly VAPID_KEY?: string;
  readonly RELAYHUB_LIMIT_FACTOR: string;
}

const base64url = /^[A-Za-z0-9_-]+$/;
const signingKey = v.object({
  kty: v.literal('OKP'),
  crv: v.literal('Ed25519'),
  kid: v.pipe(v.string(), v.minLength(1)),
  x: v.pipe(v.string(), v.regex(base64url)),
  d: v.pipe(v.string(), v.regex(base64url)),
});
/** An Ed25519 private JWK with its `kid`. */
export type SigningKey = v.InferOutput<typeof signingKey>;

const vapidKey = v.object({
  kty: v.literal('EC'),
  crv: v.literal('P-256'),
  x: v.pipe(v.string(), v.regex(base64url)),
  y: v.pipe(v.string(), v.regex(base64url)),
  d: v.pipe(v.string(), v.regex(base64url)),
});

/** By which push services know this deployment [INBOX-5]. */
export interface PushConfig {
  /** Whom a push service may turn to: the deployment's address, as HTTPS. */
  readonly origin: string;
  /** A P-256 private JWK. */
  readonly key: v.InferOutput<typeof vapidKey>;
  /** The same as browsers want it: the point, uncompressed, in base64url. */
  readonly publicKey: string;
}

export interface S3Config {
  /** Base URL of the S3 API, without the bucket. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Config {
  /** Origin the page is served from; issuer and audience of access tokens. */
  readonly appOrigin: string;
  /** Origins besides the deployment's own that may open sockets [SOCK-2]. */
  readonly allowedOrigins: readonly string[];
  /** Where objects must stay, as part of every id; `null` for anywhere. */
  readonly jurisdiction: 'eu' | 'fedramp' | null;
  readonly s3: S3Config;
  /** The first signs, all verify [AUTH-2]. */
  readonly accessTokenKeys: readonly [SigningKey, ...SigningKey[]];
  /** Keys the successor of a refresh token [AUTH-3]: 32 bytes or more. */
  readonly refreshTokenKey: Uint8Array<ArrayBuffer>;
  /** null where nobody is told by push. */
  readonly push: PushConfig | null;
  /** Served without TLS, which browsers allow on the machine itself only. */
  readonly isLocal: boolean;
  /** Multiplies every rate limit [LIMIT-1]. */
  readonly limitFactor: number;
}

const origin = v.pipe(
  v.string(),
  v.url(),
  v.transform((value) => new URL(value).origin),
);
const json = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return JSON.parse(dataset.value) as unknown;
    } catch {
      addIssue({ message: 'is not JSON' });
      return NEVER;
    }
  }),
);
const bytes = v.pipe(
  v.string(),
  v.regex(base64url),
  v.transform((value) => Uint8Array.from(atob(value.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))),
);
const nonEmpty = v.pipe(v.string(), v.minLength(1));

const schema = v.object({
  APP_ORIGIN: origin,
  ALLOWED_ORIGINS: v.pipe(
    v.string(),
    v.transform((value) => value.split(/[\s,]+/).filter(Boolean)),
    v.array(origin),
  ),
  JURISDICTION: v.pipe(
    v.picklist(['', 'eu', 'fedramp']),
    v.transform((value) => (value === '' ? null : value)),
  ),
  S3_ENDPOINT: v.pipe(v.string(), v.url()),
  S3_BUCKET: nonEmpty,
  S3_REGION: nonEmpty,
  S3_ACCESS_KEY_ID: nonEmpty,
  S3_SECRET_ACCESS_KEY: nonEmpty,
  ACCESS_TOKEN_KEYS: v.pipe(json, v.tupleWithRest([signingKey], signingKey)),
  REFRESH_TOKEN_KEY: v.pipe(
    bytes,
    v.check((key) => key.length >= 32, 'is shorter than 32 bytes'),
  ),
  VAPID_KEY: v.optional(v.pipe(json, vapidKey)),
  RELAYHUB_LIMIT_FACTOR: v.pipe(v.string(), v.toNumber(), v.minValue(0.001)),
});

function pushConfig(key: PushConfig['key'], appOrigin: string): PushConfig {
  const coordinates = [key.x, key.y].map((coordinate) => atob(coordinate.replaceAll('-', '+').replaceAll('_', '/')));
  const publicKey = btoa(`\x04${coordinates.join('')}`)
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
  return { origin: appOrigin.replace(/^http:/, 'https:'), key, publicKey };
}

/** A deployment that is not set up. Its message names settings, never values: it may be logged. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** By environment: the Worker and each object of an isolate have one of their own. */
const cache = new WeakMap<Env, Config>();

/**
 * The checked configuration of this deployment.
 * @throws ConfigError naming the settings that are missing or wrong, never their values.
 */
export function readConfig(env: Env): Config {
  const cached = cache.get(env);
  if (cached !== undefined) return cached;
  const result = v.safeParse(schema, env);
  if (!result.success) {
    const names = new Set(result.issues.map((issue) => String(issue.path?.[0].key)));
    throw new ConfigError(`Settings missing or wrong: ${[...names].join(', ')}. See docs/deploy.md.`);
  }
  const settings = result.output;
  const config: Config = {
    appOrigin: settings.APP_ORIGIN,
    allowedOrigins: settings.ALLOWED_ORIGINS,
    jurisdiction: settings.JURISDICTION,
    s3: {
      endpoint: settings.S3_ENDPOINT,
      bucket: settings.S3_BUCKET,
      region: settings.S3_REGION,
      accessKeyId: settings.S3_ACCESS_KEY_ID,
      secretAccessKey: settings.S3_SECRET_ACCESS_KEY,
    },
    accessTokenKeys: settings.ACCESS_TOKEN_KEYS,
    refreshTokenKey: settings.REFRESH_TOKEN_KEY,
    push: settings.VAPID_KEY === undefined ? null : pushConfig(settings.VAPID_KEY, settings.APP_ORIGIN),
    isLocal: new URL(settings.APP_ORIGIN).protocol === 'http:',
    limitFactor: settings.RELAYHUB_LIMIT_FACTOR,
  };
  cache.set(env, config);
  return config;
}
