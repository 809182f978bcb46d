import type { Reactions } from '../../src/protocol/models';

/** What is offered; others can still come from other clients. */
export const offeredEmoji = ['👍', '❤️', '😂', '😮', '😢', '🙏'] as const;

/** What two taps of a finger say. */
export const quickEmoji = '❤️' satisfies (typeof offeredEmoji)[number];

/** The emoji of this user under a line, or null: there is at most one [SEND-6]. */
export function ownReaction(reactions: Reactions, userId: string): string | null {
  return reactions.find(({ user_ids }) => user_ids.includes(userId))?.emoji ?? null;
}

/** `You and Ben reacted with 👍`; beyond three names, how many more. */
export function reactionWords(emoji: string, names: readonly string[]): string {
  const shown = names.slice(0, names.length > 3 ? 2 : 3);
  const more = names.length - shown.length;
  const all = more > 0 ? [...shown, `${more} others`] : shown;
  const who = all.length < 2 ? all.join() : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
  return `${who} reacted with ${emoji}`;
}
