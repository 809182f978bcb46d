import type { JSX } from 'preact';
import { useAccount } from '../app';
import { useRoom } from '../conversation/room-context';
import { Icon } from '../ui/icon';

const mostCounted = 999;

/** The way back to the newest line, with how many the reader has not seen. */
export function JumpButton({ jump }: { jump(): void }): JSX.Element {
  const room = useRoom();
  const { me, chats } = useAccount();
  const readSeq = room.receipts.ownReadSeq.value;
  const held = room.lines.value.filter((line) => {
    return (line.seq ?? 0) > readSeq && line.senderId !== me.id && line.type !== 'system' && line.end === null;
  }).length;
  // Of those in the gap only the list of chats knows.
  const unread = room.history.gap.value === null ? held : Math.max(held, chats.find(room.id)?.unread_count ?? 0);
  return (
    <button
      type="button"
      class="jump-button"
      aria-label={unread > 0 ? `${unread} new, go to the newest` : 'Go to the newest'}
      onClick={jump}
    >
      {unread > 0 && <span class="badge">{unread > mostCounted ? `${mostCounted}+` : unread}</span>}
      <Icon name="down" />
    </button>
  );
}
