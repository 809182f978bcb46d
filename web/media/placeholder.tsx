import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { thumbHashToRGBA } from 'thumbhash';

/** [MEDIA-2] What a picture looks like from afar: some 30 pixels a side, drawn before the first byte of it is there. */
export function Placeholder({ hash }: { readonly hash: string }): JSX.Element {
  const ref = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const canvas = ref.current;
    const picture = decode(hash);
    if (canvas === null || picture === null) return;
    canvas.width = picture.width;
    canvas.height = picture.height;
    canvas.getContext('2d')?.putImageData(picture, 0, 0);
  }, [hash]);
  return <canvas ref={ref} class="picture-placeholder" data-testid="placeholder" />;
}

/** Null for what is no ThumbHash. */
function decode(base64: string): ImageData | null {
  try {
    const { w, h, rgba } = thumbHashToRGBA(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
    return new ImageData(new Uint8ClampedArray(rgba), w, h);
  } catch {
    return null;
  }
}
