import { randomUUID } from 'node:crypto';
import type { ChatSummary } from '../../src/protocol/models';

/** What a room would tell an inbox of a chat, in its own words. */
export function news(changes: Partial<ChatSummary> = {}): ChatSummary {
  return {
    id: randomUUID(),
    name: 'Some group',
    is_group: true,
    member_count: 3,
    last_message: null,
    last_seq: 1,
    last_read_seq: 0,
    unread_count: 0,
    muted_until: null,
    pinned: false,
    archived: false,
    policy: { expires_in_seconds: null, expire_mode: 'after_send', version: 1, changed_by: null, changed_at: 1 },
    updated_at: Date.now(),
    ...changes,
  };
}
