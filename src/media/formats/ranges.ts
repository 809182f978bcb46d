/** Of parts that stay; neighbours count as one, so real files have a handful. Each costs memory here. */
const maxRanges = 1_024;

/** Stretches of a file that stay, in order. */
export class Ranges {
  readonly #bounds: number[] = [];

  /** Whether the file is so torn that no encoder wrote it. */
  get areTooMany(): boolean {
    return this.#bounds.length > 2 * maxRanges;
  }

  /** Adds `start` up to, not including, `end`; a direct continuation lengthens the last one. */
  keep(start: number, end: number): void {
    if (this.#bounds.at(-1) === start) this.#bounds.pop();
    else this.#bounds.push(start);
    this.#bounds.push(end);
  }

  /** Views of the stretches, not copies. */
  of(bytes: Uint8Array): Uint8Array[] {
    const views: Uint8Array[] = [];
    for (let index = 0; index < this.#bounds.length; index += 2) views.push(bytes.subarray(this.#bounds[index], this.#bounds[index + 1]));
    return views;
  }
}
