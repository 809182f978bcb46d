import type { Line } from '../conversation/line';
import { kindWords } from '../media/media-words';

/** What a line says, in words alone: for those who listen to the page. */
export function lineWords({ type, text, end, once }: Line): string {
  if (end?.reason === 'deleted') return 'Deleted';
  if (once !== null) return `${kindWords(type)} to view once`;
  if (type === 'text') return text ?? '';
  return text === null ? kindWords(type) : `${kindWords(type)}: ${text}`;
}
