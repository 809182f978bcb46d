import type { ReadonlySignal } from '@preact/signals';
import type {
  DeletedReason,
  Media,
  Message,
  MessageType,
  Reactions,
  SentMessageType,
  SystemFacts,
  ViewState,
} from '../../src/protocol/models';
import type { UploadStage } from '../wire/upload';

/** How far the user's own line has got; lines of others are always `accepted`. */
export type LineState =
  | { readonly kind: 'uploading'; readonly stage: ReadonlySignal<UploadStage> }
  | { readonly kind: 'waiting' }
  /** Written so long ago that its author is asked first; `writtenAt` by this machine's clock. */
  | { readonly kind: 'stale'; readonly writtenAt: number }
  | { readonly kind: 'accepted' }
  | { readonly kind: 'failed'; readonly code: string };

/** A view-once line, for this reader [ONCE-2]. */
export interface OnceFacts {
  /** Null for the sender. */
  readonly state: ViewState | null;
  /** While `open`: until when its content can be fetched, milliseconds since the epoch, server clock. */
  readonly leaseExpiresAt: number | null;
  readonly maxViews: 1 | 2;
  /** Viewed, and until when it can be once more; null where it cannot. */
  readonly replayUntil: number | null;
}

/** Why a line is over and who ended it. */
export interface LineEnd {
  readonly reason: DeletedReason;
  /** User id; null unless somebody deleted it. */
  readonly by: string | null;
}

/** One line of a conversation as views need it, accepted or still on its way. */
export interface Line {
  readonly id: string;
  /** Null until accepted: such lines stand at the end. */
  readonly seq: number | null;
  readonly senderId: string;
  readonly type: MessageType;
  readonly text: string | null;
  readonly media: Media | null;
  readonly system: SystemFacts | null;
  readonly replyTo: string | null;
  /** Null unless the line is view-once. */
  readonly once: OnceFacts | null;
  readonly reactions: Reactions;
  /** What the server counted when it told this line's state; null for lines of others. */
  readonly receipts: NonNullable<Message['receipts']> | null;
  /** Null while the line lives. */
  readonly end: LineEnd | null;
  readonly isEdited: boolean;
  /** Since when nothing is stored of it any more; null before. */
  readonly erasedAt: number | null;
  /** Milliseconds since the epoch, server clock, as all that follow. */
  readonly createdAt: number;
  readonly expiresAt: number | null;
  /** How long it lives from its reading on, seconds; null where reading starts no clock. */
  readonly readSeconds: number | null;
  readonly state: LineState;
}

/** The user's own line before the server has accepted it. */
export interface PendingLine {
  readonly id: string;
  readonly senderId: string;
  readonly type: SentMessageType;
  readonly text: string | null;
  readonly media: Media | null;
  readonly replyTo: string | null;
  readonly isOnce: boolean;
  readonly allowsReplay: boolean;
  readonly createdAt: number;
  readonly state: LineState;
}

export const lineOfMessage = (message: Message): Line => ({
  id: message.id,
  seq: message.seq,
  senderId: message.sender_id,
  type: message.message_type,
  text: message.content,
  media: message.media,
  system: message.system ?? null,
  replyTo: message.reply_to,
  once: message.view_once ? onceOfMessage(message) : null,
  reactions: message.reactions,
  receipts: message.receipts ?? null,
  end: message.deleted_reason === null ? null : { reason: message.deleted_reason, by: message.deleted_by },
  isEdited: message.edited_at !== null,
  erasedAt: message.erased_at ?? null,
  createdAt: message.created_at,
  expiresAt: message.expires_at,
  readSeconds: message.expire_mode === 'after_read' ? message.expires_in_seconds : null,
  state: { kind: 'accepted' },
});

const onceOfMessage = (message: Message): OnceFacts => ({
  state: message.view_state,
  leaseExpiresAt: message.lease_expires_at ?? null,
  maxViews: message.max_views ?? 1,
  replayUntil: message.replay_until ?? null,
});

/** What a view-once line says is never shown again, not even to its author [ONCE-1]. */
export const lineOfPending = ({ isOnce, allowsReplay, ...pending }: PendingLine): Line => ({
  ...pending,
  seq: null,
  system: null,
  text: isOnce ? null : pending.text,
  once: isOnce ? { state: null, leaseExpiresAt: null, maxViews: allowsReplay ? 2 : 1, replayUntil: null } : null,
  reactions: [],
  receipts: null,
  end: null,
  isEdited: false,
  erasedAt: null,
  expiresAt: null,
  readSeconds: null,
});
