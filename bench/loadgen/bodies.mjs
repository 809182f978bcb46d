/** Every message text: a tilde, the time of sending in µs as 12 hex digits, filler. */
export const bodyBytes = 100;
const timeDigits = 12;
const filler = 'abcdefghij'.repeat(bodyBytes / 10).slice(0, bodyBytes - 1 - timeDigits);

/**
 * By this a receiver finds a message in whatever frame carries it, without parsing. The time is this process', which lives less
 * than the 16^7 µs that would fill a digit of it. Nothing else in a frame looks so: two length bytes may follow a byte 0x7e of a
 * WebSocket header, but then comes `{` or `[`.
 */
export const marker = Buffer.from('~000');

/** Microseconds of this process' life. */
export function nowMicroseconds() {
  return Math.round(performance.now() * 1000);
}

export function newBody() {
  return `~${nowMicroseconds().toString(16).padStart(timeDigits, '0')}${filler}`;
}

/** When the message whose body begins at `at` was sent. @param {string} text @param {number} at */
export function sentAt(text, at) {
  return Number.parseInt(text.slice(at + 1, at + 1 + timeDigits), 16);
}
