/** Gives the memory behind the bytes back at once, and leaves them empty: the collector may let megabytes lie for the next requests. */
export function release({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
