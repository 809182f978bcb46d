import type { JSX } from 'preact';
import { isFewEmoji } from './few-emoji';
import { linkParts } from './links';

/** Text as it was written, with its addresses made into links. */
export function LineText({ text }: { text: string }): JSX.Element {
  return (
    <p class={isFewEmoji(text) ? 'bubble-text is-emoji' : 'bubble-text'} dir="auto">
      {linkParts(text).map(({ text: part, href }, index) =>
        href === null ? (
          part
        ) : (
          <a key={`${index}-${part}`} href={href} target="_blank" rel="noopener noreferrer">
            {part}
          </a>
        ),
      )}
    </p>
  );
}
