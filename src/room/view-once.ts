import { Refusal } from '../protocol/errors';
import type { MessageType } from '../protocol/models';

/**
 * View-once as a state machine per message and recipient [ONCE-2] [ONCE-3]. Pure; docs/view-once.md has the table.
 * `sealed` → `open` (one session holds a lease) → `viewed`, or back to `sealed` when nothing left or a view remains.
 */
export type View =
  | { readonly state: 'sealed'; readonly views: 0 }
  /** Once viewed, with a second view left until `due`. */
  | { readonly state: 'sealed'; readonly views: 1; readonly sid: string; readonly firstViewedAt: number; readonly due: number }
  | {
      readonly state: 'open';
      /** Views begun, this one included once something left. */
      readonly views: 0 | 1 | 2;
      readonly sid: string;
      readonly lease: string;
      readonly due: number;
      /** When the first byte of this view left; null when nothing has. */
      readonly servedAt: number | null;
      readonly firstViewedAt: number | null;
    }
  | { readonly state: 'viewed'; readonly views: 1 | 2; readonly sid: string; readonly firstViewedAt: number };

export const sealed: View = { state: 'sealed', views: 0 };

/** What the machine needs to know of the message. */
export interface ViewRules {
  readonly maxViews: 1 | 2;
  readonly leaseMs: number;
  /** Text or a caption leaves with the opening itself; a medium's bytes leave later. */
  readonly servesAtOpening: boolean;
}

const second = 1_000;
/** Within this a second view must be begun. */
const secondViewMs = 24 * 60 * 60 * second;

/** [ONCE-2] How long the holder may fetch: for sound and film as long as they play, and two minutes. */
export function computeLeaseMs(type: MessageType, durationMs: number | null): number {
  return type === 'audio' || type === 'video' ? 120 * second + (durationMs ?? 0) : 60 * second;
}

/** The view as it is at `now`, with what time alone has done to it. */
export function settleView(view: View, rules: ViewRules, now: number): View {
  // The chance that a lease's end leaves may have passed as well.
  if (view.state === 'open' && view.due <= now) return settleView(endLease(view, rules, view.due), rules, now);
  if (view.state === 'sealed' && view.views === 1 && view.due <= now) return finished(view.sid, 1, view.firstViewedAt);
  return view;
}

/**
 * A session asks to open. The holder of a running lease gets the same again; exactly one session wins, whatever races.
 * @throws Refusal `already_opened`
 */
export function openView(before: View, rules: ViewRules, session: { readonly sid: string; readonly lease: string }, now: number): View {
  const view = settleView(before, rules, now);
  if (view.state === 'open' && view.sid === session.sid) return view;
  if (view.state !== 'sealed') throw new Refusal('already_opened');
  const firstViewedAt = view.views === 1 ? view.firstViewedAt : null;
  const opened: View = {
    state: 'open',
    views: view.views,
    sid: session.sid,
    lease: session.lease,
    due: now + rules.leaseMs,
    servedAt: null,
    firstViewedAt,
  };
  return rules.servesAtOpening ? served(opened, now) : opened;
}

/**
 * The first byte is about to leave under a lease.
 * @throws Refusal `lease_over`
 */
export function serveView(before: View, rules: ViewRules, now: number): View {
  const view = settleView(before, rules, now);
  if (view.state !== 'open') throw new Refusal('lease_over');
  return view.servedAt === null ? served(view, now) : view;
}

/** [ONCE-3] The holder closed the viewer. Anybody else's word changes nothing. */
export function closeView(before: View, rules: ViewRules, sid: string, now: number): View {
  const view = settleView(before, rules, now);
  return view.state === 'open' && view.sid === sid ? endLease(view, rules, now) : view;
}

/** The recipient left the room: a view that is open ends now. */
export function forfeitView(before: View, rules: ViewRules, now: number): View {
  const view = settleView(before, rules, now);
  return view.state === 'open' ? endLease(view, rules, now) : view;
}

/** When time will next change the view; null for never. */
export function viewDue(view: View): number | null {
  return 'due' in view ? view.due : null;
}

/** How often it may be opened once more, after the view that is open. */
export function viewsLeft(view: View, { maxViews }: ViewRules): number {
  if (view.state === 'viewed') return 0;
  const isUncounted = view.state === 'open' && view.servedAt === null;
  return maxViews - view.views - (isUncounted ? 1 : 0);
}

function served(view: Extract<View, { state: 'open' }>, now: number): View {
  return { ...view, views: view.views === 0 ? 1 : 2, servedAt: now, firstViewedAt: view.firstViewedAt ?? now };
}

function endLease(view: Extract<View, { state: 'open' }>, { maxViews }: ViewRules, at: number): View {
  const { views, sid, firstViewedAt } = view;
  if (firstViewedAt === null || views === 0) return sealed;
  const due = firstViewedAt + secondViewMs;
  if (views < maxViews && due > at) return { state: 'sealed', views: 1, sid, firstViewedAt, due };
  return finished(sid, views, firstViewedAt);
}

function finished(sid: string, views: 1 | 2, firstViewedAt: number): View {
  return { state: 'viewed', views, sid, firstViewedAt };
}
