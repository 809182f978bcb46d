import { Refusal } from '../protocol/errors';
import type { Media, SentMessageType } from '../protocol/models';
import type { MessageAccepted, SendMessage } from '../protocol/room-frames';
import { computeExpiry, type ExpiryRule, isOver } from './expiry';
import type { MediaState, MemberState, MessageState } from './state';
import type { NewMessage } from './store';

/** What deciding about a `send_message` needs to know; the rows are looked up by the ids in the event. */
export interface SendContext {
  readonly sender: MemberState;
  readonly policy: ExpiryRule;
  /** `seq` the message would take. */
  readonly nextSeq: number;
  /** The message that has this id already. */
  readonly existing: MessageState | null;
  readonly repliedTo: MessageState | null;
  readonly medium: MediaState | null;
  /** Stays of the sending user: a resend after leaving and coming back is still theirs. */
  isSameUser(n: number): boolean;
}

export type SendDecision =
  | { readonly kind: 'insert'; readonly message: NewMessage }
  | { readonly kind: 'repeat'; readonly message: MessageState };

/**
 * [SEND-1] [SEND-2] [SEND-5] What becomes of a `send_message` at `now`.
 * @throws Refusal `id_reused`, `invalid`, `not_found`, `media_not_ready`, `media_used`
 */
export function decideSend(event: SendMessage, context: SendContext, now: number): SendDecision {
  if (context.existing !== null) {
    if (!context.isSameUser(context.existing.sender)) throw new Refusal('id_reused');
    return { kind: 'repeat', message: context.existing };
  }
  requireOffered(event);
  requireVisibleReply(event, context, now);
  requireUsableMedium(event, context);
  return {
    kind: 'insert',
    message: {
      seq: context.nextSeq,
      id: event.id,
      sender: context.sender.n,
      type: event.message_type,
      body: event.content ?? null,
      mediaId: event.media_id ?? null,
      replyTo: event.reply_to ?? null,
      createdAt: now,
      expiry: computeExpiry(context.policy, event.expires_in_seconds, now),
    },
  };
}

/** What the protocol knows and rooms do not do yet is refused, never taken for something weaker. */
function requireOffered(event: SendMessage): void {
  if (event.view_once || event.expire_mode === 'after_read') throw new Refusal('invalid', 'Not offered here.');
}

function requireVisibleReply(event: SendMessage, { repliedTo, sender }: SendContext, now: number): void {
  if (event.reply_to === undefined) return;
  const isVisible = repliedTo !== null && repliedTo.seq > sender.joinedSeq && !isOver(repliedTo, now);
  if (!isVisible)
    throw new Refusal('invalid', 'There is no such message to reply to.', {
      fields: [{ path: 'reply_to', message: 'is not a message of this chat' }],
    });
}

function requireUsableMedium(event: SendMessage, { medium, sender }: SendContext): void {
  if (event.media_id === undefined) return;
  if (medium === null || medium.owner !== sender.profile.user.id)
    throw new Refusal('not_found', 'There is no such medium of yours in this chat.');
  if (medium.facts === null) throw new Refusal('media_not_ready');
  if (medium.seq !== null) throw new Refusal('media_used');
  if (!suits(event.message_type, medium.facts)) {
    throw new Refusal('invalid', 'The medium is of another type than the message.', {
      fields: [{ path: 'message_type', message: `does not suit ${medium.facts.mime_type}` }],
    });
  }
}

function suits(type: SentMessageType, facts: Media): boolean {
  return type === 'file' || facts.mime_type.startsWith(`${type}/`);
}

/** [SEND-2] The first result, however often it is asked for. */
export function acceptedEvent(
  message: Pick<MessageState, 'id' | 'seq' | 'createdAt' | 'expireMode' | 'expiresInSeconds'>,
): MessageAccepted {
  const { expiresInSeconds } = message;
  return {
    type: 'message_accepted',
    id: message.id,
    seq: message.seq,
    created_at: message.createdAt,
    expires_at: expiresInSeconds === null ? null : message.createdAt + expiresInSeconds * 1000,
    expires_in_seconds: expiresInSeconds,
    expire_mode: message.expireMode,
  };
}
