import * as v from 'valibot';
import { maxChatNameCodePoints, maxDisplayNameCodePoints, maxTextBytes, maxTextCodePoints } from './limits';

const utf8 = new TextEncoder();

/** Length as spec section 1 counts it: code points, after NFC. */
export function codePointLength(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Lone surrogates cannot be stored or sent as UTF-8: they would come back changed. */
const wellFormed = v.check((text: string) => text.isWellFormed(), 'is not well-formed Unicode');

/** What is wrong with text in NFC; null when nothing is. A code point is one or two code units, a code unit one to three bytes. */
function faultOf(text: string, maxCodePoints: number, maxBytes: number): string | null {
  if (text.length > maxCodePoints && codePointLength(text) > maxCodePoints) return `is longer than ${maxCodePoints} characters`;
  if (text.length * 3 > maxBytes && utf8.encode(text).length > maxBytes) return `is longer than ${maxBytes} bytes`;
  return text.trim() === '' ? 'is empty' : null;
}

/** Text in NFC of 1 to `maxCodePoints` code points that is more than white space. One step, since every message takes it. */
function text(maxCodePoints: number, maxBytes = Number.POSITIVE_INFINITY) {
  return v.pipe(
    v.string(),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      // Four code units a code point at most after decomposition: bounds the work of normalising.
      const isTooLong = dataset.value.length > maxCodePoints * 4;
      const isWellFormed = !isTooLong && dataset.value.isWellFormed();
      const normalised = isWellFormed ? dataset.value.normalize('NFC') : '';
      const fault = isTooLong ? 'is too long' : isWellFormed ? faultOf(normalised, maxCodePoints, maxBytes) : 'is not well-formed Unicode';
      if (fault === null) return normalised;
      addIssue({ message: fault });
      return NEVER;
    }),
  );
}

/** Text or caption of a message [SEND-5]. */
export const messageText = text(maxTextCodePoints, maxTextBytes);
/** A name of one line: no control characters, trimmed. */
function name(maxCodePoints: number) {
  return v.pipe(
    text(maxCodePoints),
    v.check((value) => !/\p{Cc}/u.test(value), 'contains control characters'),
    v.transform((value) => value.trim()),
  );
}
export const displayName = name(maxDisplayNameCodePoints);
export const chatName = name(maxChatNameCodePoints);

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** An emoji is one grapheme that contains a pictograph, a flag or a keycap; bounded, since a grapheme can be of any length. */
export const emoji = v.pipe(
  v.string(),
  v.maxLength(64, 'is too long'),
  wellFormed,
  v.check((value) => /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u.test(value), 'is not an emoji'),
  v.check((value) => [...graphemes.segment(value)].length === 1, 'is more than one emoji'),
);

/** A language tag (BCP 47) in its canonical form. */
export const locale = v.pipe(
  v.string(),
  v.check(isLanguageTag, 'is not a language tag'),
  v.transform((tag) => Intl.getCanonicalLocales(tag)[0] ?? tag),
);

/** RFC 5646 asks for room for 35 characters. */
function isLanguageTag(text: string): boolean {
  try {
    return text.length <= 35 && Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false;
  }
}

/** Username [AUTH-1]: case-folded, so that `Ada` and `ada` are one person. */
export const username = v.pipe(
  v.string(),
  v.maxLength(64, 'is too long'),
  v.transform((value) => value.toLowerCase()),
  v.regex(/^[a-z0-9_.]{3,32}$/, 'must be 3 to 32 of a-z, 0-9, . and _'),
);

/** Password [AUTH-1]: 8 to 128 characters of any Unicode, compared in NFKC. */
export const password = v.pipe(
  v.string(),
  v.maxLength(512, 'is too long'),
  wellFormed,
  v.transform((value) => value.normalize('NFKC')),
  v.check((value) => codePointLength(value) >= 8, 'is shorter than 8 characters'),
  v.check((value) => codePointLength(value) <= 128, 'is longer than 128 characters'),
);

/** Ids are lower-case UUIDs of any version. */
export const uuid = v.pipe(v.string(), v.regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'is not a lower-case UUID'));

const previewCodePoints = 100;

/** [INBOX-2] The beginning of a message's text, in one line. */
export function previewText(content: string): string {
  const characters = Array.from(content.slice(0, previewCodePoints * 2));
  return characters.slice(0, previewCodePoints).join('').replace(/\s+/g, ' ');
}
