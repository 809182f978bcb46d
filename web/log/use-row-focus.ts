import { type Signal, useSignal } from '@preact/signals';
import type { TargetedFocusEvent, TargetedKeyboardEvent } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { isReadable, type Row } from '../conversation/rows';
import type { LogScroll } from './log-scroll';

export interface RowFocus {
  /** The key of the row that has the focus, or something in it; null where the focus is elsewhere. */
  readonly focusedKey: Signal<string | null>;
  /** The key of the row that Tab leads to. */
  readonly activeKey: string | null;
  readonly handlers: {
    onFocusIn(event: TargetedFocusEvent<HTMLElement>): void;
    onFocusOut(event: TargetedFocusEvent<HTMLElement>): void;
    onKeyDown(event: TargetedKeyboardEvent<HTMLElement>): void;
  };
}

const articleIn = (row: Element | null) => row?.querySelector('article') ?? null;

/**
 * Moves the focus from line to line with the arrow keys, one of them being where Tab leads.
 * A line that vanishes under the focus leaves it to the nearest, and what vanishes of a line to the line.
 * @param rendered the rows in the page
 */
export function useRowFocus(rows: readonly Row[], rendered: readonly Row[], scroll: LogScroll): RowFocus {
  const focusedKey = useSignal<string | null>(null);
  const lastKey = useSignal<string | null>(null);
  const lastIndex = useRef(0);
  const lastElement = useRef<Element | null>(null);
  const focus = (row: Row | undefined) => {
    if (row === undefined) return;
    const article = articleIn(scroll.elementOf(row.key));
    if (article === null) return scroll.goTo(row.key, 'middle', (element) => articleIn(element)?.focus({ preventScroll: true }));
    article.focus({ preventScroll: true });
    article.scrollIntoView({ block: 'nearest' });
    scroll.scrolled();
  };

  useLayoutEffect(() => {
    const key = focusedKey.peek();
    if (key === null) return;
    const index = rows.findIndex((row) => row.key === key);
    if (index !== -1) lastIndex.current = index;
    // Of a row that is still there, what had the focus may be gone: the button of what has been opened.
    const isGone = lastElement.current?.isConnected === false && document.activeElement === document.body;
    if (isGone) focus(rows[index] ?? nearest(rows, lastIndex.current));
  }, [rows]);

  const isThere = (wanted: string | null) => rendered.some(({ key }) => key === wanted);
  const fallback = isThere(scroll.lowestKey.value) ? scroll.lowestKey.value : (rendered.findLast(isReadable)?.key ?? null);
  const activeKey = isThere(lastKey.value) ? lastKey.value : fallback;

  return {
    focusedKey,
    activeKey,
    handlers: {
      onFocusIn({ target }) {
        if (!(target instanceof Element)) return;
        const key = target.closest<HTMLElement>('[data-key]')?.dataset.key;
        if (key === undefined) return;
        focusedKey.value = key;
        lastElement.current = target;
        lastKey.value = key;
        lastIndex.current = rows.findIndex((row) => row.key === key);
      },
      onFocusOut({ relatedTarget }) {
        // What is taken out of the page loses the focus to nobody: that is made good for after the rendering.
        if (relatedTarget !== null) focusedKey.value = null;
      },
      onKeyDown(event) {
        const { target, key } = event;
        if (!(target instanceof HTMLElement) || target.tagName !== 'ARTICLE') return;
        if (key === 'Enter' || key === 'ContextMenu') {
          const more = target.querySelector<HTMLElement>('.line-more');
          if (more === null) return;
          event.preventDefault();
          more.click();
          return;
        }
        const to = targetOf(key, rows, lastIndex.current);
        if (to === undefined) return;
        event.preventDefault();
        focus(to);
      },
    },
  };
}

/** Which row a key leads to; undefined for keys that do not move. */
function targetOf(key: string, rows: readonly Row[], from: number): Row | undefined {
  switch (key) {
    case 'ArrowUp':
      return rows.slice(0, from).findLast(isReadable);
    case 'ArrowDown':
      return rows.slice(from + 1).find(isReadable);
    case 'Home':
      return rows.find(isReadable);
    case 'End':
      return rows.findLast(isReadable);
    default:
      return undefined;
  }
}

function nearest(rows: readonly Row[], index: number): Row | undefined {
  return rows.slice(0, index + 1).findLast(isReadable) ?? rows.slice(index).find(isReadable);
}
