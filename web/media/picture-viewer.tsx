import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Media } from '../../src/protocol/models';
import { useAccount } from '../app';
import type { Line } from '../conversation/line';
import { LifeLeft } from '../expiry/life-left';
import { Dialog } from '../ui/dialog';
import type { LocalMedium } from './local-media';
import { Placeholder } from './placeholder';
import { useMediaLink } from './use-media-link';

export interface PictureViewerProps {
  readonly line: Line;
  readonly local: LocalMedium | undefined;
  close(): void;
}

/** A picture as large as the window allows. */
export function PictureViewer({ line, local, close }: PictureViewerProps): JSX.Element {
  const alt = line.text ?? 'A photo';
  return (
    <Dialog title="Picture" kind="stage" close={close}>
      <figure class="viewer" data-testid="picture-viewer">
        {local !== undefined ? (
          <Frame size={local.medium.kind === 'image' ? local.medium : null}>
            <img src={local.url} alt={alt} data-testid="picture" />
          </Frame>
        ) : line.media !== null ? (
          <FullPicture media={line.media} alt={alt} />
        ) : null}
        <figcaption>
          {line.text !== null && <span dir="auto">{line.text}</span>}
          <LifeLeft line={line} />
        </figcaption>
      </figure>
    </Dialog>
  );
}

interface FrameProps {
  /** Of the picture, in its own pixels; null where nobody knows. */
  readonly size: { readonly width: number | null; readonly height: number | null } | null;
  readonly children: ComponentChildren;
}

/** Has the picture's place and size before the first byte of it is there: what comes later moves nothing. */
function Frame({ size, children }: FrameProps): JSX.Element {
  const known = size?.width && size.height ? { '--picture-width': size.width, '--picture-height': size.height } : undefined;
  return (
    <div class="viewer-stage">
      <div class="viewer-picture" data-testid="picture-frame" data-sized={known !== undefined} {...(known && { style: known })}>
        {children}
      </div>
    </div>
  );
}

/** What the log has of the picture, until the picture itself can be painted in its place. */
function FullPicture({ media, alt }: { media: Media; alt: string }): JSX.Element {
  const { mediaLinks } = useAccount();
  const link = useMediaLink(media.id);
  const [paintable, setPaintable] = useState<string | null>(null);
  if (link.kind === 'gone' || link.kind === 'failed') {
    return (
      <div class="viewer-trouble">
        <p role="status">{link.kind === 'gone' ? 'This picture is not there any more.' : 'The picture could not be loaded.'}</p>
        {link.kind === 'failed' && (
          <button type="button" class="button" onClick={() => mediaLinks.renew(media.id)}>
            Try again
          </button>
        )}
      </div>
    );
  }
  const linked = link.kind === 'ready' ? link.media : null;
  const isThere = linked !== null && linked.url === paintable;
  return (
    <Frame size={media}>
      {!isThere && (
        <>
          {media.placeholder !== null && <Placeholder hash={media.placeholder} />}
          {linked?.thumbnail_url != null && <img src={linked.thumbnail_url} alt="" data-testid="picture-from-afar" />}
          <p class="visually-hidden" role="status">
            Loading…
          </p>
        </>
      )}
      {linked !== null && (
        <img
          src={linked.url}
          alt={alt}
          data-testid="picture"
          data-there={isThere}
          onLoad={async ({ currentTarget }) => {
            // What is not decoded yet would leave a frame empty. One that cannot be says so as an error of its own.
            await currentTarget.decode().catch(() => {});
            setPaintable(linked.url);
          }}
          onError={() => mediaLinks.renewOnce(media.id, linked.url_expires_at)}
        />
      )}
    </Frame>
  );
}
