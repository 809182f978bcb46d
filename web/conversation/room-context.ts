import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { useAccount } from '../app';
import type { Room } from './room';

export const RoomContext = createContext<Room | null>(null);

/** The open room; only for views inside a conversation. */
export function useRoom(): Room {
  const room = useContext(RoomContext);
  if (room === null) throw new Error('Rendered outside a conversation');
  return room;
}

/** Names people in this room; the reader is `You`. Follows changes when called while rendering. */
export function useNames(): (userId: string) => string {
  const { me } = useAccount();
  const people = useRoom().membership.people.value;
  return (userId) => (userId === me.id ? 'You' : (people.get(userId)?.display_name ?? 'Somebody'));
}
