import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useAccount } from '../app';
import { chatTitle } from '../chats/chat-words';
import { DetailsDialog } from '../details/details-dialog';
import { durationWords } from '../expiry/expiry-words';
import { Avatar } from '../ui/avatar';
import { Icon } from '../ui/icon';
import { isAway, isLive } from '../ui/offline';
import { goToList } from '../ui/route';
import { hasKeyboard } from './has-keyboard';
import { hereWords, presenceWords } from './here';
import { useRoom } from './room-context';

/** Who this chat is with, whether they are here, how long its messages live, and the way to its details. */
export function ConversationHeader(): JSX.Element {
  const room = useRoom();
  const titleRef = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // The link that led here is hidden on a phone: without this the focus would be nowhere.
    if (!hasKeyboard()) titleRef.current?.focus();
  }, []);
  const isDetailed = useSignal(false);
  const { chats, me, wire } = useAccount();
  const known = room.membership.chat.value;
  // The list knows the chat's name before the room has answered.
  const chat = known ?? chats.find(room.id);
  const isCutOff = isAway(room.phase.value);
  const title = chat === undefined ? '' : chatTitle(chat);
  const policy = chat?.policy;
  // Who is there is known only as long as somebody tells.
  const isKnown = isLive(room.phase.value);
  const here = known === null || !isKnown ? null : hereWords(room.membership.here.value, me.id, known.is_group);
  const otherId = chat?.is_group === false ? chat.other_user?.id : undefined;
  useEffect(() => {
    chats.presences.watch(otherId ?? null);
    return () => chats.presences.watch(null);
  }, [chats, otherId]);
  const presence = otherId === undefined ? undefined : chats.presences.of(otherId);
  const lastSeen = here !== null || presence === undefined || !isKnown ? null : presenceWords(presence, wire.clock.now());
  return (
    <>
      <header class="pane-header conversation-header">
        <button type="button" class="icon-button back-button" aria-label="Back to chats" onClick={goToList}>
          <Icon name="back" />
        </button>
        {chat === undefined ? (
          // Holds the place of what the list or the room will tell.
          <span class="avatar" aria-hidden="true" />
        ) : (
          <Avatar name={title} id={chat.other_user?.id ?? chat.id} url={chat.other_user?.avatar_url} isGroup={chat.is_group} />
        )}
        <div class="conversation-title">
          <h1 ref={titleRef} tabIndex={-1} dir="auto">
            {title || (isCutOff ? 'Not connected' : room.phase.value.kind === 'stopped' ? 'No such chat' : '\u00a0')}
          </h1>
          <p class="conversation-subtitle">
            {chat === undefined && isCutOff && <span class="conversation-about">Earlier messages are not kept here</span>}
            {here !== null && (
              <span class="here" data-testid="here">
                {here}
              </span>
            )}
            {chat?.is_group && (
              <span class="conversation-about">
                {chat.member_count} {chat.member_count === 1 ? 'member' : 'members'}
              </span>
            )}
            {chat?.is_group === false &&
              chat.other_user !== undefined &&
              here === null &&
              (lastSeen === null ? (
                <span class="conversation-about">@{chat.other_user.username}</span>
              ) : (
                <span class="conversation-about" data-testid="presence">
                  {lastSeen}
                </span>
              ))}
            {policy?.expires_in_seconds != null && (
              <span class="conversation-policy">
                <Icon name="clock" size={14} />
                <span class="visually-hidden">Messages disappear after </span>
                {durationWords(policy.expires_in_seconds)}
              </span>
            )}
          </p>
        </div>
        {known !== null && (
          <button
            type="button"
            class="icon-button"
            aria-label="Chat details"
            aria-haspopup="dialog"
            onClick={() => {
              isDetailed.value = true;
            }}
          >
            <Icon name="info" />
          </button>
        )}
      </header>
      {isDetailed.value && known !== null && (
        <DetailsDialog
          chat={known}
          close={() => {
            isDetailed.value = false;
          }}
        />
      )}
    </>
  );
}
