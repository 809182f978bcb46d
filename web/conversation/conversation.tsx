import { useSignal, useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { closeCodes } from '../../src/protocol/close-codes';
import { useAccount } from '../app';
import { PictureViewer } from '../pictures/picture-viewer';
import { LinkNotice } from '../ui/link-notice';
import { Composer } from './composer';
import { ConversationHeader } from './conversation-header';
import { LineLog } from './line-log';
import type { Room } from './room';
import { RoomContext } from './room-context';
import { TypingStrip } from './typing-strip';

/** One chat, from its header to its composer. */
export function Conversation({ room }: { room: Room }): JSX.Element {
  const { chats } = useAccount();
  const openPictureId = useSignal<string | null>(null);
  // A picture that ends while somebody looks at it leaves the lines, and with them the viewer.
  const openPicture = openPictureId.value === null ? undefined : room.lines.value.find(({ id }) => id === openPictureId.value);
  const phase = room.phase.value;
  const isOutside = phase.kind === 'stopped' && (phase.code === closeCodes.forbidden || phase.code === closeCodes.notFound);
  useSignalEffect(() => chats.markSeen(room.id, room.receipts.ownReadSeq.value));

  return (
    <RoomContext.Provider value={room}>
      <section class="conversation" aria-label="Conversation" data-testid="conversation">
        <ConversationHeader />
        <LinkNotice phase={room.phase} reconnect={() => room.enter()} />
        <LineLog
          openPicture={(id) => {
            openPictureId.value = id;
          }}
        />
        <TypingStrip />
        {!isOutside && <Composer />}
        {openPicture !== undefined && (
          <PictureViewer
            line={openPicture}
            local={room.pictures.get(openPicture.id)}
            close={() => {
              openPictureId.value = null;
            }}
          />
        )}
      </section>
    </RoomContext.Provider>
  );
}
