import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useAccount } from '../app';
import { assertNever } from '../assert-never';
import type { Line } from '../conversation/line';
import { LineText } from '../conversation/line-text';
import { useNames, useRoom } from '../conversation/room-context';
import { Dialog } from '../ui/dialog';
import { Icon } from '../ui/icon';
import { problemWords } from '../ui/problem-words';
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
          <div class="once-stage" role="status">
            Opening…
          </div>
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
      const look = lookWords(maxViews, step.viewsLeft);
      return (
        <Dialog title="View once" kind="stage" close={close}>
          <figure class={step.pictureUrl === null ? 'once-stage' : 'viewer'} data-testid="once-viewer">
            {step.pictureUrl !== null && <img src={step.pictureUrl} alt={step.text ?? 'A photo to view once'} />}
            {step.text !== null && <figcaption>{<LineText text={step.text} />}</figcaption>}
            {look !== null && (
              <p class="once-look" role="status">
                {look}
              </p>
            )}
          </figure>
        </Dialog>
      );
    }
    default:
      return assertNever(step);
  }
}
