import type { Line } from '../conversation/line';
import { kindWords } from '../media/media-words';

/** Far more than one line of a quote shows. */
const longest = 160;

/** What a quote says of a line. */
export function quoteWords({ text, type, once }: Line): string {
  if (once !== null) return 'View once';
  if (text !== null) return text.length > longest ? `${text.slice(0, longest)}…` : text;
  return kindWords(type);
}
