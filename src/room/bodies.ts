/**
 * The one place where message bodies become bytes and bytes become bodies. Today they are stored as they are
 * (`format` 0); a sealed format only has to change this file.
 */
export interface StoredBody {
  readonly format: number;
  readonly bytes: Uint8Array;
}

const plain = 0;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Resolves when bodies can be sealed and opened synchronously; awaited before each turn that does. */
export async function ready(): Promise<void> {}

/** Body of message `seq` in the room's `epoch`, as it is stored. */
export function sealBody(_epoch: string, _seq: number, body: string): StoredBody {
  return { format: plain, bytes: encoder.encode(body) };
}

/** @throws Error for a format this version does not know. */
export function openBody(_epoch: string, _seq: number, format: number, bytes: ArrayBuffer): string {
  if (format !== plain) throw new Error(`Unknown body format ${format}`);
  return decoder.decode(bytes);
}
