import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { User } from '../../src/protocol/models';
import { useAccount } from '../app';
import { Icon } from '../ui/icon';
import { BlockConfirm } from './block-confirm';

/** Blocks somebody or undoes it, once the user has confirmed. */
export function BlockButton({ user, isWide = false }: { user: User; isWide?: boolean }): JSX.Element {
  const { blocks } = useAccount();
  const isBlocked = blocks.has(user.id);
  /** What is asked stays what it was while its dialog closes. */
  const asking = useSignal<'block' | 'unblock' | null>(null);
  const verb = isBlocked ? 'Unblock' : 'Block';
  return (
    <>
      <button
        type="button"
        class={`button ${isBlocked ? '' : 'button-danger'} ${isWide ? 'button-wide' : ''}`}
        aria-label={`${verb} ${user.display_name}`}
        aria-haspopup="dialog"
        onClick={() => {
          asking.value = isBlocked ? 'unblock' : 'block';
        }}
      >
        {isWide && <Icon name="block" size={20} />}
        {isWide ? `${verb} ${user.display_name}` : verb}
      </button>
      {asking.value !== null && (
        <BlockConfirm
          user={user}
          isBlocked={asking.value === 'unblock'}
          close={() => {
            asking.value = null;
          }}
        />
      )}
    </>
  );
}
