import type { JSX } from 'preact';
import { useAccount } from '../app';
import type { Line } from '../conversation/line';
import { Icon } from '../ui/icon';
import { Countdown } from './countdown';
import { durationShort, durationWords, isWaitingForReader } from './expiry-words';

/** What is left of a line; of one whose clock only starts with its reading, how long that will be. */
export function LifeLeft({ line }: { line: Pick<Line, 'expiresAt' | 'readSeconds'> }): JSX.Element | null {
  const { clock } = useAccount().wire;
  const { expiresAt, readSeconds } = line;
  if (readSeconds !== null && isWaitingForReader(expiresAt, readSeconds, clock.now())) {
    const words = `Disappears ${durationWords(readSeconds)} after it is read`;
    return (
      <span class="countdown" role="img" aria-label={words} title={words}>
        <Icon name="clock" size={13} />
        {durationShort(readSeconds)} once read
      </span>
    );
  }
  return expiresAt === null ? null : <Countdown at={expiresAt} />;
}
