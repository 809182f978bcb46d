/** Why a camera or a microphone is not to be had. */
export type DeviceTrouble = 'insecure' | 'denied' | 'missing' | 'busy';

/** Reads what the browser says of a device that it did not give. */
export function troubleOf(error: unknown): DeviceTrouble {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'missing';
  return 'busy';
}

/** Whether the user agreed earlier, so that asking again would be noise. */
export async function isAllowed(device: 'camera' | 'microphone'): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: device })).state === 'granted';
  } catch {
    return false;
  }
}

/** Gives a device back: its light goes out. */
export function turnOff(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
