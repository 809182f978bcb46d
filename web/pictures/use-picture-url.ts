import { useMemo } from 'preact/hooks';
import { useAccount } from '../app';
import type { PictureLink } from './picture-links';

/** The present link to a medium, asked for when it is first needed. */
export function usePictureUrl(mediaId: string): PictureLink {
  const { pictures } = useAccount();
  return useMemo(() => pictures.want(mediaId), [pictures, mediaId]).value;
}
