import type { Line } from '../conversation/line';
import { lazyDialog } from '../ui/lazy-dialog';

/** The viewer of what is seen once. Nothing is opened before its code is there. */
export const { Lazy: LazyOnceDialog } = lazyDialog<{ readonly line: Line; close(): void }>('View once', () =>
  import('./once-dialog').then(({ OnceDialog }) => OnceDialog),
);
