import type { JSX } from 'preact';
import { linkParts } from './links';

/** One to three emoji and nothing else are shown large. */
const fewEmoji = /^(?:\p{RGI_Emoji}\s?){1,3}$/v;

/** Text as it was written, with its addresses made into links. */
export function LineText({ text }: { text: string }): JSX.Element {
  return (
    <p class={fewEmoji.test(text) ? 'bubble-text is-emoji' : 'bubble-text'} dir="auto">
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
