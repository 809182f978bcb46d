import type { ReadonlySignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { closeCodes } from '../../src/protocol/close-codes';
import type { LinkPhase } from '../wire/live-socket';

/** Shorter interruptions are not worth a word. */
const patienceMs = 1_500;

export interface LinkNoticeProps {
  readonly phase: ReadonlySignal<LinkPhase>;
  reconnect(): void;
}

/** A strip that says when what is shown is not live, and what can be done. */
export function LinkNotice({ phase, reconnect }: LinkNoticeProps): JSX.Element | null {
  const { kind } = phase.value;
  const [isOverdue, setOverdue] = useState(false);
  const isAway = kind === 'connecting' || kind === 'waiting';
  useEffect(() => {
    if (!isAway) return setOverdue(false);
    const timer = setTimeout(() => setOverdue(true), patienceMs);
    return () => clearTimeout(timer);
  }, [isAway]);

  const value = phase.value;
  if (value.kind === 'stopped' && value.code === closeCodes.tooManySockets) {
    return (
      <div class="link-notice" role="status">
        <span>RelayHub is open in several other places.</span>
        <button type="button" class="link-button" onClick={reconnect}>
          Use here
        </button>
      </div>
    );
  }
  if (value.kind === 'stopped' && value.code !== null) {
    return (
      <div class="link-notice" role="status">
        <span>{stoppedWords(value.code)}</span>
      </div>
    );
  }
  if (!isAway || !isOverdue) return null;
  return (
    <div class="link-notice" role="status">
      <span>{navigator.onLine ? 'Connecting…' : 'You are offline. What you send waits until you are back.'}</span>
    </div>
  );
}

function stoppedWords(code: number): string {
  switch (code) {
    case closeCodes.unauthenticated:
      return 'You were signed out. Reload the page to log in.';
    case closeCodes.forbidden:
    case closeCodes.notFound:
      return 'You are not in this chat.';
    default:
      return 'The connection was refused. Reload the page to try again.';
  }
}
