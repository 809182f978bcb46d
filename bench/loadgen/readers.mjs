import { bodyBytes, marker, nowMicroseconds, sentAt } from './bodies.mjs';

const [tilde] = marker;
const markerText = marker.toString('latin1');

/**
 * What reads the bytes one socket receives, in pieces that may end anywhere. Returns how many messages began in the piece.
 * @typedef {{ read(piece: Buffer): number }} Reader
 */

/** Counts, and does as little as can be. @implements {Reader} */
export class CountingReader {
  /** Bytes of a counted body that are still to come. */
  #skip = 0;
  /** Bytes of a marker that ended the last piece. */
  #matched = 0;

  /** @param {Buffer} piece */
  read(piece) {
    let count = 0;
    let at = Math.min(this.#skip, piece.length);
    this.#skip -= at;
    if (this.#matched > 0) {
      while (at < piece.length && this.#matched < marker.length && piece[at] === marker[this.#matched]) {
        at += 1;
        this.#matched += 1;
      }
      if (this.#matched < marker.length && at === piece.length) return 0;
      if (this.#matched === marker.length) {
        count += 1;
        at += bodyBytes - marker.length;
      }
      this.#matched = 0;
    }
    for (;;) {
      const found = at < piece.length ? piece.indexOf(marker, at) : -1;
      if (found < 0) break;
      count += 1;
      at = found + bodyBytes;
    }
    if (at > piece.length) this.#skip = at - piece.length;
    else this.#matched = matchedAtEnd(piece, at);
    return count;
  }
}

/** How many bytes of a marker end the piece, looking no further back than `from`. @param {Buffer} piece @param {number} from */
function matchedAtEnd(piece, from) {
  for (let length = Math.min(marker.length - 1, piece.length - from); length > 0; length -= 1) {
    const start = piece.length - length;
    if (piece[start] === tilde && piece.compare(marker, 0, length, start) === 0) return length;
  }
  return 0;
}

/** Also notes how long each message was on its way, in µs. @implements {Reader} */
export class TimingReader {
  #rest = '';
  #delays;

  /** @param {number[]} delays takes them */
  constructor(delays) {
    this.#delays = delays;
  }

  /** @param {Buffer} piece */
  read(piece) {
    const now = nowMicroseconds();
    const text = this.#rest + piece.toString('latin1');
    let count = 0;
    let at = 0;
    for (;;) {
      const found = text.indexOf(markerText, at);
      if (found < 0 || found + bodyBytes > text.length) {
        // Kept: a body that is not whole, or what may be the first bytes of a marker.
        this.#rest = text.slice(found < 0 ? Math.max(at, text.length - marker.length + 1) : found);
        return count;
      }
      this.#delays.push(now - sentAt(text, found));
      count += 1;
      at = found + bodyBytes;
    }
  }
}
