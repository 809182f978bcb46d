import { DurableObject } from 'cloudflare:workers';
import { ObjectAlarm } from '../alarm';
import { type Env, readConfig } from '../config';
import { type Bucket, type RateRule, scaleRule, takeToken } from '../rate-limit';

/** A bucket on disk; from `fullAt` on it is as if it had never been. */
interface KeptBucket extends Bucket {
  readonly fullAt: number;
}

const key = 'bucket';

/**
 * [LIMIT-1] One token bucket for what no other object sees: the sign-ups of an address, the logins of a name, the searches
 * of a user. It lives in memory, and on disk once half of it is used up: who stays well below a limit costs no row, and who
 * does not gains little by waiting for the object to be evicted.
 */
export class Limiter extends DurableObject<Env> {
  #bucket: Bucket | null;
  #alarm: ObjectAlarm;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const kept = ctx.storage.kv.get<KeptBucket>(key);
    this.#bucket = kept ?? null;
    this.#alarm = new ObjectAlarm(ctx.storage, null);
    // A past-due alarm may never fire: setting it anew makes it.
    if (kept !== undefined) this.#alarm.ensure(Math.max(kept.fullAt, Date.now() + 1));
  }

  /** Takes a token. Returns 0, or the milliseconds until there is one. */
  take(rule: RateRule): number {
    const scaled = scaleRule(rule, readConfig(this.env).limitFactor);
    const { bucket, retryAfterMs } = takeToken(scaled, this.#bucket, Date.now());
    this.#bucket = bucket;
    if (bucket.tokens < scaled.burst / 2) this.#keep({ ...bucket, fullAt: bucket.at + (scaled.burst - bucket.tokens) * scaled.refillMs });
    return retryAfterMs;
  }

  /** The bucket is forgotten once it is full again; taken from meanwhile, it is looked at later. */
  override async alarm(): Promise<void> {
    this.#alarm.fired();
    const fullAt = this.ctx.storage.kv.get<KeptBucket>(key)?.fullAt ?? 0;
    if (fullAt > Date.now()) return this.#alarm.ensure(fullAt);
    this.#bucket = null;
    await this.ctx.storage.deleteAll();
  }

  #keep(bucket: KeptBucket): void {
    this.ctx.storage.kv.put(key, bucket);
    this.#alarm.ensure(bucket.fullAt);
  }
}
