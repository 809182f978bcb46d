import type { DeletedReason, Message } from '../../src/protocol/models';
import type { MessageAccepted } from '../../src/protocol/room-frames';
import { type Line, lineOfMessage, lineOfPending, type PendingLine } from './line';

/**
 * What this client holds of a room's messages. States are applied by message id, so twice is the same as once [SYNC-3];
 * what has ended stays ended, whatever an older answer says.
 */
export class Timeline {
  readonly #messages = new Map<string, Message>();
  readonly #pending = new Map<string, PendingLine>();

  /** Puts in the present state of a message. */
  apply(message: Message): void {
    this.#pending.delete(message.id);
    const held = this.#messages.get(message.id);
    if (held !== undefined && held.deleted_at !== null && message.deleted_at === null) return;
    this.#messages.set(message.id, message);
  }

  addPending(line: PendingLine): void {
    if (!this.#messages.has(line.id)) this.#pending.set(line.id, line);
  }

  /** Changes an own line that is not accepted yet; does nothing where it is. */
  updatePending(id: string, change: Partial<Pick<PendingLine, 'state' | 'media'>>): void {
    const held = this.#pending.get(id);
    if (held !== undefined) this.#pending.set(id, { ...held, ...change });
  }

  pending(id: string): PendingLine | undefined {
    return this.#pending.get(id);
  }

  removePending(id: string): void {
    this.#pending.delete(id);
  }

  /** [SEND-2] The own line becomes a message with what the server decided. */
  accept(accepted: MessageAccepted, chatId: string): void {
    const line = this.#pending.get(accepted.id);
    if (line === undefined) return;
    this.apply({
      id: line.id,
      chat_room_id: chatId,
      seq: accepted.seq,
      sender_id: line.senderId,
      message_type: line.type,
      content: line.text,
      media: line.media,
      reply_to: null,
      view_once: false,
      max_views: null,
      view_state: null,
      expire_mode: accepted.expire_mode,
      expires_in_seconds: accepted.expires_in_seconds,
      expires_at: accepted.expires_at,
      created_at: accepted.created_at,
      edited_at: null,
      deleted_at: null,
      deleted_reason: null,
      deleted_by: null,
      undone: false,
      reactions: [],
    });
  }

  /** [EXP-4] Keeps a tombstone, without any content, of a message that ended. */
  end(id: string, reason: DeletedReason, at: number): void {
    const message = this.#messages.get(id);
    if (message === undefined || message.deleted_at !== null) return;
    this.#messages.set(id, { ...message, content: null, media: null, reactions: [], deleted_at: at, deleted_reason: reason });
  }

  /** [EXP-3] Ends every message whose time has come by `now`, server clock. */
  endDue(now: number): void {
    for (const { id, expires_at, deleted_at } of this.#messages.values()) {
      if (deleted_at === null && expires_at !== null && expires_at <= now) this.end(id, 'expired', expires_at);
    }
  }

  /** When the next live message ends, server clock; null when none will. */
  nextEnding(): number | null {
    let next: number | null = null;
    for (const { expires_at, deleted_at } of this.#messages.values()) {
      if (deleted_at === null && expires_at !== null && (next === null || expires_at < next)) next = expires_at;
    }
    return next;
  }

  /** Throws away what the room said; the user's own unanswered lines stay. */
  reset(): void {
    this.#messages.clear();
  }

  /** The oldest message held, tombstones included: where older history begins. */
  oldest(): { readonly id: string; readonly seq: number } | null {
    let oldest: Message | null = null;
    for (const message of this.#messages.values()) {
      if (oldest === null || message.seq < oldest.seq) oldest = message;
    }
    return oldest;
  }

  lastSeq(): number {
    let last = 0;
    for (const { seq } of this.#messages.values()) last = Math.max(last, seq);
    return last;
  }

  /** What is to be seen: live messages by seq, then own lines on their way in writing order. What ended leaves no trace. */
  lines(): Line[] {
    const live = [...this.#messages.values()].filter(({ deleted_at }) => deleted_at === null);
    live.sort((a, b) => a.seq - b.seq);
    return [...live.map(lineOfMessage), ...[...this.#pending.values()].map(lineOfPending)];
  }
}
