import type { ReadonlySignal } from '@preact/signals';
import type { Media, Message, MessageType, SystemFacts } from '../../src/protocol/models';

/** How far the user's own line has got; lines of others are always `accepted`. */
export type LineState =
  | { readonly kind: 'uploading'; readonly share: ReadonlySignal<number> }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'accepted' }
  | { readonly kind: 'failed'; readonly code: string };

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
  /** Milliseconds since the epoch, server clock, as all that follow. */
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly state: LineState;
}

/** The user's own line before the server has accepted it. */
export interface PendingLine {
  readonly id: string;
  readonly senderId: string;
  readonly type: 'text' | 'image';
  readonly text: string | null;
  readonly media: Media | null;
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
  createdAt: message.created_at,
  expiresAt: message.expires_at,
  state: { kind: 'accepted' },
});

export const lineOfPending = (pending: PendingLine): Line => ({ ...pending, seq: null, system: null, expiresAt: null });
