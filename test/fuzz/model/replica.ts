import type { Chat, Member, Message } from '../../../src/protocol/models';
import type { Cursor, ServerRoomEvent, Welcome } from '../../../src/protocol/room-frames';
import type { ResumePoint } from '../../../src/upgrade';

/** What one session holds of a room, kept as [SYNC-1] to [SYNC-3] say it: by what it is told, in the order it is told. */
export class Replica {
  position: ResumePoint | null = null;
  readonly messages = new Map<string, Message>();
  readonly members = new Map<string, Member>();
  readonly cursors = new Map<string, Cursor>();
  chat: Chat | null = null;
  /** From this `seq` on it holds everything there is for it. */
  from = Number.POSITIVE_INFINITY;
  /** How often it had to start over, and how often it was told only what it had missed. */
  resets = 0;
  resumes = 0;
  /** Messages that a resume brought. */
  caughtUp = 0;
  readonly #ownId: string;

  constructor(ownId: string) {
    this.#ownId = ownId;
  }

  /** What a frame tells. @throws when the frame breaks [SYNC-3] */
  hear(events: readonly ServerRoomEvent[]): void {
    const before = this.position?.rev ?? -1;
    for (const event of events) {
      this.#apply(event);
      if (!('rev' in event) || event.rev === undefined || event.type === 'welcome') continue;
      const isReceipt = event.type === 'message_delivered' || event.type === 'message_read';
      if (!isReceipt && event.rev <= before) throw new Error(`[SYNC-3] ${event.type} of rev ${event.rev} after rev ${before}`);
      if (this.position !== null) this.position = { ...this.position, rev: Math.max(this.position.rev, event.rev) };
    }
  }

  #apply(event: ServerRoomEvent): void {
    switch (event.type) {
      case 'welcome':
        return this.#welcome(event);
      case 'new_message':
        this.messages.set(event.message.id, this.#own(event.message));
        return;
      case 'message_edited':
        return this.#change(event.message_id, { content: event.content, edited_at: event.edited_at });
      case 'message_deleted':
        return this.#end(event.message_id, {
          deleted_at: event.deleted_at,
          deleted_reason: 'deleted',
          deleted_by: event.deleted_by,
          undone: event.undone,
        });
      case 'message_expired':
        return this.#end(event.message_id, { deleted_at: event.deleted_at, deleted_reason: event.reason });
      case 'reactions_changed':
        return this.#change(event.message_id, { reactions: event.reactions });
      case 'view_changed':
        return this.#view(event);
      case 'message_delivered':
        for (const { user_id, up_to_seq, missed } of event.by) this.#move(user_id, up_to_seq, 0, missed);
        return;
      case 'message_read':
        for (const { user_id, up_to_seq, missed } of event.by) this.#move(user_id, up_to_seq, up_to_seq, missed);
        return;
      case 'chat_cleared':
        for (const [id, { seq }] of this.messages) if (seq <= event.up_to_seq) this.messages.delete(id);
        return;
      case 'members_changed':
        for (const id of event.removed) this.#forget(id);
        for (const member of event.added) this.members.set(member.user.id, member);
        for (const { user_id, role } of event.roles) {
          const member = this.members.get(user_id);
          if (member !== undefined) this.members.set(user_id, { ...member, role });
        }
        return;
      case 'chat_changed':
        if (this.chat !== null) this.chat = { ...this.chat, ...event.chat };
        return;
      default:
        return;
    }
  }

  #welcome(welcome: Welcome): void {
    if (welcome.reset) {
      this.messages.clear();
      this.members.clear();
      this.cursors.clear();
      this.from = welcome.messages[0]?.seq ?? welcome.chat.last_seq + 1;
      this.resets += 1;
    } else {
      this.resumes += 1;
      this.caughtUp += welcome.messages.length;
    }
    for (const message of welcome.messages) {
      this.messages.set(message.id, message);
      const { system } = message;
      if (system?.kind === 'member_left' || system?.kind === 'member_removed') for (const id of system.user_ids) this.#forget(id);
    }
    for (const member of welcome.members) this.members.set(member.user.id, member);
    for (const cursor of welcome.cursors) this.cursors.set(cursor.user_id, cursor);
    this.chat = welcome.chat;
    this.position = { epoch: welcome.epoch, rev: welcome.rev };
  }

  /** A message is told to all in one frame: the sender knows that it is not sealed to be opened by them [ONCE-2]. */
  #own(message: Message): Message {
    return message.sender_id === this.#ownId ? { ...message, view_state: null } : message;
  }

  #change(id: string, change: Partial<Message>): void {
    const message = this.messages.get(id);
    if (message !== undefined) this.messages.set(id, { ...message, ...change });
  }

  #end(id: string, end: Partial<Message>): void {
    const nothing = { content: null, media: null, reply_to: null, expires_at: null, edited_at: null, reactions: [] };
    this.#change(id, { ...nothing, deleted_by: null, undone: false, ...end });
  }

  #view({ message_id, view_state, lease_expires_at, replay_until }: Extract<ServerRoomEvent, { type: 'view_changed' }>): void {
    const message = this.messages.get(message_id);
    if (message === undefined) return;
    const { lease_expires_at: _, replay_until: __, ...rest } = message;
    const times = { ...(lease_expires_at === null ? {} : { lease_expires_at }), ...(replay_until === undefined ? {} : { replay_until }) };
    this.messages.set(message_id, { ...rest, view_state, ...times });
  }

  #move(userId: string, deliveredSeq: number, readSeq: number, missed: Cursor['missed']): void {
    const known = this.cursors.get(userId) ?? { user_id: userId, delivered_seq: 0, read_seq: 0 };
    this.cursors.set(userId, {
      user_id: userId,
      delivered_seq: Math.max(known.delivered_seq, deliveredSeq),
      read_seq: Math.max(known.read_seq, readSeq),
      // Where a cursor means nothing is told with each that gets so far.
      ...(missed === undefined && known.missed === undefined ? {} : { missed: missed ?? known.missed }),
    });
  }

  #forget(userId: string): void {
    this.members.delete(userId);
    this.cursors.delete(userId);
  }
}
