import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { ChatSummary } from '../../src/protocol/models';
import { useAccount } from '../app';
import { useLongPress } from '../line-menu/use-long-press';
import { Avatar } from '../ui/avatar';
import { Icon, type IconName } from '../ui/icon';
import { hrefOfChat } from '../ui/route';
import { listTime } from '../ui/time-words';
import { UnsentMark } from '../unsent/unsent-mark';
import { isMuted } from './chat-choices';
import { ChatRowMenu } from './chat-row-menu';
import { chatTitle, previewWords } from './chat-words';

export interface ChatRowProps {
  readonly chat: ChatSummary;
  readonly isOpen: boolean;
  /** Which of how many it is, as far as that is known: not all of them are in the page. */
  readonly place: { readonly at: number; readonly of: number | null };
}

/** One chat of the list. */
export function ChatRow({ chat, isOpen, place }: ChatRowProps): JSX.Element {
  const { me, chats, blocks, wire, keeping } = useAccount();
  const isMenuOpen = useSignal(false);
  const press = useLongPress(() => {
    isMenuOpen.value = true;
  });
  // Read for its changes: an ending alters what the clock says about an unchanged chat.
  void chats.endings.value;
  const now = wire.clock.now();
  const title = chatTitle(chat);
  const preview = previewWords(chat, me.id, now, (userId) => blocks.has(userId));
  const unread = chats.unreadCount(chat);
  const draft = isOpen ? '' : keeping.drafts.of(chat.id).value.trim();
  return (
    <li class="chat-item" aria-posinset={place.at} aria-setsize={place.of ?? -1} {...press}>
      <a class="chat-row" href={hrefOfChat(chat.id)} draggable={false} aria-current={isOpen ? 'page' : undefined} data-testid="chat-row">
        <Avatar name={title} id={chat.other_user?.id ?? chat.id} url={chat.other_user?.avatar_url} isGroup={chat.is_group} />
        <span class="chat-row-text">
          <span class="chat-row-top">
            <span class="chat-row-title" dir="auto">
              {title}
            </span>
            <time class="chat-row-time" dateTime={new Date(chat.updated_at).toISOString()}>
              {listTime(chat.updated_at, now)}
            </time>
          </span>
          <span class="chat-row-bottom">
            {draft !== '' ? (
              <span class="chat-row-preview" dir="auto" data-testid="chat-preview">
                <span class="chat-row-draft">
                  <bdi>Draft</bdi>:
                </span>{' '}
                {draft}
              </span>
            ) : (
              <span
                class={preview.isQuiet ? 'chat-row-preview is-quiet' : 'chat-row-preview'}
                // What somebody wrote is cut at its own end, whichever way the name before it is written.
                dir={preview.isQuiet ? 'ltr' : 'auto'}
                data-testid="chat-preview"
              >
                {preview.isPicture && <Icon name="picture" size={17} />}
                {preview.author !== '' && (
                  <>
                    <bdi>{preview.author}</bdi>:{' '}
                  </>
                )}
                {preview.text}
              </span>
            )}
            <UnsentMark chat={chat} />
            {chat.pinned && <Mark icon="pin" words="Pinned" />}
            {isMuted(chat, now) && <Mark icon="muted" words="Muted" />}
            {unread > 0 && (
              <span class={isMuted(chat, now) ? 'badge is-quiet' : 'badge'}>
                {unread > 999 ? '999+' : unread}
                <span class="visually-hidden"> unread</span>
              </span>
            )}
          </span>
        </span>
      </a>
      <ChatRowMenu chat={chat} title={title} isOpen={isMenuOpen} />
    </li>
  );
}

function Mark({ icon, words }: { icon: IconName; words: string }): JSX.Element {
  return (
    <span class="chat-row-mark">
      <Icon name={icon} size={15} />
      <span class="visually-hidden">{words}</span>
    </span>
  );
}
