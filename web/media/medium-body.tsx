import type { JSX } from 'preact';
import { useAccount } from '../app';
import { assertNever } from '../assert-never';
import type { Line } from '../conversation/line';
import { useRoom } from '../conversation/room-context';
import { AudioPlayer } from './audio-player';
import { FileCard } from './file-card';
import { ImageBox } from './image-box';
import { UploadStatus } from './upload-status';
import { VideoBox } from './video-box';
import './media.css';

export interface MediumBodyProps {
  readonly line: Line;
  openPicture(): void;
}

/** What a line carries beside its words, and how far that has got on its way out. */
export function MediumBody({ line, openPicture }: MediumBodyProps): JSX.Element | null {
  const room = useRoom();
  if (line.type === 'text' || line.type === 'system') return null;
  return (
    <div class="medium" data-type={line.type}>
      <Shown line={line} openPicture={openPicture} />
      {line.state.kind === 'uploading' && <UploadStatus stage={line.state.stage} cancel={() => room.discard(line.id)} />}
    </div>
  );
}

function Shown({ line, openPicture }: MediumBodyProps): JSX.Element | null {
  const { mediaLinks } = useAccount();
  const local = useRoom().localMedia.get(line.id);
  const { media, type } = line;
  const address = async () => local?.url ?? (media === null ? null : ((await mediaLinks.fresh(media.id))?.url ?? null));
  switch (type) {
    case 'text':
    case 'system':
      return null;
    case 'image':
      return <ImageBox line={line} local={local} open={openPicture} />;
    case 'video':
      return <VideoBox line={line} local={local} />;
    case 'audio': {
      const prepared = local?.medium.kind === 'audio' ? local.medium.durationMs : null;
      return <AudioPlayer source={address} durationMs={media?.duration_ms ?? prepared} />;
    }
    case 'file': {
      const prepared = local?.medium.kind === 'file' ? local.medium : null;
      const name = media?.file_name ?? prepared?.fileName ?? 'File';
      const size = media?.byte_size ?? prepared?.blob.size ?? 0;
      return <FileCard name={name} byteSize={size} {...(line.state.kind === 'accepted' ? { source: address } : {})} />;
    }
    default:
      return assertNever(type);
  }
}
