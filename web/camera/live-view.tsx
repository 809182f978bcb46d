import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PreparedPicture } from '../media/prepared-medium';
import { Icon } from '../ui/icon';
import { capture as captureFrame, type Facing, hasSeveralCameras } from './camera';

export interface LiveViewProps {
  readonly stream: MediaStream;
  readonly facing: Facing;
  capture(make: () => Promise<PreparedPicture>): void;
  flip(): void;
  choose(): void;
}

/** What the camera sees, mirrored where it faces the user as mirrors do; the picture taken is not. */
export function LiveView({ stream, facing, capture, flip, choose }: LiveViewProps): JSX.Element {
  const videoRef = useRef<HTMLVideoElement>(null);
  const shutterRef = useRef<HTMLButtonElement>(null);
  const [isReady, setReady] = useState(false);
  const [canFlip, setCanFlip] = useState(false);
  useEffect(() => {
    if (videoRef.current !== null) videoRef.current.srcObject = stream;
    void hasSeveralCameras().then(setCanFlip, () => {});
  }, [stream]);
  useEffect(() => {
    if (isReady) shutterRef.current?.focus();
  }, [isReady]);

  return (
    <>
      <div class="camera-stage">
        <video
          ref={videoRef}
          class="camera-video"
          data-mirrored={facing === 'user'}
          data-testid="camera-preview"
          aria-label="Camera preview"
          autoPlay
          playsInline
          muted
          onPlaying={() => setReady(true)}
        />
      </div>
      <div class="camera-bar">
        <button type="button" class="icon-button" aria-label="Choose a picture instead" onClick={choose}>
          <Icon name="picture" />
        </button>
        <button
          ref={shutterRef}
          type="button"
          class="shutter"
          aria-label="Take the photo"
          disabled={!isReady}
          onClick={() => {
            const video = videoRef.current;
            if (video !== null) capture(() => captureFrame(video));
          }}
        />
        {canFlip ? (
          <button type="button" class="icon-button" aria-label="Switch camera" onClick={flip}>
            <Icon name="flip" />
          </button>
        ) : (
          <span class="camera-bar-space" />
        )}
      </div>
    </>
  );
}
