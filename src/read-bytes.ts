const firstBytes = 64 * 1024;

/**
 * All bytes of a stream, held once: a list of its chunks beside their copy would be twice as much. What a sender only announces
 * takes no memory: there is never room for more than twice what has come.
 *
 * @param expectedBytes how many it will likely be, 0 for unknown
 * @returns `null` as soon as more than `maxBytes` have come; the stream is not read to its end then
 */
export async function readStream(
  stream: ReadableStream<Uint8Array> | null,
  expectedBytes: number,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  let bytes = new Uint8Array(Math.min(expectedBytes, firstBytes));
  let length = 0;
  for await (const chunk of stream ?? []) {
    const end = length + chunk.length;
    // Leaving the loop cancels the stream.
    if (end > maxBytes) return null;
    if (end > bytes.length) {
      const isLast = end <= expectedBytes && 2 * end > expectedBytes;
      bytes = new Uint8Array(bytes.buffer.transfer(isLast ? expectedBytes : Math.min(maxBytes, 2 * end)));
    }
    bytes.set(chunk, length);
    length = end;
  }
  return length === bytes.length ? bytes : bytes.subarray(0, length);
}
