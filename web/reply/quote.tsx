import type { JSX } from 'preact';
import { foldedWords, useFold } from '../blocks/folded';
import type { Line } from '../conversation/line';
import { useNames, useRoom } from '../conversation/room-context';
import { hueOf } from '../ui/avatar';
import { quoteWords } from './quote-words';
import './quote.css';

/** What a line answers: said only while this client holds the original and it lives [SEND-7]; one further up can be looked for. */
export function Quote({ id, jumpTo }: { id: string; jumpTo(lineId: string): void }): JSX.Element {
  const room = useRoom();
  const original = room.lineById.value.get(id);
  const isGone = original === undefined ? room.hasEnded(id) : original.end !== null;
  if (isGone) return <p class="quote is-gone">The original is not here any more</p>;
  return (
    <button type="button" class="quote" aria-label="Go to the original" data-testid="quote" onClick={() => jumpTo(id)}>
      {original === undefined ? <span class="quote-words">An earlier message</span> : <QuoteText line={original} />}
    </button>
  );
}

/** Author and beginning of a line. */
export function QuoteText({ line }: { line: Line }): JSX.Element {
  const nameOf = useNames();
  return (
    <>
      <span class="quote-author" data-hue={hueOf(line.senderId)}>
        {nameOf(line.senderId)}
      </span>
      <span class="quote-words" dir="auto">
        {useFold(line) === 'folded' ? foldedWords : quoteWords(line)}
      </span>
    </>
  );
}
