/** Most bytes one read may ask for: what has to be seen whole, such as a film's index, is smaller in every real file. */
export const maxReadBytes = 1024 * 1024;

/** The bytes of an upload, wherever they lie; read piece by piece, since most are too large to hold. */
export interface ByteSource {
  readonly size: number;
  /** `length` bytes, {@link maxReadBytes} at most, from `at`; fewer where the file ends. Not to be written to. */
  read(at: number, length: number): Promise<Uint8Array>;
}

/** Bytes that are held anyway. */
export function sourceOf(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: async (at, length) => bytes.subarray(at, at + length) };
}

/** Reads a remote file through one window: a walk through headers that lie close together asks the store once a megabyte. */
export class WindowedSource implements ByteSource {
  readonly size: number;
  readonly #fetch: (first: number, last: number) => Promise<Uint8Array>;
  #window = { at: 0, bytes: new Uint8Array() };

  /** @param fetch gets the bytes from `first` to `last`, both included and both inside the file */
  constructor(size: number, fetch: (first: number, last: number) => Promise<Uint8Array>) {
    this.size = size;
    this.#fetch = fetch;
  }

  async read(at: number, length: number): Promise<Uint8Array> {
    const end = Math.min(at + length, this.size);
    if (at >= end) return new Uint8Array();
    const { at: from, bytes } = this.#window;
    if (at < from || end > from + bytes.length) {
      const last = Math.min(at + maxReadBytes, this.size) - 1;
      this.#window = { at, bytes: new Uint8Array(await this.#fetch(at, last)) };
      return this.#window.bytes.subarray(0, end - at);
    }
    return bytes.subarray(at - from, end - from);
  }
}
