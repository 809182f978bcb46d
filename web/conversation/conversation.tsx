import { useSignal, useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { useCallback } from 'preact/hooks';
import { closeCodes } from '../../src/protocol/close-codes';
import { useAccount } from '../app';
import { BlockedBar } from '../blocks/blocked-bar';
import { DropZone } from '../media/drop-zone';
import type { MediaSource } from '../media/media-source';
import { PictureViewer } from '../media/picture-viewer';
import { LazyOnceDialog } from '../once/lazy-once-dialog';
import { PushOffer } from '../push/push-offer';
import { LinkNotice } from '../ui/link-notice';
import { Composer } from './composer';
import { ComposerStrip } from './composer-strip';
import { ConversationHeader } from './conversation-header';
import type { Line } from './line';
import { LineLog } from './line-log';
import type { Room } from './room';
import { RoomContext } from './room-context';
import { SnapDoor } from './snap-door';
import { TroubleStrip } from './trouble-strip';
import { TypingStrip } from './typing-strip';

/** One chat, from its header to its composer. */
export function Conversation({ room }: { room: Room }): JSX.Element {
  const { chats, blocks } = useAccount();
  const isShown = useSignal(false);
  const openPictureId = useSignal<string | null>(null);
  // A picture that ends while somebody looks at it leaves the lines, and with them the viewer.
  const openPicture = openPictureId.value === null ? undefined : room.lines.value.find(({ id }) => id === openPictureId.value);
  // A view-once line is looked at to the end, whatever becomes of it meanwhile [ONCE-3].
  const openOnce = useSignal<Line | null>(null);
  const source = useSignal<MediaSource | null>(null);
  const phase = room.phase.value;
  const isOutside = phase.kind === 'stopped' && (phase.code === closeCodes.forbidden || phase.code === closeCodes.notFound);
  const other = (room.membership.chat.value ?? chats.find(room.id))?.other_user;
  const isBlocked = other !== undefined && blocks.has(other.id);
  const canSend = !isOutside && !isBlocked;
  useSignalEffect(() => chats.markSeen(room.id, room.receipts.ownReadSeq.value));
  // The same functions each time: what changes beside the lines must not cost another look at all of them.
  const showPicture = useCallback(
    (id: string) => {
      openPictureId.value = id;
    },
    [openPictureId],
  );
  const showOnce = useCallback(
    (id: string) => {
      openOnce.value = room.lines.peek().find((line) => line.id === id) ?? null;
    },
    [openOnce, room],
  );

  return (
    <RoomContext.Provider value={room}>
      <section class="conversation" aria-label="Conversation" data-testid="conversation" data-opened={room.isOpened.value && isShown.value}>
        <ConversationHeader />
        <LinkNotice phase={room.phase} reconnect={() => room.enter()} />
        <DropZone
          isOpen={canSend && room.actions.editing.value === null}
          dropped={(files) => {
            source.value = { kind: 'files', files };
          }}
        >
          <LineLog shown={isShown} openPicture={showPicture} openOnce={showOnce} />
          <TypingStrip />
          <TroubleStrip />
          <PushOffer />
          {isBlocked && <BlockedBar user={other} />}
          {canSend && (
            <>
              <ComposerStrip />
              <Composer source={source} />
              <SnapDoor source={source} />
            </>
          )}
        </DropZone>
        {openPicture !== undefined && (
          <PictureViewer
            line={openPicture}
            local={room.localMedia.get(openPicture.id)}
            close={() => {
              openPictureId.value = null;
            }}
          />
        )}
        {openOnce.value !== null && (
          <LazyOnceDialog
            line={openOnce.value}
            close={() => {
              openOnce.value = null;
            }}
          />
        )}
      </section>
    </RoomContext.Provider>
  );
}
