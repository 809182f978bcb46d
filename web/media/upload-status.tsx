import type { ReadonlySignal } from '@preact/signals';
import type { JSX } from 'preact';
import { Icon } from '../ui/icon';
import type { UploadStage } from '../wire/upload';

export interface UploadStatusProps {
  readonly stage: ReadonlySignal<UploadStage>;
  cancel(): void;
}

/** How far a medium has got on its way out of this device, and the way to call it off. */
export function UploadStatus({ stage, cancel }: UploadStatusProps): JSX.Element {
  const reached = stage.value;
  return (
    <div class="upload-status" data-testid="upload-status" data-stage={reached.kind}>
      <div class="upload-how-far">
        <span>{stageWords(reached)}</span>
        <progress max={1} aria-label="Upload" {...(reached.kind === 'uploading' ? { value: reached.share } : {})} />
      </div>
      <button type="button" class="icon-button" aria-label="Cancel the upload" onClick={cancel}>
        <Icon name="close" />
      </button>
    </div>
  );
}

function stageWords(stage: UploadStage): string {
  switch (stage.kind) {
    case 'waiting':
      return 'Waiting…';
    case 'uploading':
      return `Uploading ${Math.floor(stage.share * 100)} %`;
    case 'processing':
      return 'Processing…';
  }
}
