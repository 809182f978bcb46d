import { type MemberNews, maxWriters } from '../member-news';
import type { ChatSummary, Message } from '../protocol/models';
import type { LiveRoom } from './live-room';
import { LiveTail } from './live-tail';
import type { MemberState, MessageState } from './state';
import { presentSummary, previewOf } from './summary';
import { Unread } from './unread';

/** Unread messages are counted among this many newest rows [RCPT-4]: walking further would cost every fan-out. */
const countableMessages = 5_000;
const maxUnread = 1_000;

/** What all members' lists share; kept until something ends or changes, and carried on with every message. */
interface Gathered {
  readonly unread: Unread;
  lastActivityAt: number;
  /** When the first of the messages that are counted ends [EXP-3]. */
  nextEnd: number;
}

/** What the members' chat lists show of a room. */
export class ListFacts {
  readonly #room: LiveRoom;
  readonly #tail: LiveTail;
  #gathered: Gathered | null = null;
  /**
   * Rows by `seq`, read since the last commit: all members' lists show the same few. No row changes without a commit, so the one that
   * ends a message takes its words out of memory, too.
   */
  readonly #rows = new Map<number, MessageState | null>();

  constructor(room: LiveRoom) {
    this.#room = room;
    this.#tail = new LiveTail(room.seq);
  }

  /** A commit has sent these, oldest first; `hasChanged` where it did anything else beside. */
  follow(sent: readonly MessageState[], hasChanged: boolean): void {
    this.#rows.clear();
    if (hasChanged || (this.#gathered?.unread.size ?? 0) > 2 * countableMessages) this.#gathered = null;
    if (this.#gathered === null) return;
    for (const { seq, sender, type, createdAt, hiddenAt, endsAt } of sent) {
      this.#gathered.lastActivityAt = createdAt;
      if (hiddenAt !== null || type === 'system') continue;
      this.#gathered.unread.add({ seq, sender: this.#room.roster.userOf(sender) });
      this.#gathered.nextEnd = Math.min(this.#gathered.nextEnd, endsAt ?? Number.POSITIVE_INFINITY);
    }
  }

  /** [INBOX-2] What the member's chat list shows at `now`. */
  summary(member: MemberState, now: number): ChatSummary {
    const { read } = this.#room.store.readings.progress(member.n);
    const position = {
      lastSeq: this.#room.lastSeq(member),
      lastActivityAt: this.#lastActivityAt(member, now),
      readSeq: read,
      unread: this.#unread(member, now),
    };
    return presentSummary(this.#room.facts, this.#room.roster, member, position, this.#newestLive(member, now));
  }

  /** What the member's inbox is told beside that. */
  newsOf(member: MemberState, now: number): MemberNews {
    const writers = this.#gather(now).unread.writers(member.profile.user.id, this.#room.readSeq(member), maxWriters);
    return { clearedSeq: member.clearedSeq, deliveredSeq: this.#room.store.readings.progress(member.n).delivered, writers };
  }

  /** The beginning of the newest live message the member may see. */
  preview(member: MemberState, now: number): { messageId: string; preview: string | null } | null {
    const last = this.#newestLive(member, now);
    return last === null ? null : { messageId: last.id, preview: previewOf(last) };
  }

  /** The newest live message that surely every member is shown now, by its `seq`; 0 where there may be none. */
  newestSeqForAll(now: number): number {
    for (const message of this.#tail.newest(this.#room.store.messages, this.#room.seq, now)) {
      const { seq, hiddenAt, readSeconds } = message;
      if (seq <= this.#room.roster.hiddenToSeq) return 0;
      const { readings } = this.#room.store;
      const isNobodyDone = readSeconds === null || readings.readersBefore(message, now - readSeconds * 1000).length === 0;
      if (hiddenAt === null && isNobodyDone) return seq;
    }
    return 0;
  }

  #newestLive(member: MemberState, now: number): Message | null {
    for (const message of this.#tail.newest(this.#room.store.messages, this.#room.seq, now, (seq) => this.#row(seq))) {
      if (message.seq <= member.hiddenToSeq) return null;
      if (!this.#room.isShown(message, member)) continue;
      const shown = this.#room.present(message, { member, sid: null }, now);
      if (shown.deleted_at === null) return shown;
    }
    return null;
  }

  #row(seq: number): MessageState | null {
    const known = this.#rows.get(seq);
    if (known !== undefined) return known;
    const row = this.#room.store.messages.bySeq(seq);
    this.#rows.set(seq, row);
    return row;
  }

  /** [BLOCK-1] What somebody is not shown brings no chat to the top of their list. */
  #lastActivityAt(member: MemberState, now: number): number {
    if (!this.#room.blocks.haveEverBeen) return this.#gather(now).lastActivityAt;
    return this.#room.store.messages.newestShownTo(member)?.at ?? member.joinedAt;
  }

  #gather(now: number): Gathered {
    if (this.#gathered === null || this.#gathered.nextEnd <= now) {
      const { messages } = this.#room.store;
      const lastActivityAt = messages.lastActivityAt() ?? this.#room.facts.createdAt;
      // What everybody has read need not be looked at: in a chat whose members read along that is nearly all.
      const readByAll = Math.min(...this.#room.roster.present().map((member) => this.#room.readSeq(member)));
      const countable = messages.newestCountable(now, readByAll, countableMessages);
      const unread = new Unread(countable.reverse().map(({ seq, sender }) => ({ seq, sender: this.#room.roster.userOf(sender) })));
      const nextEnd = countable.reduce((next, { endsAt }) => Math.min(next, endsAt ?? next), Number.POSITIVE_INFINITY);
      this.#gathered = { unread, lastActivityAt, nextEnd };
    }
    return this.#gathered;
  }

  /** [RCPT-4] */
  #unread(member: MemberState, now: number): number {
    return Math.min(maxUnread, this.#gather(now).unread.count(member.profile.user.id, this.#room.readSeq(member)));
  }
}
