import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useAccount } from '../app';
import { clipTime } from '../media/media-words';
import type { PreparedPicture } from '../media/prepared-medium';
import type { Recorded } from '../recording/recording';
import { videoLimits } from '../recording/recording-limits';
import { Icon } from '../ui/icon';
import { type Camera, type CameraChoice, capture, listCameras } from './camera';
import { Countdown } from './countdown';
import { Shutter } from './shutter';
import { useFilm } from './use-film';

export interface LiveViewProps {
  readonly camera: Camera;
  photographed(picture: Promise<PreparedPicture>): void;
  filmed(film: Recorded): void;
  /** No video came of it. */
  failed(): void;
  turnTo(choice: CameraChoice): void;
  /** Nobody sees the page any more: the camera is to go. */
  hidden(): void;
  /** The camera was taken away. */
  lost(): void;
  choose(): void;
}

/** How long the white screen lights a face before the photo is taken, so that the camera has adapted to it. */
const flashMs = 350;
const timerSeconds = 3;

/** What the camera sees, mirrored as mirrors do unless it looks away from the user; the picture taken is not. */
export function LiveView({ camera, photographed, filmed, failed, turnTo, hidden, lost, choose }: LiveViewProps): JSX.Element {
  const { wire } = useAccount();
  const videoRef = useRef<HTMLVideoElement>(null);
  const shutterRef = useRef<HTMLButtonElement>(null);
  const [isReady, setReady] = useState(false);
  const [cameras, setCameras] = useState<readonly MediaDeviceInfo[]>([]);
  const [hasFlash, setFlash] = useState(false);
  const [hasTimer, setTimer] = useState(false);
  const [step, setStep] = useState<'aiming' | 'counting' | 'flashing'>('aiming');

  useEffect(() => {
    if (videoRef.current !== null) videoRef.current.srcObject = camera.stream;
    void listCameras().then(setCameras, () => {});
  }, [camera]);
  useEffect(() => {
    if (isReady) shutterRef.current?.focus();
  }, [isReady]);

  const shoot = () => {
    if (videoRef.current !== null) photographed(capture(videoRef.current));
  };
  // What was let go of before there was a film was meant to be a photo.
  const film = useFilm(camera.stream, (recorded) => {
    if (recorded === null) shoot();
    else filmed(recorded);
  });
  useEffect(() => {
    const onVisibility = () => {
      if (document.visibilityState === 'visible') return;
      // A film ends here, and is looked at on return.
      if (film.phase === 'on') film.stop();
      else hidden();
    };
    // It may have been left while the camera came.
    onVisibility();
    document.addEventListener('visibilitychange', onVisibility);
    return () => document.removeEventListener('visibilitychange', onVisibility);
  });
  useEffect(() => {
    const [picture] = camera.stream.getVideoTracks();
    const onEnded = () => {
      // A film ends by itself then, and is looked at.
      if (film.phase === 'off') lost();
    };
    picture?.addEventListener('ended', onEnded);
    return () => picture?.removeEventListener('ended', onEnded);
  });
  const release = () => (hasFlash ? setStep('flashing') : shoot());
  useEffect(() => {
    if (step === 'flashing') return wire.platform.after(flashMs, shoot);
    return undefined;
  }, [step]);

  const tapped = () => {
    if (film.phase !== 'off') return film.stop();
    if (step === 'counting') return setStep('aiming');
    if (step === 'aiming') return hasTimer ? setStep('counting') : release();
  };
  const record = () => {
    if (step === 'aiming') film.start().catch(failed);
  };
  const elapsedMs = film.elapsedMs.value;
  const isFilming = film.phase !== 'off';
  return (
    <div class="camera" data-step={step}>
      <div class="camera-tools">
        <Toggle icon="flash" label="Screen flash" isOn={hasFlash} toggle={() => setFlash(!hasFlash)} isDisabled={isFilming} />
        <Toggle
          icon="timer"
          label={`Timer, ${timerSeconds} seconds`}
          isOn={hasTimer}
          toggle={() => setTimer(!hasTimer)}
          isDisabled={isFilming}
        />
        {cameras.length > 1 && (
          <select
            class="camera-devices"
            aria-label="Camera"
            disabled={isFilming}
            value={camera.deviceId ?? ''}
            onChange={({ currentTarget: { value } }) => turnTo({ deviceId: value })}
          >
            {cameras.map(({ deviceId, label }, index) => (
              <option key={deviceId} value={deviceId}>
                {label === '' ? `Camera ${index + 1}` : label}
              </option>
            ))}
          </select>
        )}
      </div>
      <video
        ref={videoRef}
        class="camera-video"
        data-mirrored={camera.facing !== 'environment'}
        data-testid="camera-preview"
        aria-label="Camera preview"
        autoPlay
        playsInline
        muted
        onPlaying={() => setReady(true)}
      />
      {step === 'counting' && <Countdown seconds={timerSeconds} finished={release} />}
      {step === 'flashing' && <div class="camera-flash" data-testid="flash" />}
      <p class="camera-hint" data-recording={isFilming} role={isFilming ? 'timer' : undefined}>
        {isFilming ? clipTime(elapsedMs) : 'Tap for a photo, hold for a video'}
      </p>
      <div class="camera-bar">
        <button type="button" class="icon-button" aria-label="Choose a file instead" disabled={isFilming} onClick={choose}>
          <Icon name="picture" />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={isFilming ? 'Stop the video' : 'Start a video'}
          disabled={!isReady}
          onClick={() => (isFilming ? film.stop() : record())}
        >
          <Icon name={isFilming ? 'stop' : 'film'} />
        </button>
        <Shutter
          buttonRef={shutterRef}
          label={isFilming ? 'Stop and look' : 'Take the photo'}
          isDisabled={!isReady || step === 'flashing'}
          share={isFilming ? Math.min(1, elapsedMs / videoLimits.maxMs) : null}
          tapped={tapped}
          held={record}
          released={() => film.stop()}
        />
        <span class="camera-bar-space" />
        {cameras.length > 1 ? (
          <button
            type="button"
            class="icon-button"
            aria-label="Switch camera"
            disabled={isFilming}
            onClick={() => turnTo(nextCamera(camera, cameras))}
          >
            <Icon name="flip" />
          </button>
        ) : (
          <span class="camera-bar-space" />
        )}
      </div>
    </div>
  );
}

/** On a phone the one that looks the other way, elsewhere the next. */
function nextCamera({ facing, deviceId }: Camera, cameras: readonly MediaDeviceInfo[]): CameraChoice {
  if (facing !== null) return { facing: facing === 'user' ? 'environment' : 'user' };
  const index = cameras.findIndex((other) => other.deviceId === deviceId);
  return { deviceId: cameras[(index + 1) % cameras.length]?.deviceId ?? '' };
}

interface ToggleProps {
  readonly icon: 'flash' | 'timer';
  readonly label: string;
  readonly isOn: boolean;
  readonly isDisabled: boolean;
  toggle(): void;
}

function Toggle({ icon, label, isOn, isDisabled, toggle }: ToggleProps): JSX.Element {
  return (
    <button
      type="button"
      class="icon-button camera-tool"
      aria-label={label}
      title={label}
      aria-pressed={isOn}
      disabled={isDisabled}
      onClick={toggle}
    >
      <Icon name={icon} />
    </button>
  );
}
