import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useAccount, useApp } from '../app';
import { hasKeyboard } from '../conversation/has-keyboard';
import { OwnButton } from '../session/own-button';
import { Icon } from '../ui/icon';
import { keepFocus } from '../ui/kept-focus';
import { LinkNotice } from '../ui/link-notice';
import { isAway } from '../ui/offline';
import { goToChat, goToList, hrefOfChat } from '../ui/route';
import { ChatRows } from './chat-rows';
import { InviteButton } from './invite-button';
import { NewChatDialog } from './new-chat-dialog';
import './chats-pane.css';

/** How far below the screen the end of the list is when the next page is asked for. */
const loadAhead = '400px';

/** The list of chats, and the way to new ones. */
export function ChatsPane(): JSX.Element {
  const { chats } = useAccount();
  const { route } = useApp();
  const { invitedBy } = route.value;
  const isStarting = useSignal(false);
  const ordered = chats.ordered.value;
  const archived = ordered.filter((chat) => chat.archived);
  const titleRef = useRef<HTMLHeadingElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => (scroller.current === null ? undefined : keepFocus(scroller.current)), []);
  const leftId = useRef<string | null>(null);
  useEffect(() => {
    // Who comes back from a chat goes on where they went into it; what they left is not there any more to have the focus.
    const left = leftId.current;
    leftId.current = route.value.chatId;
    if (left === null || route.value.chatId !== null || document.activeElement !== document.body) return;
    (scroller.current?.querySelector<HTMLElement>(`a[href="${hrefOfChat(left)}"]`) ?? titleRef.current)?.focus({
      preventScroll: !hasKeyboard(),
    });
  }, [route.value.chatId]);
  useEffect(() => {
    if (end.current === null) return;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting === true) void chats.loadMore();
      },
      { root: scroller.current, rootMargin: `0px 0px ${loadAhead}` },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
    // Watched anew with every list: a page of which most is in the archive may leave the end where it is.
  }, [chats, ordered]);

  return (
    <section class="chats" aria-label="Chats">
      <header class="pane-header">
        <OwnButton />
        <h1 ref={titleRef} tabIndex={-1}>
          Chats
        </h1>
        <button
          type="button"
          class="icon-button"
          aria-label="New chat"
          onClick={() => {
            isStarting.value = true;
          }}
        >
          <Icon name="compose" />
        </button>
      </header>
      <LinkNotice phase={chats.phase} reconnect={() => chats.reconnect()} />
      <div class="chats-scroll" ref={scroller}>
        {ordered.length > 0 ? (
          <ul class="chat-rows" data-testid="chat-list">
            <ChatRows chats={ordered.filter((chat) => !chat.archived)} hasMore={chats.hasMore} openId={route.value.chatId} />
            {archived.length > 0 && (
              <li>
                <details class="archive" data-testid="archive">
                  <summary>
                    <Icon name="archive" size={18} />
                    Archive <span class="archive-count">{archived.length}</span>
                  </summary>
                  <ul>
                    <ChatRows chats={archived} hasMore={chats.hasMore} openId={route.value.chatId} />
                  </ul>
                </details>
              </li>
            )}
          </ul>
        ) : chats.isLoaded.value ? (
          <NoChats
            start={() => {
              isStarting.value = true;
            }}
          />
        ) : isAway(chats.phase.value) ? (
          <AwayFromChats />
        ) : (
          <ChatSkeleton />
        )}
        <div ref={end} />
      </div>
      {(isStarting.value || invitedBy !== null) && (
        <NewChatDialog
          key={invitedBy}
          invitedBy={invitedBy}
          close={() => {
            isStarting.value = false;
            if (invitedBy !== null) goToList();
          }}
          opened={(chatId) => {
            isStarting.value = false;
            goToChat(chatId);
          }}
        />
      )}
    </section>
  );
}

function NoChats({ start }: { start(): void }): JSX.Element {
  return (
    <div class="empty">
      <h2>No chats yet</h2>
      <p>Find somebody by their username and say hello, or tell them yours:</p>
      <p class="own-name">@{useAccount().me.username}</p>
      <button type="button" class="button button-primary" onClick={start}>
        Start a chat
      </button>
      <InviteButton />
    </div>
  );
}

/** [SYNC-5] Without a network: nothing of the list is kept on the device. */
function AwayFromChats(): JSX.Element {
  return (
    <div class="empty" data-testid="away">
      <h2>Not connected</h2>
      <p>Your chats are not kept on this device. They are back with the connection, and what you wrote is sent then.</p>
    </div>
  );
}

function ChatSkeleton(): JSX.Element {
  return (
    <div class="skeleton" role="status" aria-label="Loading chats">
      {[0, 1, 2, 3, 4].map((row) => (
        <div key={row} class="skeleton-row" />
      ))}
    </div>
  );
}
