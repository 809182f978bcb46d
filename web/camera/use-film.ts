import { type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { turnOff } from '../recording/device-trouble';
import { type Recorded, Recording } from '../recording/recording';
import { videoLimits } from '../recording/recording-limits';
import { filmStream } from './camera';

export interface Film {
  readonly phase: 'off' | 'starting' | 'on';
  readonly elapsedMs: ReadonlySignal<number>;
  /** @throws CannotRecord; CameraError when the camera went */
  start(): Promise<void>;
  stop(): void;
}

const nothing = signal(0);

/** Films what the camera sees. `finished` gets the film, or null when it was stopped before there was anything of it. */
export function useFilm(camera: MediaStream, finished: (film: Recorded | null) => void): Film {
  const [phase, setPhase] = useState<Film['phase']>('off');
  const recording = useRef<Recording | null>(null);
  const isWanted = useRef(false);
  const latest = useRef(finished);
  latest.current = finished;

  const stop = () => {
    isWanted.current = false;
    recording.current?.stop();
  };
  const start = async () => {
    if (isWanted.current || recording.current !== null) return;
    isWanted.current = true;
    setPhase('starting');
    let stream: MediaStream | null = null;
    try {
      stream = await filmStream(camera);
      if (!isWanted.current) return latest.current(null);
      const begun = new Recording('video', stream, videoLimits);
      recording.current = begun;
      setPhase('on');
      latest.current(await begun.done);
    } finally {
      turnOff(stream);
      recording.current = null;
      isWanted.current = false;
      setPhase('off');
    }
  };
  useEffect(() => {
    return () => {
      // Whoever closes the camera wants nothing of it.
      latest.current = () => {};
      isWanted.current = false;
      recording.current?.cancel();
    };
  }, []);
  return { phase, elapsedMs: recording.current?.elapsedMs ?? nothing, start, stop };
}
