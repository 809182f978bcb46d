import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useAccount } from '../app';
import { assertNever } from '../assert-never';
import type { Line } from '../conversation/line';
import { useNames, useRoom } from '../conversation/room-context';
import { kindWords } from '../media/media-words';
import { Dialog } from '../ui/dialog';
import { Icon } from '../ui/icon';
import { problemWords } from '../ui/problem-words';
import { OnceViewer } from './once-viewer';
import { OnceViewing } from './once-viewing';
import { lookWords, openingWords } from './once-words';
import './once.css';

/** Says that opening is final, opens, shows, and lets go. Lives on when its line ends meanwhile: what is on screen stays until closed. */
export function OnceDialog({ line, close }: { line: Line; close(): void }): JSX.Element {
  const { wire } = useAccount();
  const { actions } = useRoom();
  const nameOf = useNames();
  const [viewing] = useState(() => new OnceViewing(wire, actions, line.id));
  const [wasOpen] = useState(line.once?.state === 'open');
  const [maxViews] = useState(line.once?.maxViews ?? 1);
  const step = viewing.step.value;

  useEffect(() => {
    // The one decision was made before: this only goes on.
    if (wasOpen) void viewing.open();
    const onVisibility = () => viewing.setHidden(document.visibilityState === 'hidden', close);
    const onPageHide = () => viewing.close();
    document.addEventListener('visibilitychange', onVisibility);
    addEventListener('pagehide', onPageHide);
    return () => {
      document.removeEventListener('visibilitychange', onVisibility);
      removeEventListener('pagehide', onPageHide);
      viewing.close();
    };
  }, [viewing]);

  switch (step.kind) {
    case 'asking':
      return (
        <Dialog title="View once" close={close}>
          <div class="once-asking">
            <span class="once-mark">
              <Icon name="once" size={40} />
            </span>
            <p>{openingWords(line, nameOf(line.senderId))}</p>
            <p class="field-hint">RelayHub can neither see nor stop a screenshot or a photo of the screen.</p>
          </div>
          <div class="dialog-actions">
            <button type="button" class="button" onClick={close}>
              Not now
            </button>
            <button type="button" class="button button-primary" onClick={() => viewing.open()}>
              Open it
            </button>
          </div>
        </Dialog>
      );
    case 'opening':
      return (
        <Dialog title="View once" kind="stage" close={close}>
          <Opening share={step.share} />
        </Dialog>
      );
    case 'failed':
      return (
        <Dialog title="View once" close={close}>
          <p role="alert">{problemWords(step.error)}</p>
          <div class="dialog-actions">
            <button type="button" class="button" onClick={close}>
              Close
            </button>
            {step.canRetry && (
              <button type="button" class="button button-primary" onClick={() => viewing.open()}>
                Try again
              </button>
            )}
          </div>
        </Dialog>
      );
    case 'shown': {
      const { text, medium, viewsLeft } = step;
      return (
        <Dialog title="View once" kind="stage" close={close}>
          <OnceViewer text={text} medium={medium} kind={kindWords(line.type).toLowerCase()} look={lookWords(maxViews, viewsLeft)} />
        </Dialog>
      );
    }
    default:
      return assertNever(step);
  }
}

/** Has the focus, rather than the button that closes: who presses a key twice must not lose what can be seen once. */
function Opening({ share }: { readonly share: number }): JSX.Element {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => ref.current?.focus(), []);
  return (
    <div ref={ref} class="once-stage" role="status" tabIndex={-1}>
      Opening{share > 0 ? ` ${Math.floor(share * 100)} %` : '…'}
    </div>
  );
}
