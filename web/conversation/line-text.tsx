import type { JSX } from 'preact';

const link = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'])/g;
/** One to three emoji and nothing else are shown large. */
const fewEmoji = /^(?:\p{RGI_Emoji}\s?){1,3}$/v;

/** Text as it was written, with its addresses made into links. */
export function LineText({ text }: { text: string }): JSX.Element {
  return (
    <p class={fewEmoji.test(text) ? 'bubble-text is-emoji' : 'bubble-text'} dir="auto">
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
