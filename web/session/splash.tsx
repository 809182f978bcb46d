import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import './sign-in.css';

/** Shown only where the answer takes long enough to be noticed. */
const patienceMs = 400;

/** The moment before it is known who is signed in. */
export function Splash({ isUnreachable }: { isUnreachable: boolean }): JSX.Element {
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), patienceMs);
    return () => clearTimeout(timer);
  }, []);
  return (
    <main class="splash" aria-busy="true">
      <img class="splash-mark" src="/favicon.svg" width="72" height="72" alt="RelayHub" />
      <p role="status">{isUnreachable ? 'RelayHub cannot be reached. Trying again…' : isSlow ? 'Signing in…' : null}</p>
    </main>
  );
}
