import { createHash } from 'node:crypto';

/** In the place of src/direct-chat-id: the platform's digest takes real time, this one none. */
export function directChatId(userId: string, otherId: string): Promise<string> {
  const hex = createHash('sha256').update([userId, otherId].sort().join(':')).digest('hex');
  return Promise.resolve(hex.slice(0, 32).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-8$3-8$4-$5'));
}
