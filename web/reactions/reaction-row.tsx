import type { JSX } from 'preact';
import { useAccount } from '../app';
import type { Line } from '../conversation/line';
import { useNames, useRoom } from '../conversation/room-context';
import { useAttempt } from '../conversation/trouble-strip';
import { ownReaction, reactionWords } from './reactions';
import './reactions.css';

/** The reactions under a line; pressing one joins it, or takes the own one back. */
export function ReactionRow({ line }: { line: Line }): JSX.Element | null {
  const { me } = useAccount();
  const { actions } = useRoom();
  const nameOf = useNames();
  const attempt = useAttempt();
  if (line.reactions.length === 0) return null;
  const own = ownReaction(line.reactions, me.id);
  return (
    <div class="reactions" data-testid="reactions">
      {line.reactions.map(({ emoji, user_ids }) => {
        const words = reactionWords(emoji, user_ids.map(nameOf));
        return (
          <button
            key={emoji}
            type="button"
            class="reaction"
            aria-pressed={emoji === own}
            aria-label={words}
            title={words}
            onClick={() => attempt('The reaction was not changed.', () => actions.react(line.id, emoji === own ? null : emoji))}
          >
            <span aria-hidden="true">{emoji}</span>
            {user_ids.length > 1 && <span aria-hidden="true">{user_ids.length}</span>}
          </button>
        );
      })}
    </div>
  );
}
