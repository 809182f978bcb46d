import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Icon } from '../ui/icon';
import { sizeWords } from './media-words';
import { saveFile } from './save-file';
import './file-card.css';

export interface FileCardProps {
  readonly name: string;
  readonly byteSize: number;
  /** An address of the bytes; null when there is none any more. Left out where there is nothing to save yet. */
  readonly source?: () => Promise<string | null>;
}

/** A file as it is known before it is saved: what it is called, and how large it is. */
export function FileCard({ name, byteSize, source }: FileCardProps): JSX.Element {
  const [hasFailed, setFailed] = useState(false);
  const save = async () => {
    const url = (await source?.()) ?? null;
    setFailed(url === null);
    if (url !== null) saveFile(url, name);
  };
  return (
    <div class="file-card" data-testid="file-card">
      <span class="file-mark">
        <Icon name="file" size={26} />
      </span>
      <span class="file-facts">
        <span class="file-name" dir="auto">
          {name}
        </span>
        <span class="file-size">{hasFailed ? <span role="alert">Could not be loaded</span> : sizeWords(byteSize)}</span>
      </span>
      {source !== undefined && (
        <button type="button" class="icon-button" aria-label={`Save ${name}`} onClick={save}>
          <Icon name="download" />
        </button>
      )}
    </div>
  );
}
