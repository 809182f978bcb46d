import { maxAudioBytes, maxVideoBytes, maxVideoMs } from '../../src/protocol/limits';

/** How long and how large a recording may become. */
export interface RecordingLimits {
  readonly maxMs: number;
  readonly maxBytes: number;
  readonly bitsPerSecond: number;
}

/** What the encoder still holds when it is told to stop, and the container around it. */
const slackBytes = 1024 * 1024;

export const videoLimits: RecordingLimits = { maxMs: maxVideoMs, maxBytes: maxVideoBytes - slackBytes, bitsPerSecond: 2_500_000 };
/** Nobody listens to more; it ends in review, so that nothing is lost. */
export const voiceLimits: RecordingLimits = { maxMs: 15 * 60_000, maxBytes: maxAudioBytes - slackBytes, bitsPerSecond: 40_000 };

/** Shorter than this nobody meant to record. */
export const minRecordingMs = 400;

/** Whether a recording must stop now: it may not become what the server refuses. */
export function isAtLimit({ maxMs, maxBytes }: RecordingLimits, elapsedMs: number, bytes: number): boolean {
  return elapsedMs >= maxMs || bytes >= maxBytes;
}
