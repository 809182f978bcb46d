import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import * as v from 'valibot';
import { messageText } from '../../src/protocol/text';
import type { PreparedFile } from '../media/prepare-file';
import type { PreparedMedium } from '../media/prepared-medium';
import { FormProblem } from '../ui/form-problem';
import { Icon } from '../ui/icon';
import { ReviewItem } from './review-item';

export interface ReviewProps {
  readonly files: readonly PreparedFile[];
  /** Why others are not among them, a sentence each. */
  readonly refused: readonly string[];
  readonly choices: ComponentChildren;
  readonly note: string | null;
  readonly again: { readonly label: string; run(): void };
  send(media: readonly PreparedMedium[], caption: string): void;
}

const nouns = { image: 'picture', video: 'video', audio: 'recording', file: 'file' } as const;

/** Everything exactly as it would be sent, with room for a few words where it is one thing. */
export function Review({ files, refused, choices, note, again, send }: ReviewProps): JSX.Element {
  const [kept, setKept] = useState(files);
  const [caption, setCaption] = useState('');
  const sendRef = useRef<HTMLButtonElement>(null);
  useEffect(() => setKept(files), [files]);
  useEffect(() => sendRef.current?.focus(), []);
  const [only] = kept.length === 1 ? kept : [];
  const words = only === undefined ? '' : caption;
  const isTooLong = words.trim() !== '' && !v.safeParse(messageText, words).success;
  const notes = [...new Set([note, ...kept.map((file) => file.note), ...refused])].filter((text) => text !== null);

  return (
    <form
      class="review"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isTooLong)
          send(
            kept.map(({ medium }) => medium),
            words,
          );
      }}
    >
      <ul class="review-items" data-many={only === undefined}>
        {kept.map((file) => (
          <li key={file}>
            <ReviewItem medium={file.medium} />
            {only === undefined && (
              <button
                type="button"
                class="icon-button review-remove"
                aria-label="Leave this out"
                onClick={() => {
                  setKept(kept.filter((other) => other !== file));
                  sendRef.current?.focus();
                }}
              >
                <Icon name="close" size={20} />
              </button>
            )}
          </li>
        ))}
      </ul>
      {only !== undefined && (
        <div class="review-caption">
          <input
            value={caption}
            placeholder="Add a caption"
            aria-label="Caption"
            aria-invalid={isTooLong}
            autocomplete="off"
            dir="auto"
            onInput={(event) => setCaption(event.currentTarget.value)}
          />
        </div>
      )}
      <div class="review-choices">{choices}</div>
      {notes.map((text) => (
        <p key={text} class="review-note">
          {text}
        </p>
      ))}
      <FormProblem words={isTooLong ? 'The caption is too long. Shorten it to send this.' : null} />
      <div class="review-actions">
        <button type="button" class="button" onClick={again.run}>
          {again.label}
        </button>
        <button ref={sendRef} type="submit" class="button button-primary" disabled={isTooLong}>
          {only === undefined ? `Send ${kept.length} files` : `Send ${nouns[only.medium.kind]}`}
        </button>
      </div>
    </form>
  );
}
