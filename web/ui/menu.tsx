import type { ComponentChildren, JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Icon, type IconName } from './icon';
import './menu.css';

export interface MenuChoice {
  readonly label: string;
  readonly icon: IconName;
  readonly isDanger?: boolean;
  run(): void;
}

export interface MenuProps {
  readonly label: string;
  /** What the menu stands beside; on a phone it rises from the bottom instead. */
  readonly anchor: Element;
  readonly choices: readonly MenuChoice[];
  /** Choices of another look, above the others; each with `role="menuitem"` or `menuitemradio`. */
  readonly children?: ComponentChildren;
  close(): void;
}

/** Room between a menu, its anchor and the edges of the window, in pixels. */
const gapPx = 8;

/**
 * A menu as long as it is rendered. Escape, a click outside and every choice close it; arrows move through it.
 * A modal dialog rather than a popover: those close again when the finger that opened them by resting is lifted.
 */
export function Menu({ label, anchor, choices, children, close }: MenuProps): JSX.Element {
  const ref = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const menu = ref.current;
    if (menu === null) return;
    menu.showModal();
    place(menu, anchor);
    itemsOf(menu)[0]?.focus();
    // Closing before the element is removed is what makes the browser return the focus.
    return () => menu.close();
  }, [anchor]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard closes it by Escape, which `cancel` reports.
    <dialog
      ref={ref}
      class="menu"
      aria-label={label}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) close();
      }}
    >
      <div
        class="menu-items"
        role="menu"
        aria-label={label}
        tabIndex={-1}
        onKeyDown={(event) => {
          if (event.key === 'Tab') {
            event.preventDefault();
            return close();
          }
          const to = targetOf(event.key, event.currentTarget);
          if (to === undefined) return;
          event.preventDefault();
          to.focus();
        }}
      >
        {children}
        {choices.map((choice) => (
          <button
            key={choice.label}
            type="button"
            role="menuitem"
            tabIndex={-1}
            class={choice.isDanger ? 'menu-item is-danger' : 'menu-item'}
            onClick={() => {
              close();
              choice.run();
            }}
          >
            <Icon name={choice.icon} size={20} />
            {choice.label}
          </button>
        ))}
      </div>
    </dialog>
  );
}

const itemsOf = (menu: Element) => [...menu.querySelectorAll<HTMLElement>('[role^="menuitem"]')];

/** Where a key leads in a menu. */
function targetOf(key: string, menu: Element): HTMLElement | undefined {
  const items = itemsOf(menu);
  const index = items.findIndex((item) => item.matches(':focus'));
  switch (key) {
    case 'ArrowDown':
    case 'ArrowRight':
      return items[(index + 1) % items.length];
    case 'ArrowUp':
    case 'ArrowLeft':
      return items.at(index <= 0 ? -1 : index - 1);
    case 'Home':
      return items[0];
    case 'End':
      return items.at(-1);
    default:
      return undefined;
  }
}

/** Below its anchor where there is room, else above, and always inside the window. The style sheet decides whether it counts. */
function place(menu: HTMLElement, anchor: Element): void {
  const { width, height } = menu.getBoundingClientRect();
  const from = anchor.getBoundingClientRect();
  const below = from.bottom + gapPx;
  const top = below + height + gapPx <= innerHeight ? below : Math.max(gapPx, from.top - gapPx - height);
  const left = Math.max(gapPx, Math.min(from.left, innerWidth - width - gapPx));
  menu.style.setProperty('--menu-top', `${Math.min(top, Math.max(gapPx, innerHeight - height - gapPx))}px`);
  menu.style.setProperty('--menu-left', `${left}px`);
}
