import { type Signal, useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { Row } from './rows';

/** This near to the end counts as at the end, in pixels. */
const endTolerancePx = 48;
/** Rows remembered as fixed points: several, since some of them may end. */
const anchorCount = 12;

interface Anchor {
  readonly key: string;
  readonly top: number;
}

export interface ScrollKeeper {
  readonly scrollerRef: RefObject<HTMLDivElement | null>;
  readonly contentRef: RefObject<HTMLDivElement | null>;
  readonly isAtEnd: Signal<boolean>;
  jumpToEnd(): void;
  /** To be called when the reader scrolls. */
  noteScroll(): void;
}

/**
 * Keeps what is read where it is when rows come, go or are put in above; at the end, stays at the end.
 * By hand, because not every browser anchors scrolling and none does at the very top.
 */
export function useScrollKeeper(rows: readonly Row[]): ScrollKeeper {
  const scrollerRef = useRef<HTMLDivElement>(null);
  const contentRef = useRef<HTMLDivElement>(null);
  const isAtEnd = useSignal(true);
  const anchors = useRef<readonly Anchor[]>([]);

  const jumpToEnd = useCallback(() => {
    const scroller = scrollerRef.current;
    if (scroller === null) return;
    scroller.scrollTop = scroller.scrollHeight;
    isAtEnd.value = true;
  }, [isAtEnd]);

  const noteScroll = useCallback(() => {
    const scroller = scrollerRef.current;
    if (scroller === null) return;
    isAtEnd.value = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < endTolerancePx;
    anchors.current = isAtEnd.peek() ? [] : visibleAnchors(scroller);
  }, [isAtEnd]);

  useLayoutEffect(() => {
    const scroller = scrollerRef.current;
    if (scroller === null) return;
    if (isAtEnd.peek()) return jumpToEnd();
    for (const { key, top } of anchors.current) {
      const row = scroller.querySelector<HTMLElement>(`[data-row="${CSS.escape(key)}"]`);
      if (row === null) continue;
      scroller.scrollTop += row.offsetTop - top;
      break;
    }
    anchors.current = visibleAnchors(scroller);
  }, [rows, isAtEnd, jumpToEnd]);

  useEffect(() => {
    const observer = new ResizeObserver(() => {
      if (isAtEnd.peek()) jumpToEnd();
    });
    if (scrollerRef.current !== null) observer.observe(scrollerRef.current);
    if (contentRef.current !== null) observer.observe(contentRef.current);
    return () => observer.disconnect();
  }, [isAtEnd, jumpToEnd]);

  return { scrollerRef, contentRef, isAtEnd, jumpToEnd, noteScroll };
}

function visibleAnchors(scroller: HTMLElement): Anchor[] {
  const found: Anchor[] = [];
  for (const row of scroller.querySelectorAll<HTMLElement>('[data-row]')) {
    if (row.offsetTop + row.offsetHeight <= scroller.scrollTop) continue;
    found.push({ key: row.dataset.row ?? '', top: row.offsetTop });
    if (found.length === anchorCount) break;
  }
  return found;
}
