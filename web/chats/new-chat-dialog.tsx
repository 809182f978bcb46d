import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { User } from '../../src/protocol/models';
import { useAccount } from '../app';
import { Dialog } from '../ui/dialog';
import { FormProblem } from '../ui/form-problem';
import { Icon } from '../ui/icon';
import { problemWords } from '../ui/problem-words';
import { GroupForm } from './group-form';
import { InviteButton } from './invite-button';
import { PeopleFinder } from './people-finder';
import { PeopleSearch } from './people-search';
import './new-chat-dialog.css';

export interface NewChatDialogProps {
  /** The username of who is to be looked for first; null for nobody. */
  readonly invitedBy: string | null;
  close(): void;
  opened(chatId: string): void;
}

/** Finding somebody to talk to, or several for a group. */
export function NewChatDialog({ invitedBy, close, opened }: NewChatDialogProps): JSX.Element {
  const { chats, wire } = useAccount();
  const [search] = useState(() => {
    const made = new PeopleSearch(wire);
    if (invitedBy !== null) made.search(invitedBy);
    return made;
  });
  const [isGroup, setGroup] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => () => search.cancel(), [search]);

  const openDirect = async (user: User) => {
    setBusy(true);
    setProblem(null);
    try {
      opened((await chats.openDirect(user.id)).id);
    } catch (error) {
      setProblem(problemWords(error));
      setBusy(false);
    }
  };

  return (
    <Dialog title={isGroup ? 'New group' : 'New chat'} close={close}>
      {isGroup ? (
        <GroupForm search={search} opened={opened} />
      ) : (
        <>
          <PeopleFinder search={search} isBusy={isBusy} pick={openDirect} />
          <button type="button" class="new-group" onClick={() => setGroup(true)}>
            <span class="new-group-mark">
              <Icon name="group" />
            </span>
            New group
          </button>
          <InviteButton />
        </>
      )}
      <FormProblem words={problem} />
    </Dialog>
  );
}
