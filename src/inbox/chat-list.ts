import type { MemberNews } from '../member-news';
import { Refusal } from '../protocol/errors';
import type { ServerInboxEvent } from '../protocol/inbox-frames';
import { defaultPageSize, maxInboxResumeChats } from '../protocol/limits';
import type { ChatSummary } from '../protocol/models';
import type { ResumePoint } from '../upgrade';
import { type ChatChange, type ChatRow, factsOf, isListed, summaryOf } from './chat-row';
import { decodeCursor, encodeCursor } from './cursor';
import type { InboxStore } from './store';
import { withFewUserIds, withoutEnded, withoutPreview } from './summaries';
import { type Totals, UnreadTotals } from './unread-totals';

type ListEvent = Extract<ServerInboxEvent, { type: 'chat_updated' | 'chat_removed' }>;
/** What a new socket is told of the list [INBOX-1]. */
type ListState = Omit<Extract<ServerInboxEvent, { type: 'inbox' }>, 'type' | 'server_time'>;

export interface ChatPage {
  chats: ChatSummary[];
  /** null at the end of the list. */
  nextCursor: string | null;
}

/** The user's chats: what rooms say, what the user makes of it, and what their devices are told of both. */
export class ChatList {
  readonly #store: InboxStore;
  readonly #totals: UnreadTotals;
  /** The newest rev of each chat's room that was heard of, where the row was not worth writing for it. */
  readonly #heard = new Map<string, number>();
  #rev: number | null = null;

  constructor(store: InboxStore) {
    this.#store = store;
    this.#totals = new UnreadTotals(() => store.unreadChats());
  }

  /**
   * [INBOX-1] A room's news, the whole present state as of `roomRev`. Returns what live sockets are told; null where it is
   * nothing new.
   */
  note(roomRev: number, news: ChatSummary, { clearedSeq, deliveredSeq, writers }: MemberNews, now: number): ListEvent | null {
    const row = this.#store.chat(news.id);
    const summary = withFewUserIds(news);
    if (row !== null && isOldNews(row, this.#heardRev(row), roomRev, summary)) return null;
    this.#heard.delete(summary.id);
    const known = row === null || row.isRemoved ? null : row;
    const facts = JSON.stringify(withoutPreview(summary));
    const isHidden = summary.last_seq <= clearedSeq;
    // [BLOCK-1] What this user is not shown must not be seen to have happened; and what is no news is none.
    if (known !== null && known.facts === facts && known.isHidden === isHidden) {
      this.#heard.set(summary.id, roomRev);
      return null;
    }
    const next: ChatRow = {
      chatId: summary.id,
      roomRev,
      facts,
      isRemoved: false,
      isHidden,
      mutedUntil: known?.mutedUntil ?? null,
      isPinned: known?.isPinned ?? false,
      // A chat in the archive returns with the next message.
      isArchived: known?.isArchived === true && summary.last_seq <= factsOf(known).last_seq,
      deliveredSeq,
      writers: writers ?? null,
    };
    return this.#put(next, summary, now, known !== null && isListed(known));
  }

  /** [GROUP-2] The user is no longer a member of the chat, as of `roomRev`. Returns what live sockets are told. */
  remove(roomRev: number, chatId: string, now: number): ListEvent | null {
    const row = this.#store.chat(chatId);
    if (row !== null && this.#heardRev(row) >= roomRev) return null;
    const rev = this.#nextRev();
    // Kept of a chat that was never heard of, too: the news of it may be late, and would bring back what is over.
    this.#store.removeChat(chatId, roomRev, rev);
    this.#totals.put({ chatId, unread: 0, mutedUntil: null });
    return row !== null && isListed(row) ? { type: 'chat_removed', rev, chat_room_id: chatId, ...this.totals(now) } : null;
  }

  /**
   * The user pins, archives or mutes a chat, or takes it back. `event` is what live sockets are told; null where nothing changes.
   * @throws Refusal `not_found` for a chat that the user is not in
   */
  change(chatId: string, change: ChatChange, now: number): { summary: ChatSummary; event: ListEvent | null } {
    const row = this.#store.chat(chatId);
    if (row === null || row.isRemoved) throw new Refusal('not_found', 'There is no such chat.');
    const next: ChatRow = {
      ...row,
      mutedUntil: futureOr(change.mutedUntil === undefined ? row.mutedUntil : change.mutedUntil, now),
      isPinned: change.isPinned ?? row.isPinned,
      isArchived: change.isArchived ?? row.isArchived,
    };
    const facts = factsOf(row);
    const isSame = next.mutedUntil === row.mutedUntil && next.isPinned === row.isPinned && next.isArchived === row.isArchived;
    const event = isSame ? null : this.#put(next, facts, now, isListed(row));
    return { summary: withoutEnded(summaryOf(next, now, facts), now), event };
  }

  /** A chat's mute may have come to its end. Returns what live sockets are told. */
  endMute(chatId: string, now: number): ListEvent | null {
    const row = this.#store.chat(chatId);
    if (row === null || row.isRemoved || row.mutedUntil === null || row.mutedUntil > now) return null;
    return this.change(chatId, { mutedUntil: null }, now).event;
  }

  totals(now: number): Totals {
    return this.#totals.at(now);
  }

  /** What a socket is told first that holds the list up to `point` [INBOX-1]. */
  state(point: ResumePoint | null, now: number): ListState {
    const epoch = this.#store.epoch();
    const head = { epoch, rev: this.#currentRev(), ...this.totals(now) };
    const changed = point !== null && point.epoch === epoch && point.rev <= head.rev ? this.#changedSince(point.rev) : null;
    if (changed === null) {
      const { chats, nextCursor } = this.page(null, defaultPageSize, now);
      return { ...head, reset: true, chats, removed: [], next_cursor: nextCursor };
    }
    const listed = changed.filter(isListed).map((row) => withoutEnded(summaryOf(row, now), now));
    const removed = changed.filter((row) => !isListed(row)).map((row) => row.chatId);
    return { ...head, reset: false, chats: listed, removed, next_cursor: null };
  }

  /** Pinned ones first, then the newest activity first; without previews. `cursor` is opaque; null for the first page. */
  page(cursor: string | null, limit: number, now: number): ChatPage {
    const found = this.#store.chats(decodeCursor(cursor), limit + 1);
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      chats: page.map(({ row }) => withoutEnded(summaryOf(row, now), now)),
      nextCursor: found.length > limit && last !== undefined ? encodeCursor({ at: last.place, id: last.row.chatId }) : null,
    };
  }

  /** [INBOX-1] null where it is too much to be told as a change. */
  #changedSince(rev: number): ChatRow[] | null {
    const changed = this.#store.changedSince(rev, maxInboxResumeChats + 1);
    return changed.length > maxInboxResumeChats ? null : changed;
  }

  #put(row: ChatRow, summary: ChatSummary, now: number, wasListed: boolean): ListEvent | null {
    const rev = this.#nextRev();
    const isCounted = !row.isHidden && !row.isArchived;
    this.#store.putChat(row, rev, summary.updated_at, summary.unread_count);
    this.#totals.put({ chatId: row.chatId, unread: isCounted ? summary.unread_count : 0, mutedUntil: row.mutedUntil });
    if (row.isHidden) return wasListed ? { type: 'chat_removed', rev, chat_room_id: row.chatId, ...this.totals(now) } : null;
    // News that waited on their way may be of a message that has ended since.
    return { type: 'chat_updated', rev, chat: withoutEnded(summaryOf(row, now, summary), now), ...this.totals(now) };
  }

  /**
   * Up to where the chat's room was heard. News without anything new cost no row: a call that overtakes such news and an eviction
   * between them is told again by the room's next.
   */
  #heardRev(row: ChatRow): number {
    return Math.max(row.roomRev, this.#heard.get(row.chatId) ?? 0);
  }

  #currentRev(): number {
    this.#rev ??= this.#store.rev();
    return this.#rev;
  }

  #nextRev(): number {
    this.#rev = this.#currentRev() + 1;
    return this.#rev;
  }
}

/** Whether they are of an earlier commit of the room, or of the same without further reading. */
function isOldNews(row: ChatRow, heardRev: number, roomRev: number, news: ChatSummary): boolean {
  if (heardRev < roomRev) return false;
  return heardRev > roomRev || row.isRemoved || news.last_read_seq <= factsOf(row).last_read_seq;
}

function futureOr(time: number | null, now: number): number | null {
  return time !== null && time > now ? time : null;
}
