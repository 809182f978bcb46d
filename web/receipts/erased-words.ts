import { momentWords } from '../ui/time-words';

/** [EXP-5] Since when nothing is stored of a line any more. */
export const erasedWords = (erasedAt: number, now: number) => `erased everywhere ${momentWords(erasedAt, now)}`;
