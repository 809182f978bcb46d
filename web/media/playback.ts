import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

/** Gives an address that plays now; null when there is none any more. */
export type PlayableSource = () => Promise<string | null>;

/** `idle` until asked for; `failed` when there is nothing to play, or it cannot be played. */
export type PlaybackPhase = 'idle' | 'loading' | 'ready' | 'failed';

export interface Playback<Player extends HTMLMediaElement> {
  readonly ref: RefObject<Player | null>;
  readonly phase: PlaybackPhase;
  /** Plays from there, in seconds; by default from where it was. */
  start(at?: number): Promise<void>;
  /** To be called when the player could not go on: an address that ran out [EXP-7] is replaced by another, at the same place. */
  onError(): void;
  /** To be called when it plays: one is heard at a time. */
  onPlay(): void;
}

let playing: HTMLMediaElement | null = null;

/** Plays what `source` leads to. When the view goes the player lets go of its bytes. */
export function usePlayback<Player extends HTMLMediaElement>(source: PlayableSource): Playback<Player> {
  const ref = useRef<Player>(null);
  const [phase, setPhase] = useState<PlaybackPhase>('idle');
  useEffect(() => {
    const player = ref.current;
    return () => {
      if (player === null) return;
      if (playing === player) playing = null;
      unload(player);
    };
  }, []);

  const start = async (at = ref.current?.currentTime ?? 0): Promise<void> => {
    setPhase('loading');
    const url = await source();
    const player = ref.current;
    if (player === null) return;
    // The same address again would not work this time either.
    if (url === null || url === player.src) {
      unload(player);
      return setPhase('failed');
    }
    player.src = url;
    if (at > 0) player.currentTime = at;
    setPhase('ready');
    // A browser that wants another tap before it plays shows its controls.
    await player.play().catch(() => {});
  };
  return {
    ref,
    phase,
    start,
    onError: () => {
      // Taking the bytes away is reported as an error, too.
      if (ref.current?.hasAttribute('src')) void start();
    },
    onPlay: () => {
      if (playing !== ref.current) playing?.pause();
      playing = ref.current;
    },
  };
}

function unload(player: HTMLMediaElement): void {
  player.pause();
  player.removeAttribute('src');
  player.load();
}
