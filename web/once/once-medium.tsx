import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { mediaKindOf } from '../../src/protocol/media-types';
import { assertNever } from '../assert-never';
import { AudioPlayer } from '../media/audio-player';
import { FileCard } from '../media/file-card';
import type { OnceContent } from './once-viewing';

export interface OnceMediumProps {
  readonly medium: OnceContent;
  readonly alt: string;
  /** While nobody may see it nobody need hear it. */
  readonly isVeiled: boolean;
}

/** What a view-once message carries, without the ways that browsers offer for keeping it. */
export function OnceMedium({ medium, alt, isVeiled }: OnceMediumProps): JSX.Element {
  const boxRef = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isVeiled) for (const player of playersIn(boxRef.current)) player.pause();
  }, [isVeiled]);
  useEffect(() => {
    const players = playersIn(boxRef.current);
    return () => {
      for (const player of players) {
        player.removeAttribute('src');
        player.load();
      }
    };
  }, []);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the browser's own menu offers to keep what is shown.
    <div ref={boxRef} class="once-medium" onContextMenu={(event) => event.preventDefault()}>
      <Shown medium={medium} alt={alt} />
    </div>
  );
}

const playersIn = (box: HTMLElement | null) => [...(box?.querySelectorAll<HTMLMediaElement>('video, audio') ?? [])];

function Shown({ medium: { url, facts }, alt }: Omit<OnceMediumProps, 'isVeiled'>): JSX.Element {
  const kind = mediaKindOf(facts.mime_type);
  switch (kind) {
    case 'image':
      return <img src={url} alt={alt} draggable={false} />;
    case 'video':
      return (
        // biome-ignore lint/a11y/useMediaCaption: nobody writes captions for what is gone at once.
        <video
          src={url}
          aria-label={alt}
          autoPlay
          controls
          controlsList="nodownload nofullscreen noremoteplayback"
          disablePictureInPicture
          disableRemotePlayback
          playsInline
        />
      );
    case 'audio':
      return <AudioPlayer source={() => Promise.resolve(url)} durationMs={facts.duration_ms} />;
    case 'file':
      return (
        <div class="once-file">
          <FileCard name={facts.file_name ?? 'File'} byteSize={facts.byte_size} source={() => Promise.resolve(url)} />
          <p>Save it before you close this. What you save stays on this device.</p>
        </div>
      );
    default:
      return assertNever(kind);
  }
}
