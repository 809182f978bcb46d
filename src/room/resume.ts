import { maxResumeBytes, maxResumeMessages, welcomeMessages } from '../protocol/limits';
import type { PackedMessage } from '../protocol/models';
import type { ResumePoint } from '../upgrade';

export interface ResumeContext {
  readonly epoch: string;
  readonly rev: number;
  readonly purgedRev: number;
  /** Rev of the caller's joining, or of their last clearing. */
  readonly resumableRev: number;
}

/** [SYNC-2] Whether what the client holds can be brought up to date at all. */
export function canResume(point: ResumePoint | null, room: ResumeContext): point is ResumePoint {
  return (
    point !== null && point.epoch === room.epoch && point.rev <= room.rev && point.rev >= room.purgedRev && point.rev >= room.resumableRev
  );
}

const encoder = new TextEncoder();
const bytesOf = (message: PackedMessage) => encoder.encode(JSON.stringify(message)).length;

/** [SYNC-2] Whether a resume is small enough to be sent as such. */
export function fitsResume(messages: readonly PackedMessage[]): boolean {
  if (messages.length > maxResumeMessages) return false;
  let bytes = 0;
  return messages.every((message) => {
    bytes += bytesOf(message);
    return bytes <= maxResumeBytes;
  });
}

/** The newest of `messages` (newest first) that fit a welcome, oldest first. */
export function newestForWelcome(messages: readonly PackedMessage[]): PackedMessage[] {
  const kept: PackedMessage[] = [];
  let bytes = 0;
  for (const message of messages.slice(0, welcomeMessages)) {
    bytes += bytesOf(message);
    if (bytes > maxResumeBytes) break;
    kept.push(message);
  }
  return kept.reverse();
}
