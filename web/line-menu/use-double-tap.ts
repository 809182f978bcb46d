import type { TargetedPointerEvent } from 'preact';
import { useRef } from 'preact/hooks';
import { DoubleTap } from './double-tap';

/** What answers to a single tap by itself. */
const answering = 'a, button, input, video, audio';

/**
 * Handlers for an element that a finger taps twice to do something; the element needs a `touch-action` without double-tap zoom.
 * A mouse selects a word by as much, and goes on doing so.
 */
export function useDoubleTap(done: () => void) {
  const taps = useRef(new DoubleTap()).current;
  const touchedBy = ({ clientX, clientY, timeStamp }: PointerEvent) => ({ x: clientX, y: clientY, at: timeStamp });
  return {
    onPointerDown(event: TargetedPointerEvent<HTMLElement>) {
      const { pointerType, isPrimary, target } = event;
      const isFree = target instanceof Element && target.closest(answering) === null;
      if (pointerType === 'touch' && isPrimary && isFree) taps.down(touchedBy(event));
      else taps.cancel();
    },
    onPointerUp(event: TargetedPointerEvent<HTMLElement>) {
      if (taps.up(touchedBy(event))) done();
    },
    onPointerCancel: () => taps.cancel(),
  };
}
