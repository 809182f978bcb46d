import { useMemo } from 'preact/hooks';
import { useAccount } from '../app';
import type { MediaLink } from './media-links';

/** The present link to a medium, asked for when it is first needed. */
export function useMediaLink(mediaId: string): MediaLink {
  const { mediaLinks } = useAccount();
  return useMemo(() => mediaLinks.want(mediaId), [mediaLinks, mediaId]).value;
}
