import type { ChatProjection } from '../directory/chat-rooms';
import { Refusal } from '../protocol/errors';
import { largeRoomMembers, maxResumeMessages, welcomeMessages } from '../protocol/limits';
import type { Chat, ChatSummary, Media, Message } from '../protocol/models';
import type { Welcome } from '../protocol/room-frames';
import type { ResumePoint } from '../upgrade';
import { isOver } from './expiry';
import { presentMessage } from './present';
import { canResume, fitsResume, newestForWelcome } from './resume';
import { Roster } from './roster';
import type { MemberState, MessageState, RoomFacts } from './state';
import { toMember } from './state';
import type { RoomStore } from './store';
import { presentChat, presentSummary, previewOf } from './summary';

/** A room in memory: what its rows say, and every way of reading it. A cache, built again after each wake-up. */
export class LiveRoom {
  readonly store: RoomStore;
  readonly facts: RoomFacts;
  readonly roster: Roster;
  /** The last commit. */
  rev: number;
  /** The last message. */
  seq: number;
  /** The last commit that every inbox has been told of. */
  fannedRev: number;

  private constructor(store: RoomStore, facts: RoomFacts) {
    this.store = store;
    this.facts = facts;
    this.roster = new Roster(store.members());
    const { rev, seq, fannedRev } = store.counters();
    this.rev = rev;
    this.seq = seq;
    this.fannedRev = fannedRev;
  }

  /** The room of this storage, or null when it was never created. */
  static load(store: RoomStore): LiveRoom | null {
    const facts = store.exists ? store.room() : null;
    return facts === null ? null : new LiveRoom(store, facts);
  }

  /** @throws Refusal `not_found`: who is not in a room does not learn that it exists. */
  requireMember(userId: string): MemberState {
    const member = this.roster.find(userId);
    if (member === null) throw new Refusal('not_found', 'There is no such chat.');
    return member;
  }

  present(message: MessageState, now: number): Message {
    return presentMessage(
      message,
      { chatId: this.facts.id, userOf: (n) => this.roster.userOf(n), mediaFacts: (id) => this.store.media(id)?.facts ?? null },
      now,
    );
  }

  chat(member: MemberState): Chat {
    return presentChat(this.facts, this.roster, member, this.seq);
  }

  /** [SYNC-1] The first frame of a socket that says it holds the room up to `point`. */
  welcome(member: MemberState, point: ResumePoint | null, volatile: Pick<Welcome, 'here' | 'typing'>, now: number): Welcome {
    const missed = this.#missed(member, point, now);
    const isLarge = this.roster.size > largeRoomMembers;
    const messages = missed ?? this.#newest(member, now);
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
      members: members.filter((candidate) => candidate.rev > since).map(toMember),
      messages,
      reset: missed === null,
      here: isLarge && Array.isArray(volatile.here) ? volatile.here.length : volatile.here,
      typing: volatile.typing,
      cursors: [],
    };
  }

  /** Messages before the one with id `before`, newest first. */
  history(member: MemberState, before: string | null, limit: number, now: number): { messages: Message[]; nextBefore: string | null } {
    const from = before === null ? null : this.store.messageById(before);
    if (before !== null && (from === null || from.seq <= member.joinedSeq)) throw new Refusal('not_found', 'There is no such message.');
    const page = this.store.messagesBefore(from?.seq ?? this.seq + 1, member.joinedSeq, limit + 1);
    const messages = page.slice(0, limit);
    return {
      messages: messages.map((message) => this.present(message, now)),
      nextBefore: page.length > limit ? (messages.at(-1)?.id ?? null) : null,
    };
  }

  /** [INBOX-2] What the member's chat list shows at `now`. */
  summary(member: MemberState, now: number): ChatSummary {
    const last = this.#newestLive(member, now);
    const position = { lastSeq: this.seq, lastActivityAt: this.store.lastActivityAt() ?? this.facts.createdAt };
    return presentSummary(this.facts, this.roster, member, position, last);
  }

  /** The beginning of the newest live message the member may see. */
  preview(member: MemberState, now: number): { messageId: string; preview: string | null } | null {
    const last = this.#newestLive(member, now);
    return last === null ? null : { messageId: last.id, preview: previewOf(last) };
  }

  /** [MEDIA-3] The medium when the user may read it now, and when the message that carries it ends. */
  linkableMedium(member: MemberState, id: string, now: number): { media: Media; endsAt: number | null } | null {
    const medium = this.store.media(id);
    if (medium === null || medium.facts === null) return null;
    if (medium.seq === null) return medium.owner === member.profile.user.id ? { media: medium.facts, endsAt: null } : null;
    const message = medium.seq > member.joinedSeq ? this.store.messageBySeq(medium.seq) : null;
    return message === null || isOver(message, now) ? null : { media: medium.facts, endsAt: message.endsAt };
  }

  /** What the directory keeps of the room. */
  projection(): ChatProjection {
    const { id, isGroup, name, createdAt } = this.facts;
    const members = this.roster
      .present()
      .map((member) => ({ userId: member.profile.user.id, role: member.role, joinedAt: member.joinedAt }));
    return { id, isGroup, name, createdAt, version: this.rev, members };
  }

  #newestLive(member: MemberState, now: number): Message | null {
    const last = this.store.newestLive(now, member.joinedSeq);
    return last === null ? null : this.present(last, now);
  }

  /** [SYNC-2] What changed for the member since `point`, oldest first; null when they must start over. */
  #missed(member: MemberState, point: ResumePoint | null, now: number): Message[] | null {
    if (!canResume(point, { epoch: this.facts.epoch, rev: this.rev, purgedRev: this.facts.purgedRev, joinedRev: member.joinedRev }))
      return null;
    const changed = this.store
      .messagesChangedSince(point.rev, member.joinedSeq, maxResumeMessages)
      ?.map((message) => this.present(message, now));
    return changed !== undefined && fitsResume(changed) ? changed : null;
  }

  #newest(member: MemberState, now: number): Message[] {
    return newestForWelcome(
      this.store.messagesBefore(this.seq + 1, member.joinedSeq, welcomeMessages).map((message) => this.present(message, now)),
    );
  }
}
