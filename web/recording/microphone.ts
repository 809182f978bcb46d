import { type DeviceTrouble, troubleOf } from './device-trouble';

/** Why there is no sound to record. */
export class MicrophoneError extends Error {
  override readonly name = 'MicrophoneError';
  readonly trouble: DeviceTrouble;

  constructor(trouble: DeviceTrouble) {
    super(trouble);
    this.trouble = trouble;
  }
}

/**
 * Turns the microphone on; the browser asks the user where it has not yet.
 * @throws MicrophoneError
 */
export async function turnOnMicrophone(): Promise<MediaStream> {
  if (!isSecureContext || !('mediaDevices' in navigator)) throw new MicrophoneError('insecure');
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } });
  } catch (error) {
    throw new MicrophoneError(troubleOf(error));
  }
}
