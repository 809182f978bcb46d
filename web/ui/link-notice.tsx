import { type ReadonlySignal, signal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { closeCodes } from '../../src/protocol/close-codes';
import type { LinkPhase } from '../wire/live-socket';

/** Shorter interruptions are not worth a word. */
const patienceMs = 1_500;

/** The browser knows of a lost network before any socket does. */
const isOffline = signal(!navigator.onLine);
addEventListener('online', () => {
  isOffline.value = false;
});
addEventListener('offline', () => {
  isOffline.value = true;
});

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
  if (isOffline.value && value.kind !== 'stopped') return <Strip>You are offline. Messages wait until you are back.</Strip>;
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
  return isAway && isOverdue ? <Strip>Connecting…</Strip> : null;
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
