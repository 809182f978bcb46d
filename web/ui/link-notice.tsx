import type { ReadonlySignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { closeCodes } from '../../src/protocol/close-codes';
import type { LinkPhase } from '../wire/live-socket';
import { isOffline } from './offline';

/** Shorter interruptions are not worth a word. */
const patienceMs = 2_000;

export interface LinkNoticeProps {
  readonly phase: ReadonlySignal<LinkPhase>;
  reconnect(): void;
}

/** A strip that says when what is shown is not live, and what can be done. */
export function LinkNotice({ phase, reconnect }: LinkNoticeProps): JSX.Element | null {
  const { kind } = phase.value;
  const [isOverdue, setOverdue] = useState(false);
  const isAway = kind === 'connecting' || kind === 'waiting' || (kind === 'live' && isOffline.value);
  useEffect(() => {
    if (!isAway) return setOverdue(false);
    const timer = setTimeout(() => setOverdue(true), patienceMs);
    return () => clearTimeout(timer);
  }, [isAway]);

  const value = phase.value;
  if (value.kind === 'stopped' && value.code === closeCodes.tooManySockets) {
    return (
      <Strip>
        RelayHub is open in several other places.
        <button type="button" class="link-button" onClick={reconnect}>
          Use here
        </button>
      </Strip>
    );
  }
  if (value.kind === 'stopped' && value.code !== null) return <Strip>{stoppedWords(value.code)}</Strip>;
  if (!isAway || !isOverdue) return null;
  return <Strip>{isOffline.value ? 'You are offline. Messages will wait.' : 'Connecting…'}</Strip>;
}

function Strip({ children }: { children: ComponentChildren }): JSX.Element {
  return (
    <div class="link-notice" role="status">
      {children}
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
