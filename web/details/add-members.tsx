import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { User } from '../../src/protocol/models';
import { useAccount } from '../app';
import { PeopleFinder } from '../chats/people-finder';
import { PeopleSearch } from '../chats/people-search';
import { useRoom } from '../conversation/room-context';
import { Dialog } from '../ui/dialog';
import { FormProblem } from '../ui/form-problem';
import { problemWords } from '../ui/problem-words';
import '../chats/new-chat-dialog.css';

/** Finds people and takes them into the group, one by one. */
export function AddMembers({ close }: { close(): void }): JSX.Element {
  const { wire } = useAccount();
  const { membership, admin } = useRoom();
  const [search] = useState(() => new PeopleSearch(wire));
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => () => search.cancel(), [search]);

  const add = async (user: User) => {
    if (membership.members.peek().has(user.id)) return;
    setBusy(true);
    setProblem(null);
    try {
      await admin.addMembers([user.id]);
    } catch (error) {
      setProblem(problemWords(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title="Add members" close={close}>
      <p class="field-hint">New members see nothing of what was sent before they came.</p>
      <PeopleFinder search={search} pickedIds={new Set(membership.members.value.keys())} isBusy={isBusy} pick={add} />
      <FormProblem words={problem} />
    </Dialog>
  );
}
