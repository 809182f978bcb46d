import type { ComponentChildren, JSX } from 'preact';
import { useId, useRef } from 'preact/hooks';
import type { User } from '../../src/protocol/models';
import { useAccount } from '../app';
import { assertNever } from '../assert-never';
import { Avatar } from '../ui/avatar';
import { Icon } from '../ui/icon';
import { type PeopleSearch, shortestPrefix } from './people-search';

export interface PeopleFinderProps {
  readonly search: PeopleSearch;
  readonly pickedIds?: ReadonlySet<string>;
  readonly isBusy: boolean;
  pick(user: User): void;
}

/** A search field with the people found; picking one is up to the caller. */
export function PeopleFinder({ search, pickedIds, isBusy, pick }: PeopleFinderProps): JSX.Element {
  const id = useId();
  const fieldRef = useRef<HTMLInputElement>(null);
  return (
    <div class="finder">
      <label class="visually-hidden" htmlFor={id}>
        Search by username
      </label>
      <div class="finder-field">
        <Icon name="search" size={20} />
        <input
          ref={fieldRef}
          id={id}
          type="search"
          value={search.query.value}
          placeholder="Search by username"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          // biome-ignore lint/a11y/noAutofocus: in a dialog opened to search, the field is where the keyboard belongs.
          autoFocus
          onInput={(event) => search.search(event.currentTarget.value)}
        />
      </div>
      <Results
        search={search}
        pickedIds={pickedIds}
        isBusy={isBusy}
        pick={(user) => {
          pick(user);
          // Who was picked is not there any more to have the focus.
          if (search.query.peek() === '') fieldRef.current?.focus();
        }}
      />
    </div>
  );
}

function Results({
  search,
  pickedIds,
  isBusy,
  pick,
}: Omit<PeopleFinderProps, 'pickedIds'> & { pickedIds: ReadonlySet<string> | undefined }): JSX.Element {
  const { me } = useAccount();
  const result = search.result.value;
  switch (result.kind) {
    case 'idle':
      return <Note>Type at least {shortestPrefix} letters of a username.</Note>;
    case 'searching':
      return <Note>Searching…</Note>;
    case 'failed':
      return <Note>{result.words}</Note>;
    case 'found': {
      const others = result.users.filter(({ id, deleted }) => id !== me.id && !deleted);
      if (others.length === 0) return <Note>Nobody found by that name. Check how it is spelled.</Note>;
      return (
        <ul class="people" aria-label="People found">
          {others.map((user) => (
            <li key={user.id}>
              <button
                type="button"
                class="person"
                disabled={isBusy}
                aria-pressed={pickedIds === undefined ? undefined : pickedIds.has(user.id)}
                onClick={() => pick(user)}
              >
                <Avatar name={user.display_name} id={user.id} url={user.avatar_url} />
                <span class="person-text">
                  <span class="person-name">{user.display_name}</span>
                  <span class="person-username">@{user.username}</span>
                </span>
                {pickedIds?.has(user.id) && <Icon name="check" />}
              </button>
            </li>
          ))}
        </ul>
      );
    }
    default:
      return assertNever(result);
  }
}

function Note({ children }: { children: ComponentChildren }): JSX.Element {
  return (
    <p class="finder-note" role="status">
      {children}
    </p>
  );
}
