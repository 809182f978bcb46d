import { concat, textAt, toBytes } from '../media/formats/bytes';

const [quote, backslash, u] = [0x22, 0x5c, 0x75] as const;
/** What a byte means after a backslash; 0 for nothing. */
const shortEscapes = new Uint8Array(256);
for (const [name, byte] of Object.entries({ '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' })) {
  shortEscapes[name.charCodeAt(0)] = byte.charCodeAt(0);
}

/** JSON without its one long text. */
export interface CutJson {
  /** With a short text in the long one's place. */
  readonly json: Uint8Array<ArrayBuffer>;
  /** The bytes that the long one stands for, in the memory it came in; `null` where there is none. */
  readonly text: Uint8Array<ArrayBuffer> | null;
}

/**
 * Takes the first long text out of JSON before that is parsed: as strings, 16 MB of base64 would be in memory several times.
 *
 * @param bytes used up
 * @param minBytes from how many on a text is long
 * @param standIn comes in its place; of characters that JSON does not escape
 * @returns `null` when the long text is none that JSON allows, or holds what is more than a byte
 */
export function cutLongText(bytes: Uint8Array<ArrayBuffer>, minBytes: number, standIn: string): CutJson | null {
  for (let open = bytes.indexOf(quote); open !== -1; ) {
    const close = endOfText(bytes, open + 1);
    if (close === -1) break;
    if (close - open > minBytes) {
      const json = concat([bytes.subarray(0, open + 1), toBytes(standIn), bytes.subarray(close)]);
      const text = unescapeInPlace(bytes.subarray(open + 1, close));
      return text === null ? null : { json, text };
    }
    open = bytes.indexOf(quote, close + 1);
  }
  return { json: bytes, text: null };
}

/** Where the quote is that ends a text; -1 for nowhere. */
function endOfText(bytes: Uint8Array, start: number): number {
  let close = bytes.indexOf(quote, start);
  while (close !== -1) {
    let slashes = close;
    while (slashes > start && bytes[slashes - 1] === backslash) slashes -= 1;
    if ((close - slashes) % 2 === 0) return close;
    close = bytes.indexOf(quote, close + 1);
  }
  return -1;
}

function unescapeInPlace(text: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
  if (!text.includes(backslash)) return text;
  let to = 0;
  for (let from = 0; from < text.length; from++, to++) {
    let byte = text[from] ?? 0;
    if (byte === backslash) {
      from += 1;
      byte = shortEscapes[text[from] ?? 0] ?? 0;
      if (text[from] === u) {
        const code = textAt(text, from + 1, 4);
        if (!/^00[0-7][0-9a-f]$/i.test(code)) return null;
        byte = Number.parseInt(code, 16);
        from += 4;
      } else if (byte === 0) return null;
    }
    text[to] = byte;
  }
  return text.subarray(0, to);
}
