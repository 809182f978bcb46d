import { maxSentImageSidePx } from '../../src/protocol/limits';
import type { PreparedPicture } from './prepared-medium';

const quality = 0.85;

/** A file that this browser cannot show. */
export class NotAPicture extends Error {
  override readonly name = 'NotAPicture';
}

/**
 * Makes any picture the browser can show into an upright JPEG of at most `maxSidePx` a side.
 * Drawing it anew leaves EXIF, GPS and everything else behind.
 * @throws NotAPicture
 */
export async function reencode(file: Blob, maxSidePx = maxSentImageSidePx): Promise<PreparedPicture> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    throw new NotAPicture();
  }
  try {
    return await drawScaled(bitmap, bitmap.width, bitmap.height, maxSidePx);
  } finally {
    bitmap.close();
  }
}

/** Draws a source of this size into a JPEG of at most `maxSidePx` a side. */
export async function drawScaled(
  source: CanvasImageSource,
  sourceWidth: number,
  sourceHeight: number,
  maxSidePx = maxSentImageSidePx,
): Promise<PreparedPicture> {
  const scale = Math.min(1, maxSidePx / Math.max(sourceWidth, sourceHeight));
  const width = Math.max(1, Math.round(sourceWidth * scale));
  const height = Math.max(1, Math.round(sourceHeight * scale));
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  if (context === null) throw new NotAPicture();
  // JPEG has no transparency: without a ground it would turn black.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(source, 0, 0, width, height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality));
  if (blob === null) throw new NotAPicture();
  return { kind: 'image', blob, width, height };
}
