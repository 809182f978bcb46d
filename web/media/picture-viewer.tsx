import type { JSX } from 'preact';
import { useAccount } from '../app';
import type { Line } from '../conversation/line';
import { LifeLeft } from '../expiry/life-left';
import { Dialog } from '../ui/dialog';
import type { LocalMedium } from './local-media';
import { useMediaLink } from './use-media-link';

export interface PictureViewerProps {
  readonly line: Line;
  readonly local: LocalMedium | undefined;
  close(): void;
}

/** A picture as large as the window allows. */
export function PictureViewer({ line, local, close }: PictureViewerProps): JSX.Element {
  return (
    <Dialog title="Picture" kind="stage" close={close}>
      <figure class="viewer" data-testid="picture-viewer">
        {local !== undefined ? (
          <img
            src={local.url}
            alt={line.text ?? 'A photo'}
            {...(local.medium.kind === 'image' ? { width: local.medium.width, height: local.medium.height } : {})}
          />
        ) : line.media !== null ? (
          <FullPicture mediaId={line.media.id} alt={line.text ?? 'A photo'} width={line.media.width} height={line.media.height} />
        ) : null}
        <figcaption>
          {line.text !== null && <span dir="auto">{line.text}</span>}
          <LifeLeft line={line} />
        </figcaption>
      </figure>
    </Dialog>
  );
}

interface FullPictureProps {
  readonly mediaId: string;
  readonly alt: string;
  readonly width: number | null;
  readonly height: number | null;
}

function FullPicture({ mediaId, alt, width, height }: FullPictureProps): JSX.Element {
  const { mediaLinks } = useAccount();
  const link = useMediaLink(mediaId);
  if (link.kind === 'ready') {
    const size = width === null || height === null ? {} : { width, height };
    return <img src={link.media.url} alt={alt} {...size} onError={() => mediaLinks.renewOnce(mediaId, link.media.url_expires_at)} />;
  }
  if (link.kind === 'loading') return <p role="status">Loading…</p>;
  return (
    <div class="viewer-trouble">
      <p role="status">{link.kind === 'gone' ? 'This picture is not there any more.' : 'The picture could not be loaded.'}</p>
      {link.kind === 'failed' && (
        <button type="button" class="button" onClick={() => mediaLinks.renew(mediaId)}>
          Try again
        </button>
      )}
    </div>
  );
}
