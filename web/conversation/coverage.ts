/** Seqs strictly between `from` and `to`. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/**
 * Which seqs of a room this client holds all messages of: from `from` on, without a gap or with one.
 * The newest are always held, since the socket tells them.
 */
export interface Coverage {
  /** 1 or less: from the beginning. */
  readonly from: number;
  readonly gap: Gap | null;
}

export const everything: Coverage = { from: 1, gap: null };

export function covers({ from, gap }: Coverage, seq: number): boolean {
  return seq >= from && (gap === null || seq <= gap.from || seq >= gap.to);
}

/** After the page before `from` came, down to the seq `reached`; null when it was the last. */
export function withOlder({ gap }: Coverage, reached: number | null): Coverage {
  return { from: reached ?? everything.from, gap };
}

/** After a page came that continues the gap's `side`, as far as the seq `reached`; null when that was the other side. */
export function withGapFilled(coverage: Coverage, side: 'from' | 'to', reached: number | null): Coverage {
  const { from, gap } = coverage;
  if (gap === null) return coverage;
  const left = { ...gap, [side]: reached ?? gap[side === 'from' ? 'to' : 'from'] };
  return { from, gap: gapBetween(left.from, left.to) };
}

/** Seqs from `low` to `high`, and from `tail` on. */
export interface Span {
  readonly low: number;
  readonly high: number;
  readonly tail: number;
}

/**
 * What stays when only this span is to be kept. Never more than was held.
 * Where the old gap lies inside of it nothing is cut behind that: there is one gap at most.
 */
export function narrowed({ from, gap }: Coverage, { low, high, tail }: Span): Coverage {
  const kept = { from: Math.max(from, low), gap };
  if (gap === null || kept.from >= gap.to) return { ...kept, gap: gapBetween(high, tail) };
  if (high < gap.to) return { ...kept, gap: gapBetween(Math.min(high, gap.from), Math.max(tail, gap.to)) };
  return kept;
}

/** What is held after a page of the past took the place of all but the tail: null where nothing lies beyond that end of the page. */
export function movedTo({ low, high, tail }: { low: number | null; high: number | null; tail: number }): Coverage {
  return { from: low ?? everything.from, gap: high === null ? null : gapBetween(high, tail) };
}

/** After everything up to `seq` was taken out of the room for this reader: that nothing is there is known of it all. */
export function emptiedUpTo({ from, gap }: Coverage, seq: number): Coverage {
  const left = gap === null || gap.to <= seq ? null : gapBetween(Math.max(gap.from, seq), gap.to);
  return { from: from <= seq + 1 ? everything.from : from, gap: left };
}

const gapBetween = (from: number, to: number): Gap | null => (to - from > 1 ? { from, to } : null);
