import type { Line } from '../conversation/line';
import { kindWords } from '../media/media-words';
import { momentWords } from '../ui/time-words';

const dayMs = 24 * 60 * 60 * 1000;
/** Nobody waits longer for an opening [ONCE-5]. */
const unopenedLimitMs = { direct: 31 * dayMs, group: 7 * dayMs } as const;

/** What a view-once line shows: what it is, and how it stands. */
export interface OnceWords {
  readonly kind: string;
  readonly standing: string;
  readonly canOpen: boolean;
}

/** For a recipient. Only text and pictures can be opened here; opening what cannot be shown would waste the one time. */
export function wordsForRecipient(line: Line, isGroup: boolean, now: number): OnceWords {
  const kind = kindWords(line.type);
  const closed = (standing: string): OnceWords => ({ kind, standing, canOpen: false });
  const { state, leaseExpiresAt } = line.once ?? { state: null, leaseExpiresAt: null };
  if (state === 'viewed') return closed('Opened');
  if (state === 'open_elsewhere' || state === 'viewed_elsewhere') return closed('Opened on another device');
  if (state === 'unopened' || line.end?.reason === 'unopened') return closed('Expired unopened');
  if (line.end !== null) return closed('Gone');
  if (line.type !== 'text' && line.type !== 'image') return closed('Cannot be opened here yet');
  if (state === 'open') {
    return leaseExpiresAt !== null && leaseExpiresAt > now ? { kind, standing: 'Tap to go on viewing', canOpen: true } : closed('Opened');
  }
  return { kind, standing: `Tap to view once · ${daysLeft(line, isGroup, now)}`, canOpen: true };
}

export interface KnownViews {
  /** Recipients who opened it, as far as is known. */
  readonly count: number;
  readonly of: number;
  /** When it was opened last, milliseconds since the epoch, server clock; null when only the count is known. */
  readonly lastAt: number | null;
}

/** For the sender: sealed, opened at, or unopened with the days left. */
export function wordsForSender(line: Line, views: KnownViews, isGroup: boolean, now: number): OnceWords {
  const kind = `${kindWords(line.type)} · view once`;
  const words = (standing: string): OnceWords => ({
    kind,
    standing: line.isErased ? `${standing} · erased everywhere` : standing,
    canOpen: false,
  });
  if (line.state.kind !== 'accepted') return words('Sealed');
  if (line.end?.reason === 'unopened') return words('Never opened');
  if (views.count === 0) return words(line.end === null ? `Not opened yet · ${daysLeft(line, isGroup, now)}` : 'Opened');
  if (isGroup && views.of > 1) {
    const by = views.count >= views.of ? 'Opened by all' : `Opened by ${views.count} of ${views.of}`;
    return words(line.end === null && views.count < views.of ? `${by} · ${daysLeft(line, isGroup, now)}` : by);
  }
  return words(views.lastAt === null ? 'Opened' : `Opened ${momentWords(views.lastAt, now)}`);
}

/** `5 days left`, until it ends by itself. */
function daysLeft({ createdAt, expiresAt }: Line, isGroup: boolean, now: number): string {
  const limit = createdAt + (isGroup ? unopenedLimitMs.group : unopenedLimitMs.direct);
  const days = Math.ceil((Math.min(limit, expiresAt ?? limit) - now) / dayMs);
  return days > 1 ? `${days} days left` : 'less than a day left';
}
