import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Icon } from '../ui/icon';
import { clipTime } from './media-words';
import { type PlayableSource, usePlayback } from './playback';
import './audio-player.css';

export interface AudioPlayerProps {
  readonly source: PlayableSource;
  /** Milliseconds, as far as it is known before it plays. */
  readonly durationMs: number | null;
  readonly isDisabled?: boolean;
}

/** Plays a voice message: play and pause, a slider to seek by pointer or keys, and the time. */
export function AudioPlayer({ source, durationMs, isDisabled = false }: AudioPlayerProps): JSX.Element {
  const playback = usePlayback<HTMLAudioElement>(source);
  const [isPlaying, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  const [measured, setMeasured] = useState<number | null>(null);
  const seconds = measured ?? (durationMs ?? 0) / 1000;
  const { phase } = playback;

  const toggle = () => {
    const player = playback.ref.current;
    if (phase !== 'ready' || player === null) return void playback.start(at);
    if (player.paused) void player.play().catch(() => {});
    else player.pause();
  };
  const seek = (to: number) => {
    setAt(to);
    const player = playback.ref.current;
    if (phase === 'ready' && player !== null) player.currentTime = to;
  };
  return (
    <div class="audio-player" data-testid="audio-player" data-phase={phase} data-playing={isPlaying}>
      {/* biome-ignore lint/a11y/useMediaCaption: nobody writes captions for what is gone tomorrow. */}
      <audio
        ref={playback.ref}
        preload="none"
        onPlay={() => {
          playback.onPlay();
          setPlaying(true);
        }}
        onPause={() => setPlaying(false)}
        onEnded={() => {
          setPlaying(false);
          setAt(0);
        }}
        onTimeUpdate={({ currentTarget }) => setAt(currentTarget.currentTime)}
        // A recording that does not say how long it is has no end until it was read to it.
        onDurationChange={({ currentTarget: { duration } }) => {
          if (Number.isFinite(duration)) setMeasured(duration);
        }}
        onError={playback.onError}
      />
      <button type="button" class="audio-play" aria-label={isPlaying ? 'Pause' : 'Play'} disabled={isDisabled} onClick={toggle}>
        <Icon name={phase === 'failed' ? 'retry' : isPlaying ? 'pause' : 'play'} size={22} />
      </button>
      <input
        type="range"
        class="audio-seek"
        aria-label="Position"
        aria-valuetext={`${clipTime(at * 1000)} of ${clipTime(seconds * 1000)}`}
        min={0}
        max={Math.max(seconds, at, 0.1)}
        step={0.1}
        value={at}
        disabled={isDisabled || seconds === 0}
        style={{ '--played': `${seconds === 0 ? 0 : Math.min(100, (at / seconds) * 100)}%` }}
        onInput={({ currentTarget }) => seek(currentTarget.valueAsNumber)}
      />
      <span class="audio-time">{clipTime((isPlaying || at > 0 ? at : seconds) * 1000)}</span>
      {phase === 'failed' && (
        <span class="audio-trouble" role="alert">
          Could not be played
        </span>
      )}
    </div>
  );
}
