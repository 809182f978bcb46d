import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { PictureDialog, PictureDialogProps } from '../camera/picture-dialog';
import { Dialog } from '../ui/dialog';

const load = () => import('../camera/picture-dialog');

/** Fetches the camera's code when the user is about to need it. */
export function preloadPictureDialog(): void {
  void load().catch(() => {});
}

/** The picture dialog, whose code is fetched when it is first opened: most visits never do. */
export function LazyPictureDialog(props: PictureDialogProps): JSX.Element | null {
  const [loaded, setLoaded] = useState<{ readonly Dialog: typeof PictureDialog } | 'failed' | null>(null);
  useEffect(() => {
    let isCurrent = true;
    load().then(
      (module) => isCurrent && setLoaded({ Dialog: module.PictureDialog }),
      () => isCurrent && setLoaded('failed'),
    );
    return () => {
      isCurrent = false;
    };
  }, []);
  if (loaded === null) return null;
  if (loaded === 'failed') {
    return (
      <Dialog title="Picture" close={props.close}>
        <p>This part of RelayHub could not be loaded. Check your connection, then reload the page.</p>
      </Dialog>
    );
  }
  return <loaded.Dialog {...props} />;
}
