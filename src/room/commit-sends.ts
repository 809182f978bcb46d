import { type ErrorCode, Refusal } from '../protocol/errors';
import type { Message } from '../protocol/models';
import type { ErrorEvent, SendMessage } from '../protocol/room-frames';
import type { Result } from '../result';
import type { LiveRoom } from './live-room';
import { Outgoing } from './outgoing';
import { acceptedEvent, decideSend } from './sending';
import type { MemberState, MessageState } from './state';
import type { NewMessage } from './store';

/** What a send came to: the message as it is now, and whether this call made it. */
export interface SendOutcome {
  readonly message: Message;
  readonly created: boolean;
}

/** A `send_message` that waits for its commit: from a socket, or from a call that waits for the outcome. */
export interface SendWork {
  readonly userId: string;
  readonly socket: WebSocket | null;
  readonly event: SendMessage;
  readonly settle?: (outcome: Result<SendOutcome>) => void;
}

/** What a commit leaves to do. */
export interface Committed {
  readonly outgoing: Outgoing;
  /** Users who sent something: they have stopped typing. */
  readonly senders: ReadonlySet<string>;
  /** The earliest end among the new messages, or null. */
  readonly nextEnd: number | null;
  /** What one frame had no room for: it is the next commit. */
  readonly rest: readonly SendWork[];
}

/**
 * One commit of the room: decides about every gathered send for itself, writes them in one transaction under one rev,
 * and prepares the frames; as many of `batch` as one shared frame can tell. A fault changes nothing and every sender is
 * told to try again.
 */
export function commitSends(room: LiveRoom, batch: readonly SendWork[], now: number): Committed {
  const turn = new SendTurn(room, now);
  try {
    room.store.transaction(() => turn.takeAll(batch));
  } catch (fault) {
    console.error(`commit of ${batch.length} sends failed (${fault instanceof Error ? fault.name : 'unknown'})`);
    return failAll(batch);
  }
  return turn.finish();
}

class SendTurn {
  readonly #room: LiveRoom;
  readonly #now: number;
  readonly #outgoing = new Outgoing();
  readonly #senders = new Set<string>();
  readonly #settlements: (() => void)[] = [];
  #inserted = 0;
  #nextEnd: number | null = null;
  #rest: readonly SendWork[] = [];

  constructor(room: LiveRoom, now: number) {
    this.#room = room;
    this.#now = now;
  }

  takeAll(batch: readonly SendWork[]): void {
    for (const [index, work] of batch.entries()) {
      if (this.#outgoing.isFull) {
        this.#rest = batch.slice(index);
        return;
      }
      this.#take(work);
    }
  }

  #take(work: SendWork): void {
    try {
      const sender = this.#room.requireMember(work.userId);
      const { kind, message } = decideSend(work.event, this.#context(work.event, sender), this.#now);
      const state = kind === 'insert' ? this.#insert(message, sender) : message;
      this.#outgoing.tell(work.socket, acceptedEvent(state));
      const outcome = { message: this.#room.present(state, this.#now), created: kind === 'insert' };
      if (outcome.created) this.#outgoing.share({ type: 'new_message', rev: this.#rev, message: outcome.message });
      this.#settlements.push(() => work.settle?.({ ok: true, value: outcome }));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#outgoing.tell(work.socket, errorEvent(error.code, error.message, work.event.id));
      this.#settlements.push(() =>
        work.settle?.({ ok: false, code: error.code, detail: error.message, fields: error.fields, retryAfterMs: null }),
      );
    }
  }

  /** After the transaction: moves the room's counters and answers the calls. */
  finish(): Committed {
    if (this.#inserted > 0) {
      this.#room.seq += this.#inserted;
      this.#room.rev += 1;
    }
    for (const settle of this.#settlements) settle();
    return { outgoing: this.#outgoing, senders: this.#senders, nextEnd: this.#nextEnd, rest: this.#rest };
  }

  get #rev(): number {
    return this.#room.rev + 1;
  }

  #context(event: SendMessage, sender: MemberState) {
    const { store, roster, facts, seq } = this.#room;
    return {
      sender,
      policy: { seconds: facts.policy.expires_in_seconds, mode: facts.policy.expire_mode },
      nextSeq: seq + this.#inserted + 1,
      existing: store.messageById(event.id),
      repliedTo: event.reply_to === undefined ? null : store.messageById(event.reply_to),
      medium: event.media_id === undefined ? null : store.media(event.media_id),
      isSameUser: (n: number) => roster.userOf(n) === sender.profile.user.id,
    };
  }

  #insert(message: NewMessage, sender: MemberState): MessageState {
    const { store } = this.#room;
    store.insertMessage(message, this.#rev);
    if (message.mediaId !== null) store.attachMedia(message.mediaId, message.seq);
    this.#inserted += 1;
    this.#senders.add(sender.profile.user.id);
    const { endsAt, mode, seconds } = message.expiry;
    if (endsAt !== null) this.#nextEnd = Math.min(this.#nextEnd ?? endsAt, endsAt);
    return {
      ...message,
      rev0: this.#rev,
      changed: null,
      expireMode: mode,
      expiresInSeconds: seconds,
      endsAt,
      deletedAt: null,
      deletedReason: null,
    };
  }
}

function failAll(batch: readonly SendWork[]): Committed {
  const outgoing = new Outgoing();
  const refusal = new Refusal('unavailable');
  for (const work of batch) {
    outgoing.tell(work.socket, errorEvent(refusal.code, refusal.message, work.event.id));
    work.settle?.({ ok: false, code: refusal.code, detail: refusal.message, fields: [], retryAfterMs: 1_000 });
  }
  return { outgoing, senders: new Set(), nextEnd: null, rest: [] };
}

/** `ref` names the event that is refused. */
export function errorEvent(code: ErrorCode, detail: string, ref?: string, retryAfterMs?: number): ErrorEvent {
  return {
    type: 'error',
    code,
    detail,
    ...(ref === undefined ? {} : { ref }),
    ...(retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs }),
  };
}
