import { tombstoneRetentionMs } from '../protocol/limits';
import type { ExpireMode } from '../protocol/models';

/** What is in force for one message [EXP-2]: stored with it, so that later changes of the policy move nothing. */
export interface Expiry {
  readonly mode: ExpireMode;
  /** null: the message stays. */
  readonly seconds: number | null;
  /** When it ends for everybody, milliseconds since the epoch; null when it does not. */
  readonly endsAt: number | null;
}

export interface ExpiryRule {
  readonly seconds: number | null;
  readonly mode: ExpireMode;
}

/** [EXP-1] [EXP-2] The rule for a message sent at `now`: the room's policy or the sender's own, whichever ends it earlier. */
export function computeExpiry(policy: ExpiryRule, requestedSeconds: number | undefined, now: number): Expiry {
  const seconds = Math.min(requestedSeconds ?? Number.POSITIVE_INFINITY, policy.seconds ?? Number.POSITIVE_INFINITY);
  if (seconds === Number.POSITIVE_INFINITY) return { mode: 'after_send', seconds: null, endsAt: null };
  return { mode: 'after_send', seconds, endsAt: now + seconds * 1000 };
}

/** [EXP-3] From this millisecond on nothing returns the content, whether or not the cleaning has run. */
export function isOver(message: { readonly endsAt: number | null; readonly deletedAt: number | null }, now: number): boolean {
  return message.deletedAt !== null || (message.endsAt !== null && message.endsAt <= now);
}

/** [EXP-4] When a tombstone left at `deletedAt` is purged. */
export function purgeDue(deletedAt: number): number {
  return deletedAt + tombstoneRetentionMs;
}
