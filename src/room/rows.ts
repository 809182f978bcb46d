import type { DeletedReason, ExpireMode, MessageType, Role } from '../protocol/models';
import type { MemberState, MessageState, RoomFacts } from './state';

/** Rows as SQLite gives them, and what the room makes of them. Only this room wrote them, so they are trusted. */

export type RoomRow = {
  id: string;
  epoch: string;
  is_group: number;
  name: string | null;
  created_at: number;
  policy_seconds: number | null;
  policy_mode: ExpireMode;
  policy_version: number;
  policy_changed_by: string | null;
  policy_changed_at: number;
  purged_rev: number;
};

export type MemberRow = {
  n: number;
  user_id: string;
  role: Role;
  joined_at: number;
  joined_seq: number;
  joined_rev: number;
  left_rev: number | null;
  rev: number;
  username: string;
  display_name: string;
  avatar_url: string | null;
  profile_version: number;
};

export type MessageRow = {
  seq: number;
  id: string;
  sender: number;
  rev0: number;
  changed: number | null;
  type: MessageType;
  body_format: number;
  body: ArrayBuffer | null;
  media_id: string | null;
  reply_to: string | null;
  created_at: number;
  expire_mode: ExpireMode;
  expires_in_seconds: number | null;
  ends_at: number | null;
  deleted_at: number | null;
  deleted_reason: DeletedReason | null;
};

export function roomFromRow(row: RoomRow): RoomFacts {
  return {
    id: row.id,
    epoch: row.epoch,
    isGroup: row.is_group === 1,
    name: row.name,
    createdAt: row.created_at,
    policy: {
      expires_in_seconds: row.policy_seconds,
      expire_mode: row.policy_mode,
      version: row.policy_version,
      changed_by: row.policy_changed_by,
      changed_at: row.policy_changed_at,
    },
    purgedRev: row.purged_rev,
  };
}

export function memberFromRow(row: MemberRow): MemberState {
  return {
    n: row.n,
    role: row.role,
    joinedAt: row.joined_at,
    joinedSeq: row.joined_seq,
    joinedRev: row.joined_rev,
    leftRev: row.left_rev,
    rev: row.rev,
    profile: {
      user: { id: row.user_id, username: row.username, display_name: row.display_name, avatar_url: row.avatar_url, deleted: false },
      version: row.profile_version,
    },
  };
}

/** `open` turns a stored body into text. */
export function messageFromRow(row: MessageRow, open: (format: number, bytes: ArrayBuffer) => string): MessageState {
  return {
    seq: row.seq,
    id: row.id,
    sender: row.sender,
    rev0: row.rev0,
    changed: row.changed,
    type: row.type,
    body: row.body === null ? null : open(row.body_format, row.body),
    mediaId: row.media_id,
    replyTo: row.reply_to,
    createdAt: row.created_at,
    expireMode: row.expire_mode,
    expiresInSeconds: row.expires_in_seconds,
    endsAt: row.ends_at,
    deletedAt: row.deleted_at,
    deletedReason: row.deleted_reason,
  };
}
