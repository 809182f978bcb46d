import type { PreparedMedium } from '../media/prepared-medium';
import type { OutgoingMessage } from '../wire/room-wire';

/** What the user wrote or took, kept until the server has accepted it. */
export interface OutgoingDraft {
  /** The message's id for ever [SEND-1]. */
  readonly id: string;
  readonly text: string | null;
  readonly medium: PreparedMedium | null;
  /** Id of the message it answers. */
  readonly replyTo: string | null;
  readonly isOnce: boolean;
  /** Whether a view-once line may be opened a second time. */
  readonly allowsReplay: boolean;
  readonly expiresInSeconds: number | null;
}

/** The frame that sends a draft; the choice "disappears after" counts from sending. */
export function toOutgoing(
  { id, text, medium, replyTo, isOnce, allowsReplay, expiresInSeconds }: OutgoingDraft,
  mediaId: string | null,
): OutgoingMessage {
  return {
    type: 'send_message',
    id,
    message_type: medium?.kind ?? 'text',
    ...(text === null ? {} : { content: text }),
    ...(mediaId === null ? {} : { media_id: mediaId }),
    ...(replyTo === null ? {} : { reply_to: replyTo }),
    ...(isOnce ? { view_once: true, max_views: allowsReplay ? 2 : 1 } : {}),
    ...(expiresInSeconds === null ? {} : { expires_in_seconds: expiresInSeconds, expire_mode: 'after_send' }),
  };
}
