import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { maxSummaryUserIds, withFewUserIds, withoutEnded, withoutEndedPreviews, withPreview } from '../../src/inbox/summaries';
import {
  defaultPageSize,
  maxChatNameCodePoints,
  maxDisplayNameCodePoints,
  maxMembers,
  maxServerFrameBytes,
} from '../../src/protocol/limits';
import type { ChatSummary } from '../../src/protocol/models';

const now = 1_800_000_000_000;

/** The largest summary that there can be: every name as long as allowed, in characters of four bytes, about all members. */
function largestSummary(): ChatSummary {
  const name = '😀'.repeat(maxChatNameCodePoints);
  const person = '😀'.repeat(maxDisplayNameCodePoints);
  return {
    id: randomUUID(),
    name,
    is_group: true,
    member_count: maxMembers,
    other_user: { id: randomUUID(), username: 'u'.repeat(32), display_name: person, avatar_url: null, deleted: false },
    last_message: {
      id: randomUUID(),
      sender_id: randomUUID(),
      sender_name: person,
      message_type: 'system',
      preview: null,
      system: {
        kind: 'created',
        actor_id: randomUUID(),
        user_ids: Array.from({ length: maxMembers - 1 }, () => randomUUID()),
        value: name,
      },
      created_at: now,
      expires_at: now + 1_000,
      view_once: false,
    },
    last_seq: Number.MAX_SAFE_INTEGER,
    last_read_seq: Number.MAX_SAFE_INTEGER,
    unread_count: 999,
    muted_until: now,
    pinned: true,
    archived: true,
    policy: { expires_in_seconds: 2_419_200, expire_mode: 'after_send', version: 999, changed_by: randomUUID(), changed_at: now },
    updated_at: now,
  };
}

describe('summaries', () => {
  it('[SOCK-4] the first frame of an inbox fits whatever its 50 chats are called and whoever they are about', () => {
    const chats = Array.from({ length: defaultPageSize }, () => withFewUserIds(largestSummary()));
    const frame = {
      type: 'inbox',
      rev: 1,
      server_time: now,
      chats,
      next_cursor: 'x'.repeat(64),
      unread_total: 0,
      unread_chats: 0,
      reset: true,
    };
    expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThan(maxServerFrameBytes);
  });

  it('[INBOX-2] a system line names three at most, and nothing else of the summary changes', () => {
    const summary = largestSummary();
    const bounded = withFewUserIds(summary);
    expect(bounded.last_message?.system?.user_ids).toEqual(summary.last_message?.system?.user_ids.slice(0, maxSummaryUserIds));
    expect({ ...bounded, last_message: null }).toEqual({ ...summary, last_message: null });
    expect(withFewUserIds({ ...summary, last_message: null }).last_message).toBeNull();
  });

  it('[EXP-3] from the millisecond a message ends neither it nor its preview is shown; until then both are', () => {
    const chat = largestSummary();
    const messageId = chat.last_message?.id ?? '';
    const preview = { chat_room_id: chat.id, message_id: messageId, preview: 'words' };
    expect(withoutEnded(withPreview(chat, preview), now + 999).last_message?.preview).toBe('words');
    expect(withoutEnded(withPreview(chat, preview), now + 1_000).last_message).toBeNull();
    expect(withoutEndedPreviews([preview], [chat], now + 999)).toEqual([preview]);
    expect(withoutEndedPreviews([preview], [chat], now + 1_000)).toEqual([{ chat_room_id: chat.id, message_id: null, preview: null }]);
  });

  it('[INBOX-2] a preview of another message than the last one known is not shown with it', () => {
    const chat = largestSummary();
    for (const preview of [undefined, { chat_room_id: chat.id, message_id: randomUUID(), preview: 'words' }]) {
      expect(withPreview(chat, preview)).toBe(chat);
    }
  });
});
