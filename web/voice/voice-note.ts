import { type ReadonlySignal, signal } from '@preact/signals';
import type { PreparedMedium } from '../media/prepared-medium';
import { type DeviceTrouble, isAllowed, turnOff } from '../recording/device-trouble';
import { MicrophoneError, turnOnMicrophone } from '../recording/microphone';
import { type Recorded, Recording } from '../recording/recording';
import { voiceLimits } from '../recording/recording-limits';
import { SoundLevel } from './sound-level';

export type PreparedVoice = Extract<PreparedMedium, { kind: 'audio' }>;

/** How far a voice message has got. */
export type VoiceStep =
  /** The browser will ask for the microphone: first we say what for. */
  | { readonly kind: 'asking' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'recording'; readonly elapsedMs: ReadonlySignal<number>; readonly levels: ReadonlySignal<readonly number[]> }
  | { readonly kind: 'review'; readonly voice: PreparedVoice; readonly url: string }
  | { readonly kind: 'trouble'; readonly trouble: DeviceTrouble | 'unsupported' };

/** One voice message from the first press to the review. The microphone is on only while it records. */
export class VoiceNote {
  readonly step = signal<VoiceStep>({ kind: 'starting' });
  /** Nothing of it is left. */
  readonly #ended: () => void;
  #recording: Recording | null = null;
  #isOver = false;

  constructor(ended: () => void) {
    this.#ended = ended;
    document.addEventListener('visibilitychange', this.#onVisibility);
  }

  /** Begins, with a word before the browser's question where there will be one. */
  async begin(): Promise<void> {
    if (await isAllowed('microphone')) await this.start();
    else if (!this.#isOver) this.step.value = { kind: 'asking' };
  }

  /** Records until stopped, cancelled or full. */
  async start(): Promise<void> {
    if (this.#isOver) return;
    this.step.value = { kind: 'starting' };
    let stream: MediaStream | null = null;
    let level: SoundLevel | null = null;
    try {
      stream = await turnOnMicrophone();
      if (this.#isOver) return;
      level = new SoundLevel(stream);
      this.#recording = new Recording('audio', stream, voiceLimits);
      this.step.value = { kind: 'recording', elapsedMs: this.#recording.elapsedMs, levels: level.levels };
      const recorded = await this.#recording.done;
      // Taken away at once, it cannot just be as if nobody had pressed.
      if (recorded === null && stream.getTracks().some(({ readyState }) => readyState === 'ended')) throw new MicrophoneError('busy');
      this.#review(recorded);
    } catch (error) {
      if (!this.#isOver) this.step.value = { kind: 'trouble', trouble: error instanceof MicrophoneError ? error.trouble : 'unsupported' };
    } finally {
      this.#recording = null;
      level?.close();
      turnOff(stream);
    }
  }

  /** Ends the recording, to be listened to. What was too short to mean anything is thrown away. */
  stop(): void {
    this.#recording?.stop();
  }

  /** Throws away whatever there is of it. Twice is the same as once. */
  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    document.removeEventListener('visibilitychange', this.#onVisibility);
    this.#recording?.cancel();
    const step = this.step.peek();
    if (step.kind === 'review') URL.revokeObjectURL(step.url);
    this.#ended();
  }

  #review(recorded: Recorded | null): void {
    if (this.#isOver) return;
    if (recorded === null) return this.cancel();
    const voice: PreparedVoice = { kind: 'audio', blob: recorded.blob, durationMs: Math.round(recorded.durationMs) };
    this.step.value = { kind: 'review', voice, url: URL.createObjectURL(recorded.blob) };
  }

  readonly #onVisibility = () => {
    if (document.visibilityState === 'hidden') this.stop();
  };
}
