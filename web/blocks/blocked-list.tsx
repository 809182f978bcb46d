import type { JSX } from 'preact';
import { useAccount } from '../app';
import { Avatar } from '../ui/avatar';
import { BlockButton } from './block-button';
import './blocks.css';

/** Whom the user blocks, the latest first, and the way to undo it. */
export function BlockedList(): JSX.Element {
  const people = [...useAccount().blocks.people.value.values()];
  if (people.length === 0) return <p class="field-hint">You block nobody. To block somebody, open the details of your chat with them.</p>;
  return (
    <ul aria-label="Blocked people">
      {people.map((user) => (
        <li key={user.id} class="blocked-person" data-testid="blocked-person">
          <Avatar name={user.display_name} id={user.id} url={user.avatar_url} size="small" />
          <span class="person-text">
            <span class="person-name">{user.display_name}</span>
            <span class="person-username">@{user.username}</span>
          </span>
          <BlockButton user={user} />
        </li>
      ))}
    </ul>
  );
}
