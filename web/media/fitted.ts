/** Room a picture gets in the log, in pixels. */
const widestPx = 300;
const highestPx = 340;

/** The style of a box that has its final size before the first byte is there; a square where the size is not known. */
export function fittedBox(size: { readonly width: number | null; readonly height: number | null } | null): Record<string, string> {
  const width = size?.width || widestPx;
  const height = size?.height || widestPx;
  const scale = Math.min(widestPx / width, highestPx / height);
  return { width: `${Math.round(width * scale)}px`, aspectRatio: `${width} / ${height}` };
}
