import type { SnapDialogProps } from '../camera/snap-dialog';
import { lazyDialog } from '../ui/lazy-dialog';

/** What is about to be sent, with the camera's code. */
export const { Lazy: LazySnapDialog, preload: preloadSnapDialog } = lazyDialog<SnapDialogProps>('Picture', () =>
  import('../camera/snap-dialog').then(({ SnapDialog }) => SnapDialog),
);
