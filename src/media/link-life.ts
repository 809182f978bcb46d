import { maxMediaUrlSeconds } from '../protocol/limits';
import type { LinkLife } from './signing';

/**
 * How long a link given out at `now` may live: what is left of the message, 300 s at most [EXP-7].
 * Signatures count whole seconds from a whole second, so the life is cut to end no later than the message.
 *
 * @param endsAt when the message ends, in milliseconds since the epoch; `null` for no end.
 * @returns `null` when less than a second is left.
 */
export function computeLinkLife(now: number, endsAt: number | null): LinkLife | null {
  if (endsAt !== null && endsAt - now < 1_000) return null;
  const signedAt = Math.floor(now / 1_000) * 1_000;
  const left = endsAt === null ? maxMediaUrlSeconds : Math.floor((endsAt - signedAt) / 1_000);
  return { signedAt, seconds: Math.min(left, maxMediaUrlSeconds) };
}
