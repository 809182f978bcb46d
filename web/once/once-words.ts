import type { Line, OnceFacts } from '../conversation/line';
import { kindWords } from '../media/media-words';
import { erasedWords } from '../receipts/erased-words';
import { type Openings, openedWords } from '../receipts/receipt';
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

const nothingOnce: OnceFacts = { state: null, leaseExpiresAt: null, maxViews: 1, replayUntil: null };

/** For a recipient. */
export function wordsForRecipient(line: Line, isGroup: boolean, now: number): OnceWords {
  const kind = kindWords(line.type);
  const closed = (standing: string): OnceWords => ({ kind, standing, canOpen: false });
  const { state, leaseExpiresAt, maxViews, replayUntil } = line.once ?? nothingOnce;
  if (state === 'viewed') return closed('Opened');
  if (state === 'open_elsewhere' || state === 'viewed_elsewhere') return closed('Opened on another device');
  if (state === 'unopened' || line.end?.reason === 'unopened') return closed('Expired unopened');
  if (line.end !== null) return closed('Gone');
  if (state === 'open') {
    return leaseExpiresAt !== null && leaseExpiresAt > now ? { kind, standing: 'Tap to go on viewing', canOpen: true } : closed('Opened');
  }
  if (replayUntil !== null) return replayUntil > now ? { kind, standing: 'Tap to view a last time', canOpen: true } : closed('Opened');
  const times = maxViews === 2 ? 'Tap to view, twice at most' : 'Tap to view once';
  return { kind, standing: `${times} · ${daysLeft(line, isGroup, now)}`, canOpen: true };
}

/** What opening means, for who is about to. */
export function openingWords({ type, once }: Line, senderName: string): string {
  const kind = kindWords(type).toLowerCase();
  if (once !== null && once.replayUntil !== null)
    return `You have opened this ${kind} from ${senderName} before. This is the last time: when you close it, it is gone for good.`;
  const sees = `${senderName} sees that you opened it.`;
  if (once?.maxViews === 2)
    return `This ${kind} from ${senderName} can be opened one time, and once more within a day. Then it is gone for good. ${sees}`;
  return `This ${kind} from ${senderName} can be opened one time. When you close it, it is gone for good, and ${sees}`;
}

/** Which of two looks this is; null where there is one only. */
export function lookWords(maxViews: 1 | 2, viewsLeft: number): string | null {
  if (maxViews === 1) return null;
  return viewsLeft > 0 ? 'You can open it once more within a day' : 'This is the last time';
}

/** For the sender: sealed, opened at, or unopened with the days left. */
export function wordsForSender(line: Line, openings: Openings, isGroup: boolean, now: number): OnceWords {
  const kind = `${kindWords(line.type)} · ${line.once?.maxViews === 2 ? 'view once, one replay' : 'view once'}`;
  const words = (standing: string): OnceWords => ({
    kind,
    standing: line.erasedAt === null ? standing : `${standing} · ${erasedWords(line.erasedAt, now)}`,
    canOpen: false,
  });
  if (line.state.kind !== 'accepted') return words('Sealed');
  if (line.end?.reason === 'unopened') return words('Never opened');
  if (openings.count === 0) return words(line.end === null ? `Not opened yet · ${daysLeft(line, isGroup, now)}` : 'Opened');
  if (isGroup && openings.of > 1) {
    const by = openedWords(openings, isGroup);
    return words(line.end === null && openings.count < openings.of ? `${by} · ${daysLeft(line, isGroup, now)}` : by);
  }
  return words(openings.lastAt === null ? 'Opened' : `Opened ${momentWords(openings.lastAt, now)}`);
}

/** `5 days left`, until it ends by itself. */
function daysLeft({ createdAt, expiresAt }: Line, isGroup: boolean, now: number): string {
  const limit = createdAt + (isGroup ? unopenedLimitMs.group : unopenedLimitMs.direct);
  const days = Math.ceil((Math.min(limit, expiresAt ?? limit) - now) / dayMs);
  return days > 1 ? `${days} days left` : 'less than a day left';
}
