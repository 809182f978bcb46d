import type { Missing } from '../conversation/history';
import type { Room } from '../conversation/room';
import type { View } from './log-layout';

/** What is missing is fetched while it is still this many screens away. */
const aheadScreens = 2;

/** Loads what the reader is coming near to, and lets go of what is far from them. */
export function loadMissing(room: Pick<Room, 'history' | 'keepNear'>, view: View): void {
  const { history } = room;
  const { rows, first, last, screenPx } = view;
  const ahead = screenPx * aheadScreens;
  const load = (missing: Missing) => {
    if (!history.failed.peek().has(missing)) void history.load(missing);
  };
  if (rows[0]?.kind === 'older' && view.abovePx < ahead) load('older');
  const gap = rows.findIndex(({ kind }) => kind === 'gap');
  if (gap !== -1) {
    const top = view.topOf(gap);
    // A gap in the lower half is read towards from above.
    if (top > -ahead && top < screenPx + ahead) load(top > screenPx / 2 ? 'from' : 'to');
  }
  const seqs = rows.slice(first, last + 1).flatMap((row) => ('line' in row && row.line.seq !== null ? [row.line.seq] : []));
  const [low, high] = [seqs[0], seqs.at(-1)];
  if (low !== undefined && high !== undefined) room.keepNear([low, high]);
}
