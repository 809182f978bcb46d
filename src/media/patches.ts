/** What is written over a stretch of a file; `bytes: null` for zeros. */
interface Patch {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array | null;
}

/** Recorders' files need some hundreds; a hostile one has millions. */
const maxPatches = 200_000;

/**
 * Writings over a file that leave its length, and so every position that it tells of itself, as they are.
 * That is how metadata goes from files too large to be rebuilt in memory.
 */
export class Patches {
  readonly #patches: Patch[] = [];

  /** Whether the file is so torn that no encoder wrote it. */
  get areTooMany(): boolean {
    return this.#patches.length > maxPatches;
  }

  get isEmpty(): boolean {
    return this.#patches.length === 0;
  }

  /** Zeros from `start` up to, not including, `end`. Stretches must not overlap. */
  zero(start: number, end: number): void {
    if (end > start) this.#patches.push({ start, end, bytes: null });
  }

  write(at: number, bytes: Uint8Array): void {
    this.#patches.push({ start: at, end: at + bytes.length, bytes });
  }

  /** A stream of the whole file in, the patched one out. */
  apply(): TransformStream<Uint8Array, Uint8Array> {
    const patches = [...this.#patches].sort((a, b) => a.start - b.start);
    let next = 0;
    let at = 0;
    return new TransformStream({
      transform(chunk, controller) {
        const end = at + chunk.length;
        // A copy: whose buffer a chunk is a view of is not known here.
        const patched = (patches[next]?.start ?? Number.POSITIVE_INFINITY) < end ? new Uint8Array(chunk) : chunk;
        for (let patch = patches[next]; patch !== undefined && patch.start < end; patch = patches[next]) {
          const [from, to] = [Math.max(patch.start, at), Math.min(patch.end, end)];
          if (patch.bytes === null) patched.fill(0, from - at, to - at);
          else patched.set(patch.bytes.subarray(from - patch.start, to - patch.start), from - at);
          if (patch.end > end) break;
          next += 1;
        }
        at = end;
        controller.enqueue(patched);
      },
    });
  }
}
