import type { ReadonlySignal } from '@preact/signals';
import type { JSX } from 'preact';
import { Icon } from '../ui/icon';

/** How much of a picture has left this device, and the way to call it off. */
export function UploadProgress({ share, cancel }: { share: ReadonlySignal<number>; cancel(): void }): JSX.Element {
  return (
    <div class="picture-progress">
      <progress value={share.value} max={1} aria-label="Uploading" />
      <button type="button" class="icon-button" aria-label="Cancel the upload" onClick={cancel}>
        <Icon name="close" />
      </button>
    </div>
  );
}
