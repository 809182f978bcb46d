import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import * as v from 'valibot';
import type { User } from '../../src/protocol/models';
import { chatName } from '../../src/protocol/text';
import { useAccount } from '../app';
import { FormProblem } from '../ui/form-problem';
import { Icon } from '../ui/icon';
import { problemWords } from '../ui/problem-words';
import { PeopleFinder } from './people-finder';
import type { PeopleSearch } from './people-search';

/** A group's name and members. */
export function GroupForm({ search, opened }: { search: PeopleSearch; opened(chatId: string): void }): JSX.Element {
  const { chats, wire } = useAccount();
  const nameId = useId();
  // One id for as long as the form is open: trying again after a lost answer finds the same group.
  const [id] = useState(() => wire.platform.newId());
  const [name, setName] = useState('');
  const [picked, setPicked] = useState<readonly User[]>([]);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const toggle = (user: User) => {
    const isPicked = picked.some((other) => other.id === user.id);
    setPicked(isPicked ? picked.filter((other) => other.id !== user.id) : [...picked, user]);
    // On to the next name.
    if (!isPicked) search.search('');
  };

  const create = async (event: Event) => {
    event.preventDefault();
    const checked = v.safeParse(chatName, name);
    if (!checked.success) return setProblem(`The name ${checked.issues[0].message}.`);
    if (picked.length === 0) return setProblem('Pick at least one member.');
    setBusy(true);
    setProblem(null);
    try {
      opened(
        (
          await chats.createGroup(
            id,
            checked.output,
            picked.map((user) => user.id),
          )
        ).id,
      );
    } catch (error) {
      setProblem(problemWords(error));
      setBusy(false);
    }
  };

  return (
    <form class="group-form" onSubmit={create} noValidate>
      <div class="field">
        <label htmlFor={nameId}>Group name</label>
        <input id={nameId} value={name} autocomplete="off" onInput={(event) => setName(event.currentTarget.value)} />
      </div>
      {picked.length > 0 && (
        <ul class="picked" aria-label="Members">
          {picked.map((user) => (
            <li key={user.id}>
              <button type="button" class="picked-person" aria-label={`Remove ${user.display_name}`} onClick={() => toggle(user)}>
                <span dir="auto">{user.display_name}</span>
                <Icon name="close" size={16} />
              </button>
            </li>
          ))}
        </ul>
      )}
      <PeopleFinder search={search} pickedIds={new Set(picked.map((user) => user.id))} isBusy={isBusy} pick={toggle} />
      <FormProblem words={problem} />
      <button type="submit" class="button button-primary button-wide" disabled={isBusy || name.trim() === '' || picked.length === 0}>
        {isBusy ? 'One moment…' : picked.length < 2 ? 'Create group' : `Create group of ${picked.length + 1}`}
      </button>
    </form>
  );
}
