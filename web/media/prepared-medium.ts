import * as v from 'valibot';
import { mediaKindOf, mediaType } from '../../src/protocol/media-types';

/** Something of this device, ready to be sent. Sizes are pixels as seen, upright; durations milliseconds. */
export type PreparedMedium =
  | { readonly kind: 'image'; readonly blob: Blob; readonly width: number; readonly height: number }
  | {
      readonly kind: 'video';
      readonly blob: Blob;
      readonly width: number;
      readonly height: number;
      readonly durationMs: number | null;
      /** A JPEG that stands for it until it plays. */
      readonly poster: PreparedPicture | null;
    }
  | { readonly kind: 'audio'; readonly blob: Blob; readonly durationMs: number | null }
  | { readonly kind: 'file'; readonly blob: Blob; readonly fileName: string };

export type PreparedPicture = Extract<PreparedMedium, { kind: 'image' }>;
export type PreparedVideo = Extract<PreparedMedium, { kind: 'video' }>;

const anyType = 'application/octet-stream';

/** The type to announce it as: what is sent as a file must not be taken for what is played. */
export function mimeTypeOf({ kind, blob }: Pick<PreparedMedium, 'kind' | 'blob'>): string {
  const parsed = v.safeParse(mediaType, blob.type);
  if (!parsed.success) return anyType;
  return kind === 'file' && mediaKindOf(parsed.output) !== 'file' ? anyType : parsed.output;
}
