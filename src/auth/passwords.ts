import type Argon2 from '@phi-ag/argon2';
import { type Argon2HashOptions, Argon2Type, Argon2Version } from '@phi-ag/argon2';

/** Bytes of random salt a new hash takes. */
export const saltBytes = 16;

/** [AUTH-1] OWASP's first choice for Argon2id. */
const parameters = {
  type: Argon2Type.Argon2id,
  version: Argon2Version.Version13,
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
  hashLength: 32,
} satisfies Partial<Argon2HashOptions>;

const currentPrefix = `$argon2id$v=19$m=${parameters.memoryCost},t=${parameters.timeCost},p=${parameters.parallelism}$`;

/** Nobody's password under the current parameters: what an unknown user is checked against, so that it costs the same. */
const decoyHash = `${currentPrefix}AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`;

/** Argon2id in PHC strings [AUTH-1]. Synchronous: one check takes some 50 ms of CPU. */
export class Passwords {
  readonly #argon2: Argon2;

  constructor(argon2: Argon2) {
    this.#argon2 = argon2;
  }

  /** @param salt {@link saltBytes} random bytes, new each time. */
  hash(password: string, salt: Uint8Array): string {
    return this.#argon2.hash(argonInput(password), { ...parameters, salt }).encoded;
  }

  /** Whether this is the password behind `hash`; for `null`, the hash of nobody, `false` after the same time. */
  verify(hash: string | null, password: string): boolean {
    const { success } = this.#argon2.tryVerify(hash ?? decoyHash, argonInput(password), Argon2Type.Argon2id);
    return success && hash !== null;
  }
}

/** Whether a hash was made with other parameters than those of today, and should be made anew at the next login. */
export function isOutdated(hash: string): boolean {
  return !hash.startsWith(currentPrefix);
}

/**
 * @phi-ag/argon2 0.5.28 encodes the string to UTF-8 but hashes only as many bytes of it as it has UTF-16 units:
 * half of a Cyrillic password would be ignored. NULs up to the byte length make it hash exactly the password's bytes.
 * Our test against Node's Argon2 fails when a later version changes that.
 */
function argonInput(password: string): string {
  const normal = password.normalize('NFKC');
  const byteLength = new TextEncoder().encode(normal).length;
  return normal.padEnd(byteLength, '\0');
}
