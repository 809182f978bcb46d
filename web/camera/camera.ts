import { maxSentImageSidePx } from '../../src/protocol/limits';
import type { PreparedPicture } from '../media/prepared-medium';
import { drawScaled } from '../media/reencode';

/** Why there is no camera. */
export type CameraTrouble = 'insecure' | 'denied' | 'missing' | 'busy';
export type Facing = 'user' | 'environment';

export class CameraError extends Error {
  override readonly name = 'CameraError';
  readonly trouble: CameraTrouble;

  constructor(trouble: CameraTrouble) {
    super(trouble);
    this.trouble = trouble;
  }
}

/**
 * Turns the camera on; the browser asks the user where it has not yet.
 * @throws CameraError
 */
export async function turnOnCamera(facing: Facing): Promise<MediaStream> {
  // Browsers leave mediaDevices out where the page did not come over HTTPS, whatever their types say.
  if (!isSecureContext || !('mediaDevices' in navigator)) throw new CameraError('insecure');
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: facing, width: { ideal: maxSentImageSidePx }, height: { ideal: maxSentImageSidePx } },
    });
  } catch (error) {
    throw new CameraError(troubleOf(error));
  }
}

export function turnOff(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** Whether there is another camera to turn to. */
export async function hasSeveralCameras(): Promise<boolean> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter(({ kind }) => kind === 'videoinput').length > 1;
}

/** Whether the user agreed to the camera earlier, so that asking again would be noise. */
export async function isCameraAllowed(): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: 'camera' })).state === 'granted';
  } catch {
    return false;
  }
}

/** The present frame, as the camera sees it rather than as a mirror would. */
export function capture(video: HTMLVideoElement): Promise<PreparedPicture> {
  return drawScaled(video, video.videoWidth, video.videoHeight);
}

function troubleOf(error: unknown): CameraTrouble {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'missing';
  return 'busy';
}

const troubleTexts: Record<CameraTrouble, string> = {
  insecure: 'The camera works only over a secure (https) connection. You can choose a picture instead.',
  denied: 'The camera is blocked for this page. Allow it in your browser’s address bar and try again, or choose a picture instead.',
  missing: 'No camera was found on this device. You can choose a picture instead.',
  busy: 'The camera could not be started. Close other apps that use it and try again, or choose a picture instead.',
};
export const troubleWords = (trouble: CameraTrouble) => troubleTexts[trouble];
