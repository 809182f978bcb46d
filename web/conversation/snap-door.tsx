import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { LazySnapDialog } from '../media/lazy-snap-dialog';
import type { MediaSource } from '../media/media-source';
import { onceNote } from '../once/once-switch';
import { useRoom } from './room-context';
import { SendChoices } from './send-choices';

/** The way from a camera or chosen files to lines of this room. */
export function SnapDoor({ source }: { readonly source: Signal<MediaSource | null> }): JSX.Element | null {
  const room = useRoom();
  const close = () => {
    source.value = null;
  };
  if (source.value === null) return null;
  return (
    <LazySnapDialog
      source={source.value}
      choices={<SendChoices />}
      note={room.choices.isOnce.value ? onceNote(room.choices.allowsReplay.value) : null}
      send={(media, caption) => {
        close();
        room.sendMedia(media, caption);
      }}
      close={close}
    />
  );
}
