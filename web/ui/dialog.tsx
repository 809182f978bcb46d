import type { ComponentChildren, JSX } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from './icon';
import { keepFocus } from './kept-focus';
import './dialog.css';

export interface DialogProps {
  readonly title: string;
  readonly kind?: 'sheet' | 'stage';
  readonly children: ComponentChildren;
  close(): void;
}

/**
 * A modal dialog as long as it is rendered: the browser keeps the focus inside and gives it back at the end,
 * if what led here is gone to what that was in, as a line is that has been opened.
 * `sheet` is a card with a heading, `stage` fills the window for pictures.
 */
export function Dialog({ title, kind = 'sheet', children, close }: DialogProps): JSX.Element {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (dialog === null) return;
    const around = document.activeElement?.parentElement?.closest<HTMLElement>('[tabindex]');
    dialog.showModal();
    const letGo = keepFocus(dialog);
    return () => {
      letGo();
      // Closing before the element is removed is what makes the browser return the focus.
      dialog.close();
      const { activeElement } = document;
      if (activeElement === document.body || dialog.contains(activeElement)) around?.focus({ preventScroll: true });
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard closes a dialog by Escape, which `cancel` reports.
    <dialog
      ref={ref}
      class={`dialog dialog-${kind}`}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) close();
      }}
    >
      <div class="dialog-body">
        <header class="dialog-header">
          <h2 id={titleId}>{title}</h2>
          <button type="button" class="icon-button" aria-label="Close" onClick={close}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
