import type { ServerRoomEvent } from '../../src/protocol/room-frames';
import { momentWords } from '../ui/time-words';

/** Who has this chat open now [LIVE-2]: users, or in a large room how many. */
export type Here = ReadonlySet<string> | number;

export const nobodyHere: Here = new Set<string>();

export function applyHere(before: Here, { here = [], away = [], count }: Extract<ServerRoomEvent, { type: 'here_changed' }>): Here {
  if (count !== undefined) return count;
  const next = new Set(typeof before === 'number' ? [] : before);
  for (const id of here) next.add(id);
  for (const id of away) next.delete(id);
  return next;
}

/** `Here now` in a direct chat, `3 here` in a group, of the others; null when nobody is. */
export function hereWords(here: Here, ownId: string, isGroup: boolean): string | null {
  const others = typeof here === 'number' ? here - 1 : [...here].filter((id) => id !== ownId).length;
  if (others <= 0) return null;
  return isGroup ? `${others} here` : 'Here now';
}

/** [LIVE-3] How somebody is who is not in this chat now; null where there is nothing to say. */
export function presenceWords({ online, last_seen_at }: { online: boolean; last_seen_at: number | null }, now: number): string | null {
  if (online) return 'Online';
  return last_seen_at === null ? null : `Last seen ${momentWords(last_seen_at, now)}`;
}
