import { useLayoutEffect, useState } from 'preact/hooks';

/**
 * Whether a task has gone by since `isDue` was rendered for the first time. What is rendered then is a task of its own:
 * where each takes long, as on a slow phone, the browser paints and answers in between.
 */
export function useNextTask(isDue: boolean): boolean {
  const [isNext, setNext] = useState(false);
  useLayoutEffect(() => {
    if (!isDue) return;
    const timer = setTimeout(() => setNext(true));
    return () => clearTimeout(timer);
  }, [isDue]);
  return isDue && isNext;
}
