import type { JSX } from 'preact';
import type { Line } from '../conversation/line';
import { fittedBox } from './fitted';
import type { LocalMedium } from './local-media';
import { Thumbnail } from './thumbnail';

export interface ImageBoxProps {
  readonly line: Line;
  readonly local: LocalMedium | undefined;
  open(): void;
}

/** A picture in the log. */
export function ImageBox({ line, local, open }: ImageBoxProps): JSX.Element {
  const size = local?.medium.kind === 'image' ? local.medium : line.media;
  return (
    <div class="picture-box" style={fittedBox(size)}>
      <button type="button" class="picture-open" aria-label="Open the picture" disabled={line.state.kind === 'uploading'} onClick={open}>
        {local !== undefined ? <img src={local.url} alt="" /> : line.media !== null ? <Thumbnail media={line.media} /> : null}
      </button>
    </div>
  );
}
