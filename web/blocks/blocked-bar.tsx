import type { JSX } from 'preact';
import type { User } from '../../src/protocol/models';
import { BlockButton } from './block-button';
import './blocks.css';

/** In place of the composer, where the user blocks the other one. */
export function BlockedBar({ user }: { user: User }): JSX.Element {
  return (
    <div class="blocked-bar" data-testid="blocked-bar">
      <p>You blocked {user.display_name}</p>
      <BlockButton user={user} />
    </div>
  );
}
