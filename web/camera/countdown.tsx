import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useAccount } from '../app';

/** Counts down the last seconds before a photo, for everybody who stands in front of it. */
export function Countdown({ seconds, finished }: { readonly seconds: number; finished(): void }): JSX.Element {
  const { platform } = useAccount().wire;
  const [left, setLeft] = useState(seconds);
  useEffect(() => platform.after(1_000, () => (left > 1 ? setLeft(left - 1) : finished())), [left]);
  return (
    <p class="camera-countdown" role="timer" aria-live="assertive">
      {left}
    </p>
  );
}
