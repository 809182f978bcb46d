import type { JSX } from 'preact';
import { useAccount } from '../app';
import type { Line } from '../conversation/line';
import { useRoom } from '../conversation/room-context';
import './blocks.css';

/** What stands for the words of somebody blocked. */
export const foldedWords = 'Message from someone you blocked';

/** How a line of a group stands that somebody blocked has sent [BLOCK-1]; null for any other line. Follows changes. */
export function useFold(line: Line): 'folded' | 'unfolded' | null {
  const { blocks } = useAccount();
  const { membership, unfolded } = useRoom();
  const isFoldable = membership.chat.value?.is_group === true && line.end === null && blocks.has(line.senderId);
  if (!isFoldable) return null;
  return unfolded.value.has(line.id) ? 'unfolded' : 'folded';
}

/** The same button shows and hides, so that it keeps the focus. */
export function FoldButton({ line, isFolded }: { line: Line; isFolded: boolean }): JSX.Element {
  const { unfolded } = useRoom();
  const toggle = () => {
    const next = new Set(unfolded.peek());
    if (!next.delete(line.id)) next.add(line.id);
    unfolded.value = next;
  };
  return (
    <p class="bubble-folded">
      {isFolded && <span>{foldedWords} · </span>}
      <button type="button" class="link-button" aria-expanded={!isFolded} onClick={toggle}>
        {isFolded ? 'Show' : 'Hide'}
      </button>
    </p>
  );
}
