import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Chat } from '../../src/protocol/models';
import { chatName } from '../../src/protocol/text';
import { BlockButton } from '../blocks/block-button';
import { chatTitle } from '../chats/chat-words';
import { useRoom } from '../conversation/room-context';
import { Avatar } from '../ui/avatar';
import { Confirm } from '../ui/confirm';
import { Dialog } from '../ui/dialog';
import { Icon } from '../ui/icon';
import { NameForm } from '../ui/name-form';
import { goToList } from '../ui/route';
import { AddMembers } from './add-members';
import { MemberList } from './member-list';
import { PolicyForm } from './policy-form';
import './details.css';

/** Everything about a chat that is not a message; of a direct chat that is its policy. */
export function DetailsDialog({ chat, close }: { chat: Chat; close(): void }): JSX.Element {
  const canManage = !chat.is_group || chat.my_role !== 'member';
  const title = chatTitle(chat);
  const { admin } = useRoom();
  return (
    <Dialog title={chat.is_group ? 'Group' : 'Chat'} close={close}>
      <div class="details-card">
        <Avatar name={title} id={chat.other_user?.id ?? chat.id} url={chat.other_user?.avatar_url} isGroup={chat.is_group} size="large" />
        <p class="details-title">{title}</p>
        {chat.other_user !== undefined && <p class="details-subtitle">@{chat.other_user.username}</p>}
      </div>
      {chat.is_group && canManage && (
        <NameForm
          key={chat.name}
          label="Group name"
          name={chat.name ?? ''}
          rule={chatName}
          verb="Rename"
          rename={(name) => admin.rename(name)}
        />
      )}
      <section aria-label="Disappearing messages">
        <PolicyForm key={chat.policy.version} policy={chat.policy} canChange={canManage} />
      </section>
      {!chat.is_group && chat.other_user !== undefined && !chat.other_user.deleted && <BlockButton user={chat.other_user} isWide />}
      {chat.is_group && <GroupPart chat={chat} canManage={canManage} close={close} />}
    </Dialog>
  );
}

function GroupPart({ chat, canManage, close }: { chat: Chat; canManage: boolean; close(): void }): JSX.Element {
  const { admin } = useRoom();
  const isAdding = useSignal(false);
  const isLeaving = useSignal(false);
  return (
    <section class="details-members" aria-label="Members">
      <div class="details-heading">
        <h3>{chat.member_count === 1 ? '1 member' : `${chat.member_count} members`}</h3>
        {canManage && (
          <button
            type="button"
            class="button"
            onClick={() => {
              isAdding.value = true;
            }}
          >
            Add members
          </button>
        )}
      </div>
      <MemberList ownRole={chat.my_role} />
      <button
        type="button"
        class="button button-danger button-wide"
        onClick={() => {
          isLeaving.value = true;
        }}
      >
        <Icon name="signout" size={20} />
        Leave group
      </button>
      {isAdding.value && (
        <AddMembers
          close={() => {
            isAdding.value = false;
          }}
        />
      )}
      {isLeaving.value && (
        <Confirm
          title="Leave group"
          words="You will see nothing of this group any more. What you sent stays until its end."
          verb="Leave"
          run={async () => {
            await admin.leave();
            close();
            goToList();
          }}
          close={() => {
            isLeaving.value = false;
          }}
        />
      )}
    </section>
  );
}
