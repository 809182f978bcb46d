import type { PictureDialogProps } from '../camera/picture-dialog';
import { lazyDialog } from '../ui/lazy-dialog';

/** The picture dialog with the camera's code. */
export const { Lazy: LazyPictureDialog, preload: preloadPictureDialog } = lazyDialog<PictureDialogProps>('Picture', () =>
  import('../camera/picture-dialog').then(({ PictureDialog }) => PictureDialog),
);
