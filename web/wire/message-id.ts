import type { Platform } from './platform';

/**
 * A new message's id: a UUID of version 7, which begins with the time. So ids are written at the end of a room's index and not
 * all over it: a busy room's commit changes a page of it instead of one for each message.
 */
export function newMessageId(platform: Pick<Platform, 'now' | 'newId'>): string {
  const time = platform.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${platform.newId().slice('xxxxxxxx-xxxx-x'.length)}`;
}
