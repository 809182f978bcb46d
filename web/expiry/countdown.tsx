import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useAccount } from '../app';
import { Icon } from '../ui/icon';
import { remainingWords, untilWordsChange } from './expiry-words';

/** A line with less than this left counts in the accent colour. */
const soonMs = 60_000;

/** What is left until `at` (server clock), counting; wakes only when its words change. */
export function Countdown({ at }: { at: number }): JSX.Element {
  const { clock } = useAccount().wire;
  const [, recount] = useState(0);
  const leftMs = at - clock.now();
  useEffect(() => {
    const timer = setTimeout(() => recount((count) => count + 1), Math.min(untilWordsChange(leftMs), 2 ** 31 - 1));
    return () => clearTimeout(timer);
  });
  const words = remainingWords(leftMs);
  return (
    <span class="countdown" role="timer" aria-label={`Disappears in ${words}`} data-soon={leftMs < soonMs} data-testid="countdown">
      <Icon name="clock" size={13} />
      {words}
    </span>
  );
}
