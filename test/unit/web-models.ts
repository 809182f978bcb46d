import type { Chat, ChatSummary, Member, Message, Policy } from '../../src/protocol/models';
import type { Welcome } from '../../src/protocol/room-frames';
import { testId } from './web-platform';

export const chatId = testId(900);
export const adaId = testId(901);
export const boId = testId(902);

const policy: Policy = { expires_in_seconds: 86_400, expire_mode: 'after_send', version: 1, changed_by: null, changed_at: 0 };
const chat: Chat = {
  id: chatId,
  is_group: false,
  name: null,
  other_user: { id: boId, username: 'bo', display_name: 'Bo', avatar_url: null, deleted: false },
  member_count: 2,
  my_role: 'member',
  policy,
  last_seq: 0,
  created_at: 0,
};

export function messageOf(seq: number, change: Partial<Message> = {}): Message {
  return {
    id: testId(seq),
    seq,
    sender_id: boId,
    message_type: 'text',
    content: `Line ${seq}`,
    media: null,
    reply_to: null,
    view_once: false,
    max_views: null,
    view_state: null,
    expire_mode: 'after_send',
    expires_in_seconds: null,
    expires_at: null,
    created_at: 1_000 * seq,
    edited_at: null,
    deleted_at: null,
    deleted_reason: null,
    deleted_by: null,
    undone: false,
    reactions: [],
    ...change,
  };
}

export function memberOf(id: string, change: Partial<Member> = {}): Member {
  const name = `user_${id.slice(-3)}`;
  return { user: { id, username: name, display_name: name, avatar_url: null, deleted: false }, role: 'member', joined_at: 0, ...change };
}

export function welcomeOf(rev: number, change: Partial<Welcome> = {}): Welcome {
  return {
    type: 'welcome',
    protocol: 1,
    epoch: 'first',
    rev,
    server_time: 1_800_000_000_000,
    chat,
    me: { user_id: adaId, role: 'member' },
    members: [],
    messages: [],
    reset: false,
    here: [],
    typing: [],
    cursors: [],
    ...change,
  };
}

export function summaryOf(number: number, change: Partial<ChatSummary> = {}): ChatSummary {
  return {
    id: testId(number),
    name: `Group ${number}`,
    is_group: true,
    member_count: 3,
    last_message: null,
    last_seq: 1,
    last_read_seq: 0,
    unread_count: 0,
    muted_until: null,
    pinned: false,
    archived: false,
    policy,
    updated_at: number,
    ...change,
  };
}

export function lastMessageOf(number: number, change: Partial<NonNullable<ChatSummary['last_message']>> = {}): ChatSummary['last_message'] {
  return {
    id: testId(number),
    sender_id: boId,
    sender_name: 'Bo',
    message_type: 'text',
    preview: null,
    created_at: 1_000,
    expires_at: null,
    view_once: false,
    ...change,
  };
}
