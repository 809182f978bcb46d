import { type ReadonlySignal, signal } from '@preact/signals';

/** How many of the last loudnesses are shown. */
const shownLevels = 48;
const everyMs = 90;
/** Speech is rarely louder than this share of what there can be. */
const loudest = 0.35;

/** How loud it is and was, from 0 to 1, newest last: so that who speaks sees that they are heard. */
export class SoundLevel {
  readonly levels: ReadonlySignal<readonly number[]>;
  readonly #context = new AudioContext();
  readonly #timer: number;

  constructor(stream: MediaStream) {
    const levels = signal<readonly number[]>([]);
    this.levels = levels;
    const analyser = this.#context.createAnalyser();
    analyser.fftSize = 1024;
    this.#context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#timer = window.setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      levels.value = [...levels.peek(), loudness(samples)].slice(-shownLevels);
    }, everyMs);
  }

  close(): void {
    clearInterval(this.#timer);
    void this.#context.close();
  }
}

/** The root of the mean square, as a share of what is loud. */
export function loudness(samples: Float32Array): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length);
  return Math.min(1, Math.sqrt(power) / loudest);
}
