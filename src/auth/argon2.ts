import Argon2 from '@phi-ag/argon2';
import wasm from '@phi-ag/argon2/argon2.wasm';
import { Passwords } from './passwords';

let passwords: Passwords | undefined;

/** The isolate's one Argon2 instance, made when the first password comes: it keeps its 19 MiB for ever after. */
export function loadPasswords(): Passwords {
  passwords ??= new Passwords(new Argon2(new WebAssembly.Instance(wasm)));
  return passwords;
}
