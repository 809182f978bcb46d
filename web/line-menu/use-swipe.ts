import type { TargetedPointerEvent } from 'preact';
import { useRef, useState } from 'preact/hooks';

/** A finger that has not moved so far may still be about to scroll or to rest, in pixels. */
const slackPx = 10;
/** Let go beyond this, it is meant. */
const enoughPx = 56;
/** It follows no further. */
const furthestPx = 72;
/** A finger that has rested as long opens the menu instead, milliseconds. */
const restMs = 400;
/** Nearer to the edge of the screen a finger goes back a page. */
const edgePx = 24;

/** `far` once letting go does it. */
export type Swipe = 'none' | 'moving' | 'far';

/**
 * Handlers for an element that a finger moves to the right, by the custom property `--swipe`, and lets go to do something.
 * The element needs `touch-action: pan-y`: what goes up or down scrolls.
 */
export function useSwipe(isOn: boolean, done: () => void) {
  const start = useRef<{ readonly id: number; readonly x: number; readonly y: number; readonly at: number } | null>(null);
  const [swipe, setSwipe] = useState<Swipe>('none');
  const end = () => {
    start.current = null;
    setSwipe('none');
  };
  return {
    swipe,
    handlers: {
      onPointerDown({ pointerType, pointerId, target, clientX, clientY, timeStamp }: TargetedPointerEvent<HTMLElement>) {
        // What is dragged to the side by itself stays that.
        const isDragged = target instanceof Element && target.closest('input') !== null;
        if (!isOn || pointerType !== 'touch' || isDragged || clientX < edgePx) return;
        start.current = { id: pointerId, x: clientX, y: clientY, at: timeStamp };
      },
      onPointerMove({ pointerId, currentTarget, clientX, clientY, timeStamp }: TargetedPointerEvent<HTMLElement>) {
        if (start.current?.id !== pointerId) return;
        const [right, down] = [clientX - start.current.x, Math.abs(clientY - start.current.y)];
        if (swipe === 'none' && Math.max(Math.abs(right), down) < slackPx) return;
        if (swipe === 'none' && (right < down || timeStamp - start.current.at > restMs)) return end();
        currentTarget.style.setProperty('--swipe', `${Math.min(Math.max(0, right - slackPx), furthestPx)}px`);
        setSwipe(right - slackPx >= enoughPx ? 'far' : 'moving');
      },
      onPointerUp() {
        if (start.current !== null && swipe === 'far') done();
        end();
      },
      onPointerCancel: end,
    },
  };
}
