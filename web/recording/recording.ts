import { type ReadonlySignal, signal } from '@preact/signals';
import { isAtLimit, minRecordingMs, type RecordingLimits } from './recording-limits';
import { recordingType } from './recording-types';
import { withWebmDuration } from './webm-duration';

/** What was recorded. */
export interface Recorded {
  readonly blob: Blob;
  readonly durationMs: number;
}

/** How often parts come and the limits are looked at. */
const partMs = 250;

/** This browser records nothing of that kind, or is too busy to. */
export class CannotRecord extends Error {
  override readonly name = 'CannotRecord';
}

/**
 * One recording of a stream, from its making to its end: by `stop`, by its limits, or because a track ended.
 * @throws CannotRecord
 */
export class Recording {
  /** Milliseconds so far. */
  readonly elapsedMs: ReadonlySignal<number>;
  /** What was recorded, once it has ended; null after `cancel`, and when it was too short to mean anything. @throws CannotRecord when nothing came of it */
  readonly done: Promise<Recorded | null>;
  readonly #recorder: MediaRecorder;
  #isCancelled = false;

  constructor(kind: 'video' | 'audio', stream: MediaStream, limits: RecordingLimits) {
    const type = 'MediaRecorder' in globalThis ? recordingType(kind, (candidate) => MediaRecorder.isTypeSupported(candidate)) : null;
    if (type === null) throw new CannotRecord();
    const recorder = new MediaRecorder(stream, { mimeType: type, bitsPerSecond: limits.bitsPerSecond });
    this.#recorder = recorder;
    const startedAt = performance.now();
    const elapsedMs = signal(0);
    this.elapsedMs = elapsedMs;
    const parts: Blob[] = [];
    let bytes = 0;
    const look = () => {
      elapsedMs.value = performance.now() - startedAt;
      if (isAtLimit(limits, elapsedMs.peek(), bytes)) this.stop();
    };
    const timer = setInterval(look, partMs / 2);
    recorder.addEventListener('dataavailable', ({ data }) => {
      parts.push(data);
      bytes += data.size;
    });
    this.done = new Promise((resolve, reject) => {
      recorder.addEventListener('stop', () => {
        clearInterval(timer);
        const durationMs = Math.min(limits.maxMs, performance.now() - startedAt);
        if (this.#isCancelled || durationMs < minRecordingMs) return resolve(null);
        if (bytes === 0) return reject(new CannotRecord());
        const blob = new Blob(parts, { type: recorder.mimeType || type });
        const whole = blob.type.includes('webm') ? withWebmDuration(blob, durationMs) : Promise.resolve(blob);
        whole.then((finished) => resolve({ blob: finished, durationMs }), reject);
      });
    });
    recorder.start(partMs);
    // Not every browser ends a recording of a device that was taken away: it would go on with silence.
    for (const track of stream.getTracks()) track.addEventListener('ended', () => this.stop());
  }

  /** Ends it; twice is the same as once. */
  stop(): void {
    if (this.#recorder.state !== 'inactive') this.#recorder.stop();
  }

  /** Ends it and throws away what was recorded. */
  cancel(): void {
    this.#isCancelled = true;
    this.stop();
  }
}
