declare module 'http_ece' {
  import type { ECDH } from 'node:crypto';

  /** RFC 8188 and, with `privateKey` and `authSecret`, RFC 8291. @throws where the message is not what they ask for */
  export function decrypt(message: Buffer, params: { version: 'aes128gcm'; privateKey: ECDH; authSecret: Buffer }): Buffer;
}
