import { muteForeverAt } from '../../src/protocol/limits';
import type { ChatSummary } from '../../src/protocol/models';
import type { MenuChoice } from '../ui/menu';
import type { ListedChatChange } from '../wire/rest';

const hourMs = 60 * 60 * 1000;
const mutes = [
  { label: 'Mute for 1 hour', ms: hourMs },
  { label: 'Mute for 8 hours', ms: 8 * hourMs },
  { label: 'Mute for 1 week', ms: 7 * 24 * hourMs },
] as const;

export interface ChatActions {
  change(change: ListedChatChange): void;
  /** Offers to clear the chat. */
  clear(): void;
}

export const isMuted = ({ muted_until }: Pick<ChatSummary, 'muted_until'>, now: number) => muted_until !== null && muted_until > now;

/** What the user can make of a chat of their list. */
export function chatChoices(chat: ChatSummary, now: number, { change, clear }: ChatActions): MenuChoice[] {
  const { pinned, archived } = chat;
  return [
    { label: pinned ? 'Unpin' : 'Pin', icon: 'pin', run: () => change({ pinned: !pinned }) },
    { label: archived ? 'Take out of the archive' : 'Archive', icon: 'archive', run: () => change({ archived: !archived }) },
    ...(isMuted(chat, now)
      ? [{ label: 'Unmute', icon: 'muted' as const, run: () => change({ muted_until: null }) }]
      : [
          ...mutes.map(({ label, ms }) => ({ label, icon: 'muted' as const, run: () => change({ muted_until: now + ms }) })),
          { label: 'Mute for ever', icon: 'muted' as const, run: () => change({ muted_until: muteForeverAt }) },
        ]),
    { label: 'Clear chat', icon: 'trash', isDanger: true, run: clear },
  ];
}
