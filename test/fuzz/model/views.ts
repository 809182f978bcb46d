import type { Media } from '../../../src/protocol/models';
import { dayMs } from './clocks';
import type { ModelMessage, View } from './state';

const minute = 60_000;

/** [ONCE-2] */
export function leaseMs(message: ModelMessage, facts: Media | null): number {
  return message.type === 'audio' || message.type === 'video' ? 2 * minute + (facts?.duration_ms ?? 0) : minute;
}

/** The view as time has left it by `now`: leases end, and so do chances for a second view. Returns whether it changed. */
export function settleView(message: ModelMessage, view: View, now: number): boolean {
  let changed = false;
  if (view.state === 'open' && view.due !== null && view.due <= now) {
    closeView(message, view, view.due);
    changed = true;
  }
  if (view.state === 'sealed' && view.views > 0 && view.due !== null && view.due <= now) {
    Object.assign(view, { state: 'viewed', due: null, lease: null });
    changed = true;
  }
  return changed;
}

/** [ONCE-3] The open view ends at `at`: viewed, unless nothing left or a second view is left. */
export function closeView(message: ModelMessage, view: View, at: number): void {
  view.lease = null;
  if (view.firstViewedAt === null) {
    Object.assign(view, { state: 'sealed', due: null });
    return;
  }
  const lastChance = view.firstViewedAt + dayMs;
  const hasChance = view.views < message.maxViews && at < lastChance;
  Object.assign(view, hasChance ? { state: 'sealed', due: lastChance } : { state: 'viewed', due: null });
}

/** Content leaves: it counts as a view, once an opening. */
export function serveView(view: View, now: number): void {
  if (view.isServed) return;
  view.isServed = true;
  view.views += 1;
  view.firstViewedAt ??= now;
}
