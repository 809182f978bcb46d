import type { JSX } from 'preact';
import { useAccount } from '../app';
import type { Line } from '../conversation/line';
import type { LocalPicture } from './local-pictures';
import { UploadProgress } from './upload-progress';
import { usePictureUrl } from './use-picture-url';
import './pictures.css';

/** Room a picture gets in the log, in pixels. */
const widestPx = 300;
const highestPx = 340;

export interface PictureBoxProps {
  readonly line: Line;
  readonly local: LocalPicture | undefined;
  open(): void;
  cancel(): void;
}

/** A picture in the log: its box has its final size before the first byte is there. */
export function PictureBox({ line, local, open, cancel }: PictureBoxProps): JSX.Element {
  const width = local?.width ?? line.media?.width ?? widestPx;
  const height = local?.height ?? line.media?.height ?? widestPx;
  const scale = Math.min(widestPx / width, highestPx / height);
  const isUploading = line.state.kind === 'uploading';
  return (
    <div class="picture-box" style={{ width: `${Math.round(width * scale)}px`, aspectRatio: `${width} / ${height}` }}>
      <button type="button" class="picture-open" aria-label="Open the picture" disabled={isUploading} onClick={open}>
        {local !== undefined ? <img src={local.url} alt="" /> : line.media !== null ? <Thumbnail mediaId={line.media.id} /> : null}
      </button>
      {line.state.kind === 'uploading' && <UploadProgress share={line.state.share} cancel={cancel} />}
    </div>
  );
}

function Thumbnail({ mediaId }: { mediaId: string }): JSX.Element {
  const { pictures } = useAccount();
  const link = usePictureUrl(mediaId);
  if (link.kind === 'ready') {
    return (
      <img
        src={link.media.thumbnail_url ?? link.media.url}
        alt=""
        data-testid="thumbnail"
        onError={() => pictures.renewOnce(mediaId, link.media.url_expires_at)}
      />
    );
  }
  if (link.kind === 'loading') return <span class="picture-shimmer" />;
  return <span class="picture-missing">{link.kind === 'gone' ? 'Not there any more' : 'Could not be loaded'}</span>;
}
