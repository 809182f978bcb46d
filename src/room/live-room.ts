import type { ChatProjection } from '../directory/chat-rooms';
import { Refusal } from '../protocol/errors';
import { largeRoomMembers, maxResumeMessages, welcomeMessages } from '../protocol/limits';
import { type Chat, type Media, type Message, type PackedMessage, packMessage } from '../protocol/models';
import type { WelcomeInput } from '../protocol/room-frames';
import type { ResumePoint } from '../upgrade';
import { Blocks, wasNeverShown } from './blocks';
import { ListFacts } from './list-facts';
import { presentMessage, type Reader } from './present';
import { presentCursor } from './receipts';
import { canResume, fitsResume, newestForWelcome } from './resume';
import { Roster } from './roster';
import { type MemberState, type MessageState, type RoomFacts, toMember } from './state';
import type { RoomStore } from './store';
import { presentChat } from './summary';

/** Where a page of history lies from the message it is asked by. */
export type HistorySide = 'before' | 'after' | 'around';

export interface HistoryPage {
  /** Newest first. */
  messages: Message[];
  /** Ids to ask by for the pages beyond either end; null where there is nothing. */
  nextBefore: string | null;
  nextAfter: string | null;
}

/** A room in memory: what its rows say, and every way of reading it. A cache, built again after each wake-up. */
export class LiveRoom {
  readonly store: RoomStore;
  facts: RoomFacts;
  roster: Roster;
  blocks = new Blocks([]);
  /** The last commit. */
  rev = 0;
  /** The last message. */
  seq = 0;
  /** The last commit of which every inbox must hear, and the one up to which all have heard. */
  newsRev = 0;
  fannedRev = 0;
  /** What the members' chat lists show of it. */
  lists = new ListFacts(this);

  private constructor(store: RoomStore, facts: RoomFacts) {
    this.store = store;
    this.facts = facts;
    this.roster = new Roster(store.members());
    this.reload();
  }

  /** The room of this storage, or null when it was never created. */
  static load(store: RoomStore): LiveRoom | null {
    const facts = store.exists ? store.room() : null;
    return facts === null ? null : new LiveRoom(store, facts);
  }

  /** Makes memory say what the rows say: after a transaction that failed, it may be ahead of them. */
  reload(): void {
    const { rev, seq, newsRev, fannedRev } = this.store.counters();
    this.rev = rev;
    this.seq = seq;
    this.newsRev = newsRev;
    this.fannedRev = fannedRev;
    this.store.readings.forget();
    this.store.messages.forget();
    this.lists = new ListFacts(this);
    this.reloadFacts();
    this.reloadRoster();
    this.reloadBlocks();
  }

  reloadFacts(): void {
    this.facts = this.store.room() ?? this.facts;
  }

  reloadRoster(): void {
    this.roster = new Roster(this.store.members());
  }

  reloadBlocks(): void {
    this.blocks = new Blocks(this.store.blocks());
  }

  /** The user's present stay, if the chat is there for them. */
  findMember(userId: string): MemberState | null {
    const member = this.roster.find(userId);
    return member?.concealed === false ? member : null;
  }

  /** @throws Refusal `not_found`: who is not in a room does not learn that it exists. */
  requireMember(userId: string): MemberState {
    const member = this.findMember(userId);
    if (member === null) throw new Refusal('not_found', 'There is no such chat.');
    return member;
  }

  /** The message with this id, or what is left of it, if the member was ever shown it [SEND-8] [BLOCK-1]. */
  find(member: MemberState, id: string): MessageState | null {
    const message = this.store.messages.byId(id);
    return message !== null && this.isShown(message, member) ? message : null;
  }

  /** @throws Refusal `not_found` */
  requireMessage(member: MemberState, id: string): MessageState {
    const message = this.find(member, id);
    if (message === null) throw new Refusal('not_found', 'There is no such message.');
    return message;
  }

  /** The last `seq` as the member may know it. */
  lastSeq(member: MemberState): number {
    if (!this.blocks.haveEverBeen) return this.seq;
    // What was read may be purged by now.
    return Math.max(this.store.messages.newestShownTo(member)?.seq ?? 0, this.store.readings.progress(member.n).read);
  }

  present(message: MessageState, reader: Reader | null, now: number): Message {
    return presentMessage(this, message, reader, now);
  }

  chat(member: MemberState): Chat {
    return presentChat(this, member);
  }

  /** [SYNC-1] The first frame of a socket that says it holds the room up to `point`. */
  welcome(reader: Reader, point: ResumePoint | null, volatile: Pick<WelcomeInput, 'here' | 'typing'>, now: number): WelcomeInput {
    const { member } = reader;
    const missed = this.#missed(reader, point, now);
    const isLarge = this.roster.size > largeRoomMembers;
    const messages = missed ?? this.#newest(reader, now);
    const shown = new Set([member.profile.user.id, ...messages.map((message) => message.sender_id)]);
    const members = this.roster
      .present()
      .filter((candidate) => !isLarge || candidate.role !== 'member' || shown.has(candidate.profile.user.id));
    const since = missed === null || point === null ? -1 : point.rev;
    return {
      type: 'welcome',
      protocol: 1,
      epoch: this.facts.epoch,
      rev: this.rev,
      server_time: now,
      chat: this.chat(member),
      me: { user_id: member.profile.user.id, role: member.role },
      // In a large room a sender may be somebody whom this client has never been told of.
      members: members.filter((candidate) => candidate.rev > since || (isLarge && shown.has(candidate.profile.user.id))).map(toMember),
      messages,
      reset: missed === null,
      here: isLarge && Array.isArray(volatile.here) ? volatile.here.length : volatile.here,
      typing: volatile.typing,
      cursors: members.map((candidate) => presentCursor(this, member, candidate)),
    };
  }

  /**
   * A page of the messages the reader may see, newest first, beside or around the one that `mark` names by id or `seq`; null is the end.
   * @throws Refusal `not_found` where an id names nothing that the reader may see
   */
  history(reader: Reader, mark: string | number | null, limit: number, now: number, side: HistorySide): HistoryPage {
    const { member } = reader;
    const seq = typeof mark === 'string' ? this.requireMessage(member, mark).seq : (mark ?? this.seq + 1);
    const share = { before: { older: limit, newer: 0 }, after: { older: 0, newer: limit }, around: halves(limit) }[side];
    // One more than is shown on either side tells whether there is a next page.
    const older = this.store.messages.before(seq, member, share.older + 1);
    const newer = this.store.messages.from(seq + (side === 'around' ? 0 : 1), member, share.newer + 1);
    const shown = [...newer.slice(0, share.newer).reverse(), ...older.slice(0, share.older)];
    return {
      messages: shown.map((message) => this.present(message, reader, now)),
      nextBefore: older.length > share.older ? (shown.at(-1)?.id ?? null) : null,
      nextAfter: newer.length > share.newer ? (shown[0]?.id ?? null) : null,
    };
  }

  /** [MEDIA-3] The medium when the user may read it now by a link, and when that ends. View-once media have no links [ONCE-6]. */
  linkableMedium(member: MemberState, id: string, now: number): { media: Media; endsAt: number | null } | null {
    const medium = this.store.media.find(id);
    if (medium === null || medium.facts === null || medium.viewOnce) return null;
    if (medium.seq === null) return medium.owner === member.profile.user.id ? { media: medium.facts, endsAt: medium.due } : null;
    const message = this.store.messages.bySeq(medium.seq);
    if (message === null || !this.isShown(message, member)) return null;
    const shown = this.present(message, { member, sid: null }, now);
    return shown.deleted_at === null ? { media: medium.facts, endsAt: shown.expires_at } : null;
  }

  /** What the directory keeps of the room. */
  projection(): ChatProjection {
    const { id, isGroup, name, createdAt } = this.facts;
    const members = this.roster
      .present()
      .map((member) => ({ userId: member.profile.user.id, role: member.role, joinedAt: member.joinedAt }));
    return { id, isGroup, name, createdAt, version: this.rev, members };
  }

  /** Up to where the member has read, or need not. */
  readSeq(member: MemberState): number {
    return Math.max(this.store.readings.progress(member.n).read, member.hiddenToSeq);
  }

  /** Whether the message is, or was, there for the member, by their stay and by blocks. */
  isShown(message: MessageState, member: MemberState): boolean {
    return message.seq > member.hiddenToSeq && !(wasNeverShown(message) && message.sender !== member.n);
  }

  /** [SYNC-2] What changed for the reader since `point`, oldest first; null when they must start over. */
  #missed(reader: Reader, point: ResumePoint | null, now: number): PackedMessage[] | null {
    const { member } = reader;
    if (!canResume(point, { epoch: this.facts.epoch, rev: this.rev, purgedRev: this.facts.purgedRev, resumableRev: member.resumableRev }))
      return null;
    const changed = this.store.messages.changedSince(point.rev, member, maxResumeMessages);
    if (changed === null) return null;
    const missed = this.#withStartedClocks(changed, member, point.rev, now).map((message) =>
      packMessage(this.present(message, reader, now)),
    );
    return fitsResume(missed) ? missed : null;
  }

  /** Adds the messages whose own clocks another device of the reader started. */
  #withStartedClocks(changed: readonly MessageState[], member: MemberState, rev: number, now: number): MessageState[] {
    const bySeq = new Map(changed.map((message) => [message.seq, message]));
    for (const mark of this.store.readings.marksSince(member.n, rev, now)) {
      // A reading covers what the reader has cleared, too.
      for (const { seq } of this.store.messages.withReadClock(Math.max(mark.afterSeq, member.hiddenToSeq), mark.upTo, now)) {
        const message = bySeq.has(seq) ? null : this.store.messages.bySeq(seq);
        if (message !== null) bySeq.set(seq, message);
      }
    }
    return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
  }

  #newest(reader: Reader, now: number): PackedMessage[] {
    const newest = this.store.messages.before(this.seq + 1, reader.member, welcomeMessages);
    return newestForWelcome(newest.map((message) => packMessage(this.present(message, reader, now))));
  }
}

/** A page of `limit` around a message, which itself counts among the newer ones. */
function halves(limit: number): { older: number; newer: number } {
  const older = Math.floor(limit / 2);
  return { older, newer: limit - older };
}
