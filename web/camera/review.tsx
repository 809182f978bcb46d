import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import * as v from 'valibot';
import { messageText } from '../../src/protocol/text';
import type { PreparedPicture } from '../media/prepared-medium';

export interface ReviewProps {
  readonly picture: PreparedPicture;
  readonly choices: ComponentChildren;
  readonly note: string | null;
  readonly again: { readonly label: string; run(): void };
  send(caption: string): void;
}

/** The picture exactly as it would be sent, with room for a few words. */
export function Review({ picture, choices, note, again, send }: ReviewProps): JSX.Element {
  const [url, setUrl] = useState<string | null>(null);
  const [caption, setCaption] = useState('');
  useEffect(() => {
    const made = URL.createObjectURL(picture.blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [picture]);
  const isTooLong = caption.trim() !== '' && !v.safeParse(messageText, caption).success;

  return (
    <form
      class="review"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isTooLong) send(caption);
      }}
    >
      <div class="camera-stage">
        {url !== null && (
          <img
            class="review-picture"
            src={url}
            alt="What will be sent"
            width={picture.width}
            height={picture.height}
            data-testid="review-picture"
          />
        )}
      </div>
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
        {choices}
      </div>
      {note !== null && <p class="review-note">{note}</p>}
      {isTooLong && (
        <p class="form-problem" role="alert">
          The caption is too long. Shorten it to send the picture.
        </p>
      )}
      <div class="review-actions">
        <button type="button" class="button" onClick={again.run}>
          {again.label}
        </button>
        <button type="submit" class="button button-primary" disabled={isTooLong}>
          Send picture
        </button>
      </div>
    </form>
  );
}
