import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useAccount } from '../app';
import { LineText } from '../conversation/line-text';
import { OnceMedium } from './once-medium';
import type { OnceContent } from './once-viewing';

export interface OnceViewerProps {
  readonly text: string | null;
  readonly medium: OnceContent | null;
  readonly kind: string;
  /** Which of several looks it is; null where there is one. */
  readonly look: string | null;
}

/** Whether things are seen only while a finger or a key holds them open; kept as long as the page lives. */
const holdsToLook = signal(false);
/** Enough to cover a picture of any size. */
const marks = Array.from({ length: 40 }, (_, index) => index);

/**
 * What is seen once, under the name of who sees it. It blurs when the window loses the focus, and where the reader wants it so,
 * whenever nobody holds it open. It does not pretend to keep anybody from taking a picture of the screen [HONEST-1].
 */
export function OnceViewer({ text, medium, kind, look }: OnceViewerProps): JSX.Element {
  const { me } = useAccount();
  const [isAway, setAway] = useState(() => !document.hasFocus());
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    const onBlur = () => {
      setAway(true);
      setHeld(false);
    };
    const onFocus = () => setAway(false);
    addEventListener('blur', onBlur);
    addEventListener('focus', onFocus);
    return () => {
      removeEventListener('blur', onBlur);
      removeEventListener('focus', onFocus);
    };
  }, []);
  const viewRef = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const view = viewRef.current;
    // What comes next by key: holding it open, or reading on. Never what closes it.
    const next = view?.querySelector<HTMLElement>('.once-hold, [data-reads]');
    (next ?? view)?.focus();
  }, []);
  const isVeiled = isAway || (holdsToLook.value && !isHeld);
  return (
    <div ref={viewRef} class="once-view" tabIndex={-1} data-testid="once-viewer" data-veiled={isVeiled}>
      <figure class="once-figure" aria-hidden={isVeiled} inert={isVeiled}>
        {medium !== null && <OnceMedium medium={medium} alt={text ?? `A ${kind} to view once`} isVeiled={isVeiled} />}
        {text !== null && <Words text={text} isCaption={medium !== null} />}
        <div class="once-watermark" aria-hidden="true">
          {marks.map((mark) => (
            <span key={mark} data-name={`@${me.username}`} />
          ))}
        </div>
      </figure>
      <div class="once-controls">
        {look !== null && <p role="status">{look}</p>}
        {isAway && <p role="status">Hidden while this window is not in front</p>}
        {holdsToLook.value && (
          <button
            type="button"
            class="button button-primary once-hold"
            onPointerDown={() => setHeld(true)}
            onPointerUp={() => setHeld(false)}
            onPointerLeave={() => setHeld(false)}
            onPointerCancel={() => setHeld(false)}
            onKeyDown={({ key }) => {
              if (key === ' ' || key === 'Enter') setHeld(true);
            }}
            onKeyUp={() => setHeld(false)}
            onBlur={() => setHeld(false)}
            onContextMenu={(event) => event.preventDefault()}
          >
            Hold to look
          </button>
        )}
        <button
          type="button"
          class="link-button"
          aria-pressed={holdsToLook.value}
          onClick={() => {
            holdsToLook.value = !holdsToLook.peek();
          }}
        >
          Show only while I hold
        </button>
      </div>
    </div>
  );
}

/** However long they are, they are read to the end, by keys too. */
function Words({ text, isCaption }: { text: string; isCaption: boolean }): JSX.Element {
  const words = (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keys that scroll it.
    <section class="once-words" aria-label={isCaption ? 'Caption' : 'Message'} tabIndex={0} data-reads={isCaption ? undefined : true}>
      <LineText text={text} />
    </section>
  );
  return isCaption ? <figcaption>{words}</figcaption> : words;
}
