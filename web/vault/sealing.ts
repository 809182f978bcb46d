/** Bytes that only the key's holder can read; tampered with or under another label they do not open. */
export interface Sealed {
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly data: ArrayBuffer;
}

/** NIST SP 800-38D: 96 bits, random, never twice under one key. A key lives for one sign-in on one device. */
const ivBytes = 12;
const utf8 = new TextEncoder();

/** A key that no script can read, this one included: it can be stored and used, not told. */
export function createKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

/** @param label where the bytes belong, so that they open nowhere else */
export async function seal(key: CryptoKey, label: string, bytes: BufferSource): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(ivBytes));
  return { iv, data: await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: utf8.encode(label) }, key, bytes) };
}

/** @throws DOMException where key, label or bytes are not those of the sealing */
export function unseal(key: CryptoKey, label: string, { iv, data }: Sealed): Promise<ArrayBuffer> {
  return crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData: utf8.encode(label) }, key, data);
}
