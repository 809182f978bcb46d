import type { DeletedReason, ExpireMode, Media, MessageType, Policy, Role, SystemFacts } from '../../../src/protocol/models';

/** The reference room's state: plain facts as they happened, nothing packed, cached or cleaned before its time. */

/** One stay of a user in the room: who comes back has a new one. */
export interface Stay {
  readonly n: number;
  readonly userId: string;
  role: Role;
  readonly joinedAt: number;
  /** The last `seq` before: nothing up to it is theirs to see [SEND-8]. */
  readonly joinedSeq: number;
  isPresent: boolean;
  deliveredSeq: number;
  readSeq: number;
  /** [RCPT-3] How far others may know that it has read; null for as far as it has. */
  toldReadSeq: number | null;
  /** [RCPT-3] Whether the user sends and sees read receipts, as of this version of their profile. */
  hasReceipts: boolean;
  profileVersion: number;
  /** Up to where the user has cleared the chat. */
  clearedSeq: number;
  /** [BLOCK-1] For this stay the chat is not there yet. */
  isConcealed: boolean;
  /** When each message was read. */
  readonly readAt: Map<number, number>;
}

/** [ONCE-2] A view-once message in one recipient's hands. */
export interface View {
  state: 'sealed' | 'open' | 'viewed';
  /** Views in which content left. */
  views: number;
  /** The session that opened it last. */
  sid: string;
  /** When the lease ends; while a second view is left, when that chance does. */
  due: number | null;
  /** Whether content left in the view that is open. */
  isServed: boolean;
  firstViewedAt: number | null;
  /** Names of the leases; the last is the running one. */
  lease: string | null;
}

export interface End {
  readonly at: number;
  readonly reason: DeletedReason;
  readonly byUserId: string | null;
  readonly undone: boolean;
}

export interface ModelMessage {
  readonly seq: number;
  /** Of a system line, until the room has told it, a stand-in. */
  id: string;
  readonly senderId: string;
  readonly type: MessageType;
  content: string | null;
  readonly system: SystemFacts | null;
  readonly mediaId: string | null;
  readonly replyTo: string | null;
  readonly createdAt: number;
  readonly mode: ExpireMode;
  readonly sendSeconds: number | null;
  readonly readSeconds: number | null;
  /** 0: not view-once. */
  readonly maxViews: number;
  editedAt: number | null;
  edits: number;
  /** By stay. */
  readonly reactions: Map<number, ModelReaction>;
  /** By stay; who is missing has not opened it. */
  readonly views: Map<number, View>;
  /** When its last reader's copy ends, once everybody has read it. */
  allReadEnd: number | null;
  /** [BLOCK-1] Shown to its sender alone, 'always' or since then. */
  hidden: 'always' | number | null;
  end: End | null;
}

export interface ModelReaction {
  readonly emoji: string;
  /** [BLOCK-1] Only who gave it sees it. */
  readonly isHidden: boolean;
}

export interface ModelMedium {
  readonly ownerId: string;
  readonly viewOnce: boolean;
  /** Null until admitted, and again once it is being erased. */
  facts: Media | null;
  seq: number | null;
  /** When it goes if no message carries it. */
  due: number | null;
}

export interface ModelState {
  readonly id: string;
  readonly isGroup: boolean;
  readonly createdAt: number;
  name: string | null;
  policy: Policy;
  seq: number;
  readonly stays: Stay[];
  /** Live messages and tombstones, by `seq`; purged ones are gone. */
  readonly messages: Map<number, ModelMessage>;
  readonly media: Map<string, ModelMedium>;
  /** [BLOCK-1] What each of the two in a direct chat has decided last. */
  readonly blocks: Map<string, { readonly isActive: boolean; readonly version: number }>;
  /** [BLOCK-1] By user, what the other keeps being shown of their cursors; null while no block is. */
  standing: Map<string, { readonly delivered: number; readonly read: number }> | null;
  /** When each session that ended did. */
  readonly endedSessions: Map<string, number>;
}
