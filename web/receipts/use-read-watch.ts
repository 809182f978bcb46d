import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Row } from '../conversation/rows';

/** Fine enough to notice half a screen of a line that is far longer than the screen. */
const thresholds = [0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5];

const isLookedAt = () => document.visibilityState === 'visible' && document.hasFocus();

/**
 * Tells the newest line of others that stood at least half on screen, or filled half of it, in a focused window [RCPT-1].
 * Lines to be watched carry `data-read-seq` and `data-row`.
 */
export function useReadWatch(
  scrollerRef: RefObject<HTMLElement | null>,
  rows: readonly Row[],
  read: (id: string, seq: number) => void,
): void {
  const shown = useRef(new Set<Element>());
  const observer = useRef<IntersectionObserver | null>(null);
  const watched = useRef(new Set<Element>());
  const tell = useRef(read);
  tell.current = read;

  useEffect(() => {
    const tellNewest = () => {
      if (!isLookedAt()) return;
      let newest: { readonly id: string; readonly seq: number } | null = null;
      for (const element of shown.current) {
        if (!(element instanceof HTMLElement) || !element.isConnected) continue;
        const seq = Number(element.dataset.readSeq);
        if (newest === null || seq > newest.seq) newest = { id: element.dataset.row ?? '', seq };
      }
      if (newest !== null) tell.current(newest.id, newest.seq);
    };
    observer.current = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) {
          const screenPx = entry.rootBounds?.height ?? Number.POSITIVE_INFINITY;
          if (entry.intersectionRatio >= 0.5 || entry.intersectionRect.height >= screenPx / 2) shown.current.add(entry.target);
          else shown.current.delete(entry.target);
        }
        tellNewest();
      },
      { root: scrollerRef.current, threshold: thresholds },
    );
    watched.current.clear();
    addEventListener('focus', tellNewest);
    document.addEventListener('visibilitychange', tellNewest);
    return () => {
      observer.current?.disconnect();
      shown.current.clear();
      removeEventListener('focus', tellNewest);
      document.removeEventListener('visibilitychange', tellNewest);
    };
  }, [scrollerRef]);

  useEffect(() => {
    const present = new Set<Element>(scrollerRef.current?.querySelectorAll('[data-read-seq]') ?? []);
    for (const element of watched.current) {
      if (present.has(element)) continue;
      observer.current?.unobserve(element);
      watched.current.delete(element);
      shown.current.delete(element);
    }
    for (const element of present) {
      if (watched.current.has(element)) continue;
      observer.current?.observe(element);
      watched.current.add(element);
    }
  }, [rows, scrollerRef]);
}
