import type { JSX } from 'preact';
import type { User } from '../../src/protocol/models';
import { useAccount } from '../app';
import { Confirm } from '../ui/confirm';

/** Says what blocking somebody, or doing so no more, comes to, and does it when the user wants it [BLOCK-1]. */
export function BlockConfirm({ user, isBlocked, close }: { user: User; isBlocked: boolean; close(): void }): JSX.Element {
  const { blocks } = useAccount();
  const name = user.display_name;
  if (isBlocked) {
    return (
      <Confirm
        title={`Unblock ${name}?`}
        words={`${name} can reach you again. What they sent you while they were blocked stays hidden from you.`}
        verb="Unblock"
        isDanger={false}
        run={() => blocks.unblock(user.id)}
        close={close}
      />
    );
  }
  return (
    <Confirm
      title={`Block ${name}?`}
      words={`What ${name} sends you from now on you will never see, also after unblocking. Neither of you will see when the other is here, types or reads, and ${name} cannot add you to groups. In groups you are both in, their messages are folded. ${name} is not told.`}
      verb="Block"
      run={() => blocks.block(user)}
      close={close}
    />
  );
}
