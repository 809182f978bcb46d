import type { TargetedMouseEvent, TargetedPointerEvent } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

const longPressMs = 450;
/** A finger that moves further scrolls, in pixels. */
const tolerancePx = 10;

/** Handlers for an element that opens its menu under a resting finger. */
export function useLongPress(open: () => void) {
  const press = useRef<{ readonly timer: number; readonly x: number; readonly y: number } | null>(null);
  const release = () => {
    clearTimeout(press.current?.timer);
    press.current = null;
  };
  useEffect(() => release, []);
  return {
    onPointerDown(event: TargetedPointerEvent<HTMLElement>) {
      if (event.pointerType !== 'touch') return;
      const timer = window.setTimeout(() => {
        release();
        open();
      }, longPressMs);
      press.current = { timer, x: event.clientX, y: event.clientY };
    },
    onPointerMove(event: TargetedPointerEvent<HTMLElement>) {
      if (press.current === null) return;
      if (Math.hypot(event.clientX - press.current.x, event.clientY - press.current.y) > tolerancePx) release();
    },
    onPointerUp: release,
    onPointerCancel: release,
    onContextMenu(event: TargetedMouseEvent<HTMLElement>) {
      // The browser's own menu of a resting finger would cover this one.
      if (event instanceof PointerEvent && event.pointerType === 'touch') event.preventDefault();
    },
  };
}
