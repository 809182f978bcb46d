import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useAccount } from '../app';
import type { Line } from '../conversation/line';
import { useNames, useRoom } from '../conversation/room-context';
import { lineWords } from './line-words';

/** More than this at once are counted instead of read out. */
const mostReadOut = 3;

/**
 * Tells those who listen to the page what others have just written. Apart from the log itself,
 * whose rows also come and go because somebody scrolls.
 */
export function Announcer(): JSX.Element {
  const room = useRoom();
  const { me } = useAccount();
  const nameOf = useNames();
  const lastSeq = useRef<number | null>(null);
  const [toldIds, setToldIds] = useState<readonly string[]>([]);
  const lines = room.lines.value;
  const isOpened = room.isOpened.value;
  useEffect(() => {
    if (!isOpened) return;
    const newest = lines.reduce((seq, line) => Math.max(seq, line.seq ?? 0), 0);
    const before = lastSeq.current;
    lastSeq.current = Math.max(before ?? 0, newest);
    if (before === null) return;
    const fresh = lines.filter((line) => (line.seq ?? 0) > before && isNews(line, me.id));
    if (fresh.length > 0) setToldIds(fresh.map(({ id }) => id));
  }, [lines, isOpened]);
  // By id, so that nothing of a line is left here when it ends.
  const told = toldIds.flatMap((id) => room.lineById.value.get(id) ?? []).filter(({ end }) => end === null);
  const words =
    told.length > mostReadOut
      ? `${told.length} new messages`
      : told.map((line) => `${nameOf(line.senderId)}: ${lineWords(line)}`).join('. ');
  return (
    <div class="visually-hidden" role="log" aria-live="polite" aria-label="New messages" data-testid="announcer">
      {words}
    </div>
  );
}

const isNews = ({ senderId, type, end }: Line, ownId: string) => senderId !== ownId && type !== 'system' && end === null;
