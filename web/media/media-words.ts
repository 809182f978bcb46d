import type { MessageType } from '../../src/protocol/models';

const kinds = {
  text: 'Message',
  image: 'Photo',
  video: 'Video',
  audio: 'Voice message',
  file: 'File',
  system: 'Message',
} as const satisfies Record<MessageType, string>;

/** What a message of that type is called. */
export const kindWords = (type: MessageType): string => kinds[type];

/** `0:07`, `12:30`, `1:02:03`. */
export function clipTime(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = String(seconds % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

/** `812 bytes`, `4.2 KB`, `18 MB`. */
export function sizeWords(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  const [value, unit] = bytes < 999_500 ? [bytes / 1e3, 'KB'] : [bytes / 1e6, 'MB'];
  return `${value < 9.95 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value)} ${unit}`;
}
