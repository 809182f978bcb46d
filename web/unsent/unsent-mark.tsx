import type { JSX } from 'preact';
import type { ChatSummary } from '../../src/protocol/models';
import { useAccount } from '../app';
import { Icon } from '../ui/icon';
import { isLive } from '../ui/offline';
import { staleAfterMs } from './unsent-line';

/** Says that something of the user's waits in this chat: for a connection, or for their word. */
export function UnsentMark({ chat }: { chat: ChatSummary }): JSX.Element | null {
  const { keeping, chats, wire } = useAccount();
  const waiting = [...keeping.unsent.lines.value.values()].filter(({ chatId }) => chatId === chat.id);
  const isStale = waiting.some(({ writtenAt }) => wire.platform.now() - writtenAt > staleAfterMs);
  // While all is well a line waits too shortly for a sign.
  if (waiting.length === 0 || (!isStale && isLive(chats.phase.value))) return null;
  const words = isStale ? 'Something is not sent yet' : 'Waiting to be sent';
  return (
    <span class="chat-row-unsent" role="img" aria-label={words} title={words} data-testid="unsent-mark">
      <Icon name={isStale ? 'warning' : 'clock'} size={18} />
    </span>
  );
}
