import type { UploadClaim } from '../media/claim';
import type { DeletedReason, ExpireMode, Media, MessageType, Role } from '../protocol/models';
import type { BlockState } from './blocks';
import type { MediaState, MemberState, MessageState, Reaction, RoomFacts } from './state';

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
  read_receipts: number;
  told_read: number | null;
  concealed: number;
  cleared_seq: number;
  cleared_rev: number;
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
  send_seconds: number | null;
  read_seconds: number | null;
  ends_at: number | null;
  max_views: 0 | 1 | 2;
  edited_at: number | null;
  edits: number;
  reactions: string | null;
  deleted_at: number | null;
  deleted_reason: DeletedReason | null;
  deleted_by: number | null;
  undone: number;
  erased_at: number | null;
  hidden_at: number | null;
};

/** The columns of a `MessageRow`. */
export const messageColumns =
  'seq, id, sender, rev0, changed, type, body_format, body, media_id, reply_to, created_at, expire_mode, send_seconds, read_seconds, ends_at, max_views, edited_at, edits, reactions, deleted_at, deleted_reason, deleted_by, undone, erased_at, hidden_at';

export type MediaRow = {
  id: string;
  owner: string;
  view_once: number;
  claim: string | null;
  facts: string | null;
  seq: number | null;
  due: number | null;
};

export function mediaFromRow(row: MediaRow): MediaState {
  const facts = row.facts === null ? null : (JSON.parse(row.facts) as Media);
  const claim = row.claim === null ? null : (JSON.parse(row.claim) as UploadClaim);
  return { id: row.id, owner: row.owner, viewOnce: row.view_once === 1, claim, facts, seq: row.seq, due: row.due };
}

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
    hiddenToSeq: Math.max(row.joined_seq, row.cleared_seq),
    clearedSeq: row.cleared_seq,
    resumableRev: Math.max(row.joined_rev, row.cleared_rev),
    leftRev: row.left_rev,
    rev: row.rev,
    profile: {
      user: { id: row.user_id, username: row.username, display_name: row.display_name, avatar_url: row.avatar_url, deleted: false },
      version: row.profile_version,
      readReceipts: row.read_receipts === 1,
    },
    toldRead: row.told_read,
    concealed: row.concealed === 1,
  };
}

/** Shared by all messages without any. */
export const noReactions: ReadonlyMap<number, Reaction> = new Map();

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
    sendSeconds: row.send_seconds,
    readSeconds: row.read_seconds,
    endsAt: row.ends_at,
    maxViews: row.max_views,
    editedAt: row.edited_at,
    edits: row.edits,
    reactions: row.reactions === null ? noReactions : reactionsFromRow(row.reactions),
    deletedAt: row.deleted_at,
    deletedReason: row.deleted_reason,
    deletedBy: row.deleted_by,
    undone: row.undone === 1,
    erasedAt: row.erased_at,
    hiddenAt: row.hidden_at,
  };
}

/** Stay, emoji and, where only who gave it sees it, a 1. */
type StoredReaction = [n: number, emoji: string, hidden?: 1];

function reactionsFromRow(json: string): ReadonlyMap<number, Reaction> {
  const stored = JSON.parse(json) as StoredReaction[];
  return new Map(stored.map(([n, emoji, hidden]) => [n, { emoji, isHidden: hidden === 1 }]));
}

export function reactionsToRow(reactions: ReadonlyMap<number, Reaction>): string | null {
  const stored = [...reactions].map(([n, { emoji, isHidden }]): StoredReaction => (isHidden ? [n, emoji, 1] : [n, emoji]));
  return stored.length === 0 ? null : JSON.stringify(stored);
}

export type BlockRow = { user_id: string; blocked: number; version: number; since_seq: number; missed: string; shown: string };

export function blockFromRow(row: BlockRow): BlockState {
  return {
    userId: row.user_id,
    isActive: row.blocked === 1,
    version: row.version,
    sinceSeq: row.since_seq,
    missed: JSON.parse(row.missed) as BlockState['missed'],
    shown: JSON.parse(row.shown) as BlockState['shown'],
  };
}
