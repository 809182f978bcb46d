import type { ReadonlySignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useAccount } from '../app';
import { dayWords } from '../ui/time-words';

export interface FloatingDayProps {
  /** A moment of the day at the top of the screen; null while its own heading is to be seen. */
  readonly at: ReadonlySignal<number | null>;
  readonly isMoving: ReadonlySignal<boolean>;
}

/** Which day one has got to, while scrolling. The headings between the lines say it to those who listen. */
export function FloatingDay({ at, isMoving }: FloatingDayProps): JSX.Element | null {
  const { clock } = useAccount().wire;
  if (at.value === null) return null;
  return (
    <p class="day floating-day" data-shown={isMoving.value} aria-hidden="true">
      <span>{dayWords(at.value, clock.now())}</span>
    </p>
  );
}
