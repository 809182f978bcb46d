import type { Writer } from '../member-news';
import type { ChatSummary } from '../protocol/models';

/** A chat as the inbox keeps it: what its room said last, and what is the user's own matter. */
export interface ChatRow {
  readonly chatId: string;
  /** Rev of the room that `facts` tells. */
  readonly roomRev: number;
  /** JSON of the room's summary without its preview; empty once the user has left. */
  readonly facts: string;
  /** The user is not in the chat any more. */
  readonly isRemoved: boolean;
  /** The user has cleared the chat and nothing has come since. */
  readonly isHidden: boolean;
  /** Milliseconds since the epoch; may be over. */
  readonly mutedUntil: number | null;
  readonly isPinned: boolean;
  readonly isArchived: boolean;
  /** [INBOX-4] What the room knows to have reached the user. */
  readonly deliveredSeq: number;
  /** Who wrote what is unread, the latest first; null where the room did not say. */
  readonly writers: readonly Writer[] | null;
}

/** What the user makes of a chat in their own list; what is left out stays as it is. */
export interface ChatChange {
  /** Milliseconds since the epoch; null for not at all. */
  readonly mutedUntil?: number | null | undefined;
  readonly isPinned?: boolean | undefined;
  readonly isArchived?: boolean | undefined;
}

export type ChatRecord = {
  chat_id: string;
  room_rev: number;
  rev: number;
  facts: string;
  removed: number;
  hidden: number;
  muted_until: number | null;
  pinned: number;
  archived: number;
  delivered_seq: number;
  writers: string | null;
};

export function chatFromRecord(record: ChatRecord): ChatRow {
  return {
    chatId: record.chat_id,
    roomRev: record.room_rev,
    facts: record.facts,
    isRemoved: record.removed === 1,
    isHidden: record.hidden === 1,
    mutedUntil: record.muted_until,
    isPinned: record.pinned === 1,
    isArchived: record.archived === 1,
    deliveredSeq: record.delivered_seq,
    writers: record.writers === null ? null : (JSON.parse(record.writers) as Writer[]),
  };
}

/** Whether the chat is there to be seen in the list. */
export function isListed(row: Pick<ChatRow, 'isRemoved' | 'isHidden'>): boolean {
  return !row.isRemoved && !row.isHidden;
}

/** What the room said last. Only for a chat that the user is in. */
export function factsOf(row: Pick<ChatRow, 'facts'>): ChatSummary {
  return JSON.parse(row.facts) as ChatSummary;
}

/** [INBOX-2] What is shown of the chat at `now`. */
export function summaryOf(row: ChatRow, now: number, facts = factsOf(row)): ChatSummary {
  const mutedUntil = row.mutedUntil !== null && row.mutedUntil > now ? row.mutedUntil : null;
  return { ...facts, muted_until: mutedUntil, pinned: row.isPinned, archived: row.isArchived };
}
