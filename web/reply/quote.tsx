import type { JSX } from 'preact';
import type { Line } from '../conversation/line';
import { useNames, useRoom } from '../conversation/room-context';
import { hueOf } from '../ui/avatar';
import { quoteWords } from './quote-words';
import './quote.css';

/** What a line answers: shown only while this client holds the original and it lives [SEND-7]. */
export function Quote({ id, jumpTo }: { id: string; jumpTo(lineId: string): void }): JSX.Element {
  const original = useRoom().lines.value.find((line) => line.id === id);
  if (original === undefined || original.end !== null) return <p class="quote is-gone">The original is not here any more</p>;
  return (
    <button type="button" class="quote" aria-label="Go to the original" data-testid="quote" onClick={() => jumpTo(id)}>
      <QuoteText line={original} />
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
        {quoteWords(line)}
      </span>
    </>
  );
}
