import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { assertNever } from '../assert-never';
import { AudioPlayer } from '../media/audio-player';
import { FileCard } from '../media/file-card';
import type { PreparedMedium } from '../media/prepared-medium';

/** Something of this device as it would be sent. Its memory is freed when it is not shown any more. */
export function ReviewItem({ medium }: { readonly medium: PreparedMedium }): JSX.Element | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    const made = URL.createObjectURL(medium.blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [medium]);
  if (url === null) return null;
  switch (medium.kind) {
    case 'image':
      return (
        <img
          class="review-picture"
          src={url}
          alt="What will be sent"
          width={medium.width}
          height={medium.height}
          data-testid="review-picture"
        />
      );
    case 'video':
      return (
        // biome-ignore lint/a11y/useMediaCaption: nobody writes captions for what is gone tomorrow.
        <video
          class="review-picture"
          src={url}
          width={medium.width}
          height={medium.height}
          aria-label="What will be sent"
          controls
          loop
          playsInline
          data-testid="review-video"
        />
      );
    case 'audio':
      return <AudioPlayer source={() => Promise.resolve(url)} durationMs={medium.durationMs} />;
    case 'file':
      return <FileCard name={medium.fileName} byteSize={medium.blob.size} />;
    default:
      return assertNever(medium);
  }
}
