/** Addresses as people write them: with a scheme, or beginning with `www.`. */
const address = /(?<![\p{L}\p{N}@])(?:https?:\/\/|www\.(?=\p{L}|\p{N}))[^\s<>"“”«»]+/giu;
/** What ends the sentence around an address rather than the address. */
const sentenceEnds = ".,;:!?'’…";
/** The opening one of each closing bracket. */
const openingOf = new Map([
  [')', '('],
  [']', '['],
]);

/** A piece of a text; `href` null where it is no address. */
export interface TextPart {
  readonly text: string;
  readonly href: string | null;
}

/** Cuts a text into its addresses and what is between them. */
export function linkParts(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  for (const { 0: found, index } of text.matchAll(address)) {
    const written = withoutSentence(found);
    const href = /^www\./i.test(written) ? `https://${written}` : written;
    if (!URL.canParse(href)) continue;
    if (index > from) parts.push({ text: text.slice(from, index), href: null });
    parts.push({ text: written, href });
    from = index + written.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), href: null });
  return parts;
}

/** `https://en.wikipedia.org/wiki/Ada_(name)` keeps its bracket, one in brackets does not get theirs. */
function withoutSentence(found: string): string {
  const closedTooOften = new Map([...openingOf].map(([closing, opening]) => [closing, countOf(found, closing) - countOf(found, opening)]));
  let end = found.length;
  for (; end > 0; end--) {
    const last = found.charAt(end - 1);
    const tooOften = closedTooOften.get(last) ?? 0;
    if (tooOften > 0) closedTooOften.set(last, tooOften - 1);
    else if (!sentenceEnds.includes(last)) break;
  }
  return found.slice(0, end);
}

const countOf = (text: string, char: string) => text.split(char).length - 1;
