import { mediaKindOf } from '../protocol/media-types';
import type { Media } from '../protocol/models';

/** The headers that a medium's bytes are served with. */
export interface ServedAs {
  readonly contentType: string;
  readonly contentDisposition: string;
}

/**
 * What browsers show in place they may show; files are saved, whatever they hold and whatever they are called [MEDIA-1]:
 * a page that somebody uploads must never run.
 */
export function servedAs({ mime_type, file_name }: Pick<Media, 'mime_type' | 'file_name'>): ServedAs {
  if (mediaKindOf(mime_type) !== 'file') return { contentType: mime_type, contentDisposition: 'inline' };
  const name = file_name === null ? '' : `; filename*=UTF-8''${encodeRfc5987(file_name)}`;
  return { contentType: 'application/octet-stream', contentDisposition: `attachment${name}` };
}

function encodeRfc5987(text: string): string {
  return encodeURIComponent(text).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
