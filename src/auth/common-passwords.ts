import { digestBytes, digests } from './common-passwords.data';

let known: Set<number> | undefined;

/**
 * Whether a password is among the 10,000 most common of those long enough to be allowed at all [AUTH-1],
 * whatever its case. The list is digests of 40 bits, so one in 100 million others is refused too.
 */
export async function isCommonPassword(password: string): Promise<boolean> {
  known ??= readDigests();
  const normal = new TextEncoder().encode(password.normalize('NFKC').toLowerCase());
  return known.has(digestAt(new Uint8Array(await crypto.subtle.digest('SHA-256', normal)), 0));
}

function readDigests(): Set<number> {
  const bytes = Uint8Array.from(atob(digests), (char) => char.charCodeAt(0));
  const set = new Set<number>();
  for (let offset = 0; offset < bytes.length; offset += digestBytes) set.add(digestAt(bytes, offset));
  return set;
}

/** A digest's bytes as one number: 40 bits fit exactly. */
function digestAt(bytes: Uint8Array, offset: number): number {
  return bytes.subarray(offset, offset + digestBytes).reduce((number, byte) => number * 256 + byte, 0);
}
