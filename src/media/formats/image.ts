import type { ImageType } from '../../protocol/media-types';
import type { Orientation } from './exif';

/** What an image file says of itself, read without decoding a pixel. */
export interface ImageFacts {
  readonly type: ImageType;
  /** Pixels as stored, before `orientation` turns them. */
  readonly width: number;
  readonly height: number;
  /** How a viewer must turn the stored pixels [MEDIA-2]; 1 for "as they are". */
  readonly orientation: Orientation;
  readonly hasAlpha: boolean;
  readonly isAnimated: boolean;
  /** Of the decoded image, per channel. */
  readonly bitDepth: 8 | 16;
}

/** One image file taken apart: what it is, and the parts of it that a picture needs. */
export interface ImageFile {
  readonly facts: ImageFacts;
  /**
   * The file again, of nothing but the parts a picture needs [MEDIA-1].
   *
   * @param orientation goes into an EXIF block that holds this number and nothing else; 1 for no block at all.
   */
  rebuild(orientation: Orientation): Uint8Array<ArrayBuffer>;
}
