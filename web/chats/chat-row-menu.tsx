import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { ChatSummary } from '../../src/protocol/models';
import { useAccount } from '../app';
import { Confirm } from '../ui/confirm';
import { Icon } from '../ui/icon';
import { Menu } from '../ui/menu';
import { chatChoices } from './chat-choices';

export interface ChatRowMenuProps {
  readonly chat: ChatSummary;
  readonly title: string;
  /** A finger that rests on the row opens it as well. */
  readonly isOpen: Signal<boolean>;
}

/** What can be made of a chat of the list, and the button beside it that says so. */
export function ChatRowMenu({ chat, title, isOpen }: ChatRowMenuProps): JSX.Element {
  const { chats, wire } = useAccount();
  const button = useRef<HTMLButtonElement>(null);
  const isClearing = useSignal(false);
  return (
    <>
      <button
        ref={button}
        type="button"
        class="icon-button chat-row-more"
        aria-label={`Options for ${title}`}
        aria-haspopup="menu"
        onClick={() => {
          isOpen.value = true;
        }}
      >
        <Icon name="more" />
      </button>
      {isOpen.value && button.current !== null && (
        <Menu
          label={`Options for ${title}`}
          anchor={button.current}
          choices={chatChoices(chat, wire.clock.now(), {
            // What fails shows by nothing changing; trying again is harmless.
            change: (change) => void chats.change(chat.id, change).catch(() => undefined),
            clear: () => {
              isClearing.value = true;
            },
          })}
          close={() => {
            isOpen.value = false;
          }}
        />
      )}
      {isClearing.value && (
        <Confirm
          title={`Clear the chat with ${title}?`}
          words="Everything in it up to now disappears from all of your devices. The others keep what they have. The chat returns with the next message."
          verb="Clear chat"
          run={() => chats.clear(chat.id)}
          close={() => {
            isClearing.value = false;
          }}
        />
      )}
    </>
  );
}
