import type { JSX } from 'preact';
import type { Reactions } from '../../src/protocol/models';
import { useAccount } from '../app';
import { offeredEmoji, ownReaction } from './reactions';
import './reactions.css';

export interface ReactionChoicesProps {
  readonly reactions: Reactions;
  /** Null takes the own reaction away. */
  pick(emoji: string | null): void;
}

/** A row of emoji in a menu; the own one is marked and taken away by picking it again. */
export function ReactionChoices({ reactions, pick }: ReactionChoicesProps): JSX.Element {
  const { me } = useAccount();
  const own = ownReaction(reactions, me.id);
  const offered: readonly string[] = own === null || offeredEmoji.some((emoji) => emoji === own) ? offeredEmoji : [own, ...offeredEmoji];
  return (
    // biome-ignore lint/a11y/useSemanticElements: inside a menu only its own roles are allowed.
    <div class="reaction-choices" role="group" aria-label="React">
      {offered.map((emoji) => (
        <button
          key={emoji}
          type="button"
          role="menuitemradio"
          tabIndex={-1}
          class="reaction-choice"
          aria-checked={emoji === own}
          aria-label={emoji === own ? `Take back ${emoji}` : `React with ${emoji}`}
          onClick={() => pick(emoji === own ? null : emoji)}
        >
          {emoji}
        </button>
      ))}
    </div>
  );
}
