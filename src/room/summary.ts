import type { Chat, ChatSummary, Message } from '../protocol/models';
import { previewText } from '../protocol/text';
import type { LiveRoom } from './live-room';
import type { Roster } from './roster';
import type { MemberState, RoomFacts } from './state';

/** The other side of a direct chat, for `member`. */
export function otherUser(facts: RoomFacts, roster: Roster, member: MemberState): Pick<Chat, 'other_user'> {
  if (facts.isGroup) return {};
  const other = roster.present().find((candidate) => candidate.n !== member.n);
  return other === undefined ? {} : { other_user: other.profile.user };
}

/** The chat as everybody sees it: without what is each member's own matter. */
export function sharedChat({ facts, roster }: LiveRoom, lastSeq: number): Omit<Chat, 'my_role' | 'other_user'> {
  const { id, isGroup, name, policy, createdAt } = facts;
  return { id, is_group: isGroup, name, member_count: roster.size, policy, last_seq: lastSeq, created_at: createdAt };
}

/** The chat as `member` sees it. */
export function presentChat(room: LiveRoom, member: MemberState): Chat {
  return { ...sharedChat(room, room.lastSeq(member)), ...otherUser(room.facts, room.roster, member), my_role: member.role };
}

/** Where the room stands, for its summaries. */
export interface Position {
  readonly lastSeq: number;
  /** When somebody last sent something, milliseconds since the epoch. */
  readonly lastActivityAt: number;
  readonly readSeq: number;
  /** [RCPT-4] 1,000 stands for more than 999. */
  readonly unread: number;
}

/** [INBOX-2] What `member`'s chat list shows. `last` is the newest message they may see that has not ended. */
export function presentSummary(
  facts: RoomFacts,
  roster: Roster,
  member: MemberState,
  position: Position,
  last: Message | null,
): ChatSummary {
  return {
    id: facts.id,
    name: facts.name,
    is_group: facts.isGroup,
    member_count: roster.size,
    ...otherUser(facts, roster, member),
    last_message: last === null ? null : summarizeMessage(last, roster),
    last_seq: position.lastSeq,
    last_read_seq: position.readSeq,
    unread_count: position.unread,
    muted_until: null,
    pinned: false,
    archived: false,
    policy: facts.policy,
    updated_at: position.lastActivityAt,
  };
}

function summarizeMessage(message: Message, roster: Roster): NonNullable<ChatSummary['last_message']> {
  const sender = roster.find(message.sender_id);
  return {
    id: message.id,
    sender_id: message.sender_id,
    sender_name: sender?.profile.user.display_name ?? '',
    message_type: message.message_type,
    preview: previewOf(message),
    ...(message.system === undefined ? {} : { system: message.system }),
    created_at: message.created_at,
    expires_at: message.expires_at,
    edited_at: message.edited_at,
    view_once: message.view_once,
  };
}

/** The beginning of what a message says, or null when it says nothing in words. */
export function previewOf(message: Message): string | null {
  return message.content === null ? null : previewText(message.content);
}
