import type { JSX } from 'preact';
import { Avatar } from '../ui/avatar';
import { useRoom } from './room-context';

/** The disc of somebody met in this room. */
export function PersonAvatar({ id }: { id: string }): JSX.Element {
  const person = useRoom().membership.people.value.get(id);
  return <Avatar name={person?.display_name ?? '?'} id={id} url={person?.avatar_url} size="small" />;
}
