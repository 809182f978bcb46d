import { useAccount } from '../app';
import { useRoom } from '../conversation/room-context';
import type { Reader } from './line-choices';

/** The user as a reader of the open room. Follows changes of their role. */
export function useReader(): Reader {
  const { me } = useAccount();
  const chat = useRoom().membership.chat.value;
  return { id: me.id, role: chat?.my_role ?? 'member', isGroup: chat?.is_group ?? false };
}
