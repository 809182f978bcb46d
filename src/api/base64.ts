/** Of a byte in base64: its six bits, or one of the marks below. */
const [padding, space, foreign] = [64, 65, 66] as const;
const values = new Uint8Array(256).fill(foreign);
for (const [value, char] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries())
  values[char.charCodeAt(0)] = value;
values['='.charCodeAt(0)] = padding;
for (const char of ' \t\n\f\r') values[char.charCodeAt(0)] = space;

/**
 * Base64 as `atob` takes it, decoded over itself: 16 MB of it, as text, would be in memory four times.
 *
 * @param bytes its characters, one a byte; used up
 * @returns a view of the same memory; `null` for what is no base64
 */
export function decodeBase64InPlace<B extends ArrayBufferLike>(bytes: Uint8Array<B>): Uint8Array<B> | null {
  let [held, bits, written, chars, pads] = [0, 0, 0, 0, 0];
  for (let at = 0; at < bytes.length; at++) {
    const value = values[bytes[at] ?? 0] ?? foreign;
    if (value < padding) {
      if (pads > 0) return null;
      chars += 1;
      bits += 6;
      held = ((held << 6) | value) & 0xffff;
      if (bits < 8) continue;
      bits -= 8;
      bytes[written] = held >> bits;
      written += 1;
    } else if (value === padding) {
      pads += 1;
    } else if (value === foreign) {
      return null;
    }
  }
  const isWhole = chars % 4 !== 1 && (pads === 0 || (pads <= 2 && (chars + pads) % 4 === 0));
  return isWhole ? bytes.subarray(0, written) : null;
}
