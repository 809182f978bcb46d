import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { mediaKindOf } from '../../src/protocol/media-types';
import type { Media } from '../../src/protocol/models';
import { useAccount } from '../app';
import type { MediaLink } from './media-links';
import { Placeholder } from './placeholder';
import { useMediaLink } from './use-media-link';

/** What stands for a medium in the log: its thumbnail, else the picture itself; of a video without one, nothing. */
export function Thumbnail({ media }: { media: Media }): JSX.Element {
  const link = useMediaLink(media.id);
  const url = link.kind === 'ready' ? addressIn(link) : null;
  if (link.kind === 'ready' && url === null) return <span class="picture-blank" />;
  if (link.kind === 'ready' || link.kind === 'loading') return <Arriving key={media.id} media={media} url={url} link={link} />;
  return <span class="picture-missing">{link.kind === 'gone' ? 'Not there any more' : 'Could not be loaded'}</span>;
}

function addressIn({ media }: Extract<MediaLink, { kind: 'ready' }>): string | null {
  return media.thumbnail_url ?? (mediaKindOf(media.mime_type) === 'image' ? media.url : null);
}

interface ArrivingProps {
  readonly media: Media;
  /** Null while nobody has said where it is. */
  readonly url: string | null;
  readonly link: MediaLink;
}

/** A picture over what stands for it, which goes when it is there: the box never changes its size. */
function Arriving({ media, url, link }: ArrivingProps): JSX.Element {
  const { mediaLinks } = useAccount();
  const [isThere, setThere] = useState(false);
  return (
    <>
      {!isThere && (media.placeholder === null ? <span class="picture-shimmer" /> : <Placeholder hash={media.placeholder} />)}
      {url !== null && (
        <img
          src={url}
          alt=""
          data-testid="thumbnail"
          data-there={isThere}
          onLoad={() => setThere(true)}
          onError={() => link.kind === 'ready' && mediaLinks.renewOnce(media.id, link.media.url_expires_at)}
        />
      )}
    </>
  );
}
