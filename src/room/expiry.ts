import { tombstoneRetentionMs } from '../protocol/limits';
import type { ExpireMode } from '../protocol/models';

/** However long nobody reads it, a message with a reading clock ends for all after this [EXP-1]. */
export const maxUnreadMs = 30 * 24 * 60 * 60 * 1000;

/** A clock and its time, as a policy or a message asks for it; `seconds: null` is "off". */
export interface ExpiryRule {
  readonly seconds: number | null;
  readonly mode: ExpireMode;
}

/** What is in force for one message [EXP-2]: stored with it, so that later changes of the policy move nothing. */
export interface Expiry {
  /** What the sender asked for, else the room's. */
  readonly mode: ExpireMode;
  /** The clock from the sending, seconds; null when it does not run. */
  readonly sendSeconds: number | null;
  /** The clock from each reader's reading, seconds; null when it does not run. */
  readonly readSeconds: number | null;
}

/** [EXP-1] [EXP-2] Both clocks run when the room's mode and the message's differ; in the same mode the shorter wins. */
export function computeExpiry(policy: ExpiryRule, requested: ExpiryRule | null, isViewOnce: boolean): Expiry {
  const rules = [policy, requested ?? { seconds: null, mode: policy.mode }];
  const shortest = (mode: ExpireMode) => {
    const seconds = rules.filter((rule) => rule.mode === mode && rule.seconds !== null).map((rule) => rule.seconds ?? 0);
    return seconds.length === 0 ? null : Math.min(...seconds);
  };
  // View-once has the clock from the sending only: its reading clock is the view itself.
  if (isViewOnce) return { mode: 'after_send', sendSeconds: shortest('after_send'), readSeconds: null };
  return { mode: requested?.mode ?? policy.mode, sendSeconds: shortest('after_send'), readSeconds: shortest('after_read') };
}

/** When a message with this expiry, sent at `createdAt`, ends for everybody if nobody reads it; null for never. */
export function computeEndsAt({ sendSeconds, readSeconds }: Pick<Expiry, 'sendSeconds' | 'readSeconds'>, createdAt: number): number | null {
  const ends = [sendSeconds === null ? null : createdAt + sendSeconds * 1000, readSeconds === null ? null : createdAt + maxUnreadMs];
  return ends.reduce<number | null>((earliest, end) => earlier(earliest, end), null);
}

/** The earlier of two times, where null is never. */
export function earlier(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

/** [EXP-3] From this millisecond on nothing returns the content, whether or not the cleaning has run. */
export function isOver(message: { readonly endsAt: number | null; readonly deletedAt: number | null }, now: number): boolean {
  return message.deletedAt !== null || (message.endsAt !== null && message.endsAt <= now);
}

/** [EXP-4] When a tombstone left at `deletedAt` is purged. */
export function purgeDue(deletedAt: number): number {
  return deletedAt + tombstoneRetentionMs;
}
