import { maxSentImageSidePx } from '../../src/protocol/limits';
import type { PreparedPicture } from '../media/prepared-medium';
import { drawScaled } from '../media/reencode';
import { type DeviceTrouble, troubleOf, turnOff } from '../recording/device-trouble';

export type Facing = 'user' | 'environment';
/** Which camera: one that looks that way, or a certain one. */
export type CameraChoice = { readonly facing: Facing } | { readonly deviceId: string };

export interface Camera {
  readonly stream: MediaStream;
  /** Where it looks; null where it does not say, as those of desks do. */
  readonly facing: Facing | null;
  readonly deviceId: string | null;
}

/** Why there is no camera. */
export class CameraError extends Error {
  override readonly name = 'CameraError';
  readonly trouble: DeviceTrouble;

  constructor(trouble: DeviceTrouble) {
    super(trouble);
    this.trouble = trouble;
  }
}

/**
 * Turns a camera on; the browser asks the user where it has not yet. The microphone is asked for in the same breath, so that no
 * question comes while a video is being taken, and is off again at once: it is on only while something is recorded.
 *
 * @throws CameraError
 */
export async function turnOnCamera(choice: CameraChoice): Promise<Camera> {
  // Browsers leave mediaDevices out where the page did not come over HTTPS, whatever their types say.
  if (!isSecureContext || !('mediaDevices' in navigator)) throw new CameraError('insecure');
  const video = {
    ...('facing' in choice ? { facingMode: choice.facing } : { deviceId: { exact: choice.deviceId } }),
    width: { ideal: maxSentImageSidePx },
    height: { ideal: maxSentImageSidePx },
  };
  const stream = await askForBoth(video);
  for (const track of stream.getAudioTracks()) {
    track.stop();
    stream.removeTrack(track);
  }
  const { facingMode, deviceId } = stream.getVideoTracks()[0]?.getSettings() ?? {};
  return { stream, facing: facingMode === 'user' || facingMode === 'environment' ? facingMode : null, deviceId: deviceId ?? null };
}

async function askForBoth(video: MediaTrackConstraints): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: true, video });
  } catch {
    // A camera without sound is a camera.
    try {
      return await navigator.mediaDevices.getUserMedia({ audio: false, video });
    } catch (error) {
      throw new CameraError(troubleOf(error));
    }
  }
}

/** The cameras there are, by name; to be asked once one of them is on, before they have none. */
export async function listCameras(): Promise<MediaDeviceInfo[]> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter(({ kind }) => kind === 'videoinput');
}

/** Sides of a video: more is of no use on a phone, and too much for its encoder. */
const videoSidePx = 1_280;

/** What to record: the picture, smaller than the photo's, and the sound where the microphone may be used. Give it back by `turnOff`. */
export async function filmStream(camera: MediaStream): Promise<MediaStream> {
  const pictures = camera.getVideoTracks().map((track) => track.clone());
  const sounds = await navigator.mediaDevices.getUserMedia({ audio: true }).then(
    (stream) => stream.getAudioTracks(),
    () => [],
  );
  const film = new MediaStream([...pictures, ...sounds]);
  try {
    await Promise.all(pictures.map((track) => track.applyConstraints(smallerThan(track.getSettings()))));
  } catch {
    // A camera that has no smaller picture is filmed as it is.
  }
  if (camera.active) return film;
  turnOff(film);
  throw new CameraError('busy');
}

/** The same picture with shorter sides: whatever else a camera offers would show more or less than what was aimed at. */
function smallerThan({ width = videoSidePx, height = videoSidePx }: MediaTrackSettings): MediaTrackConstraints {
  const scale = Math.min(1, videoSidePx / Math.max(width, height));
  return { width: { ideal: Math.round(width * scale) }, height: { ideal: Math.round(height * scale) } };
}

/** The present frame, as the camera sees it rather than as a mirror would. */
export function capture(video: HTMLVideoElement): Promise<PreparedPicture> {
  return drawScaled(video, video.videoWidth, video.videoHeight);
}

const troubleTexts: Record<DeviceTrouble, string> = {
  insecure: 'The camera works only over a secure (https) connection. You can choose a file instead.',
  denied: 'The camera is blocked for this page. Allow it in your browser’s address bar and try again, or choose a file instead.',
  missing: 'No camera was found on this device. You can choose a file instead.',
  busy: 'The camera could not be started. Close other apps that use it and try again, or choose a file instead.',
};
export const troubleWords = (trouble: DeviceTrouble) => troubleTexts[trouble];
