import type { ComponentChildren, JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { Icon } from '../ui/icon';
import './drop-zone.css';

export interface DropZoneProps {
  /** Whether files are taken now. */
  readonly isOpen: boolean;
  readonly children: ComponentChildren;
  dropped(files: readonly File[]): void;
}

/** Takes files that are dragged onto what is in it. */
export function DropZone({ isOpen, children, dropped }: DropZoneProps): JSX.Element {
  const [isOver, setOver] = useState(false);
  /** Entering a child comes before leaving its parent. */
  const depth = useRef(0);
  const bringsFiles = ({ dataTransfer }: DragEvent) => isOpen && dataTransfer?.types.includes('Files') === true;
  const end = () => {
    depth.current = 0;
    setOver(false);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dragging is a way besides the button for choosing files.
    <div
      class="drop-zone"
      onDragEnter={(event) => {
        if (!bringsFiles(event)) return;
        event.preventDefault();
        depth.current++;
        setOver(true);
      }}
      onDragOver={(event) => {
        if (bringsFiles(event)) event.preventDefault();
      }}
      onDragLeave={() => {
        depth.current = Math.max(0, depth.current - 1);
        if (depth.current === 0) setOver(false);
      }}
      onDrop={(event) => {
        end();
        if (!bringsFiles(event)) return;
        event.preventDefault();
        const files = filesOf(event.dataTransfer);
        if (files.length > 0) dropped(files);
      }}
    >
      {children}
      {isOver && (
        <div class="drop-here" data-testid="drop-here">
          <Icon name="attach" size={40} />
          Drop to send
        </div>
      )}
    </div>
  );
}

/** Folders look like files that cannot be read: they are left out. */
function filesOf(transfer: DataTransfer | null): File[] {
  const items = [...(transfer?.items ?? [])].filter(({ kind }) => kind === 'file');
  return items
    .filter((item) => item.webkitGetAsEntry()?.isDirectory !== true)
    .map((item) => item.getAsFile())
    .filter((file) => file !== null);
}
