import type { JSX } from 'preact';
import { chatTitle } from '../chats/chat-words';
import { policySentence } from '../expiry/expiry-words';
import { Avatar } from '../ui/avatar';
import { useNames, useRoom } from './room-context';

/** The chat's first line: whose chat it is, and in words how long its messages live and who said so [EXP-6]. */
export function ConversationStart({ isEmpty }: { isEmpty: boolean }): JSX.Element | null {
  const nameOf = useNames();
  const chat = useRoom().membership.chat.value;
  if (chat === null) return null;
  const title = chatTitle(chat);
  const setBy =
    chat.policy.changed_by === null ? 'This is how new chats begin.' : `Set by ${nameOf(chat.policy.changed_by).replace(/^You$/, 'you')}.`;
  return (
    <div class="conversation-start">
      <Avatar name={title} id={chat.other_user?.id ?? chat.id} url={chat.other_user?.avatar_url} isGroup={chat.is_group} size="large" />
      <p class="conversation-start-title">{title}</p>
      <p class="conversation-start-policy" data-testid="policy-line">
        {policySentence(chat.policy)} {setBy}
      </p>
      {isEmpty && <p class="conversation-start-hint">Nothing here right now. Say hello.</p>}
    </div>
  );
}
