import { limiterOf } from '../objects';
import { Refusal } from '../protocol/errors';
import type { RateRule } from '../rate-limit';
import type { ApiContext } from './context';

/** [LIMIT-1] What is counted outside of rooms. */
const rules = {
  login: { burst: 10, refillMs: 30_000 },
  signup: { burst: 10, refillMs: 60_000 },
  /** Of everybody behind an address: one page asks once in 15 minutes. */
  refresh: { burst: 120, refillMs: 1_000 },
  media: { burst: 50, refillMs: 1_200 },
  /** Of uploads, while they are not complete: each costs a decode, and a lost answer asks again. */
  completions: { burst: 100, refillMs: 1_200 },
  chats: { burst: 20, refillMs: 30_000 },
  /** What rooms keep of a user: a change wakes each of theirs; a picture costs a decode, too. */
  profile: { burst: 10, refillMs: 60_000 },
  push: { burst: 20, refillMs: 10_000 },
  push_name: { burst: 60, refillMs: 2_000 },
  search: { burst: 30, refillMs: 2_000 },
} as const satisfies Record<string, RateRule>;

/**
 * [LIMIT-1] Counts one call. `subject` is whose calls are counted together: a user's id, or an address.
 * @throws Refusal `rate_limited`
 */
export async function countCall(context: ApiContext, rule: keyof typeof rules, subject: string): Promise<void> {
  const retryAfterMs = await limiterOf(context.env, `${rule} ${subject}`).take(rules[rule]);
  if (retryAfterMs > 0) throw new Refusal('rate_limited', 'Too many of these calls. Wait a moment.', { retryAfterMs });
}

/** Where a request comes from, as far as a limit should tell addresses apart: an IPv6 subscriber has a whole /64. */
export function clientNetwork(request: Request): string {
  const address = request.headers.get('cf-connecting-ip') ?? '';
  return address.includes(':') ? networkOfIpv6(address) : address;
}

/** The first 64 bits; of an IPv4 address that IPv6 carries, all of it. */
function networkOfIpv6(address: string): string {
  const mapped = address.match(/^::ffff:(\d+(?:\.\d+){3})$/i)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  const omitted = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const all = [...groups, ...Array<string>(Math.max(0, omitted)).fill('0'), ...(tail ?? '').split(':')];
  return all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
