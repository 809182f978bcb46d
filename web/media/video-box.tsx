import type { JSX } from 'preact';
import { useAccount } from '../app';
import type { Line } from '../conversation/line';
import { Icon } from '../ui/icon';
import { fittedBox } from './fitted';
import type { LocalMedium } from './local-media';
import { clipTime } from './media-words';
import { usePlayback } from './playback';
import { Thumbnail } from './thumbnail';

export interface VideoBoxProps {
  readonly line: Line;
  readonly local: LocalMedium | undefined;
}

/** A video in the log: its poster, and in its place the video once somebody wants it. */
export function VideoBox({ line, local }: VideoBoxProps): JSX.Element {
  const { mediaLinks } = useAccount();
  const { media } = line;
  const video = local?.medium.kind === 'video' ? local.medium : null;
  const durationMs = media?.duration_ms ?? video?.durationMs ?? null;
  const playback = usePlayback<HTMLVideoElement>(async () => {
    if (local !== undefined) return local.url;
    return media === null ? null : ((await mediaLinks.fresh(media.id))?.url ?? null);
  });
  const isStarted = playback.phase === 'ready' || playback.phase === 'loading';
  return (
    <div class="picture-box video-box" style={fittedBox(video ?? media)} data-phase={playback.phase}>
      {/* biome-ignore lint/a11y/useMediaCaption: nobody writes captions for what is gone tomorrow. */}
      <video
        ref={playback.ref}
        class="video-player"
        hidden={!isStarted}
        aria-label="Video"
        preload="none"
        controls
        playsInline
        disablePictureInPicture
        onPlay={playback.onPlay}
        onError={playback.onError}
      />
      {!isStarted && (
        <button
          type="button"
          class="picture-open"
          aria-label={playback.phase === 'failed' ? 'The video could not be played. Try again' : 'Play the video'}
          disabled={line.state.kind === 'uploading'}
          onClick={() => playback.start().then(() => playback.ref.current?.focus())}
        >
          <Poster line={line} local={local} />
          <span class="video-play">
            <Icon name={playback.phase === 'failed' ? 'retry' : 'play'} size={30} />
          </span>
          {durationMs !== null && <span class="video-time">{clipTime(durationMs)}</span>}
        </button>
      )}
    </div>
  );
}

function Poster({ line, local }: VideoBoxProps): JSX.Element {
  if (local?.posterUrl != null) return <img src={local.posterUrl} alt="" />;
  if (local !== undefined || line.media === null || !line.media.has_thumbnail) return <span class="picture-blank" />;
  return <Thumbnail media={line.media} />;
}
