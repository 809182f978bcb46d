import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { Icon } from '../ui/icon';
import { problemWords } from '../ui/problem-words';
import { useRoom } from './room-context';

/** Long enough to read two sentences twice. */
const shownMs = 8_000;

/** Runs what was asked in passing; a failure is told in the conversation's strip, beginning with what did not happen. */
export function useAttempt(): (whatFailed: string, work: () => Promise<unknown>) => void {
  const { trouble } = useRoom();
  return async (whatFailed, work) => {
    trouble.value = null;
    try {
      await work();
    } catch (error) {
      trouble.value = `${whatFailed} ${problemWords(error)}`;
    }
  };
}

/** Says what went wrong with a line, until it was read. */
export function TroubleStrip(): JSX.Element | null {
  const { trouble } = useRoom();
  const words = trouble.value;
  const close = () => {
    trouble.value = null;
  };
  useEffect(() => {
    if (words === null) return;
    const timer = setTimeout(close, shownMs);
    return () => clearTimeout(timer);
  }, [words]);
  if (words === null) return null;
  return (
    <div class="trouble-strip" role="alert" data-testid="trouble">
      <span>{words}</span>
      <button type="button" class="icon-button" aria-label="Dismiss" onClick={close}>
        <Icon name="close" size={20} />
      </button>
    </div>
  );
}
