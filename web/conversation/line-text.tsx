import type { JSX } from 'preact';
import { isFewEmoji } from './few-emoji';

const link = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'])/g;

/** Text as it was written, with its addresses made into links. */
export function LineText({ text }: { text: string }): JSX.Element {
  return (
    <p class={isFewEmoji(text) ? 'bubble-text is-emoji' : 'bubble-text'} dir="auto">
      {text.split(link).map((part, index) =>
        index % 2 === 1 ? (
          <a key={`${index}-${part}`} href={part} target="_blank" rel="noopener noreferrer">
            {part}
          </a>
        ) : (
          part
        ),
      )}
    </p>
  );
}
