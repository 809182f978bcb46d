import type { JSX } from 'preact';
import { mediaKindOf } from '../../src/protocol/media-types';
import type { Media } from '../../src/protocol/models';
import { useAccount } from '../app';
import { useMediaLink } from './use-media-link';

/** What stands for a medium in the log: its thumbnail, else the picture itself; of a video without one, nothing. */
export function Thumbnail({ media }: { media: Media }): JSX.Element {
  const { mediaLinks } = useAccount();
  const link = useMediaLink(media.id);
  if (link.kind === 'ready') {
    const url = link.media.thumbnail_url ?? (mediaKindOf(media.mime_type) === 'image' ? link.media.url : null);
    if (url === null) return <span class="picture-blank" />;
    return <img src={url} alt="" data-testid="thumbnail" onError={() => mediaLinks.renewOnce(media.id, link.media.url_expires_at)} />;
  }
  if (link.kind === 'loading') return <span class="picture-shimmer" />;
  return <span class="picture-missing">{link.kind === 'gone' ? 'Not there any more' : 'Could not be loaded'}</span>;
}
