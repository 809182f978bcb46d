import type { ServerRoomEventInput } from '../protocol/room-frames';
import type { LiveRoom } from './live-room';
import { type Audience, Outgoing } from './outgoing';
import type { Movement } from './receipt-news';
import type { MemberState, MessageState } from './state';

/**
 * One synchronous turn of the room, which becomes one commit: what is decided in it shares one transaction, one rev
 * and one set of frames. Rules write rows and events through it; the room's counters move with it.
 */
export class Turn {
  readonly room: LiveRoom;
  /** Milliseconds since the epoch, the same for everything in the turn. */
  readonly now: number;
  readonly outgoing = new Outgoing();
  /** Users who sent something in this turn: they have stopped typing. */
  readonly senders = new Set<string>();
  /** Who is no longer a member, by user id: their sockets close once the frames are out. */
  readonly removed = new Map<string, MemberState>();
  /** Cursors that moved: told apart from the commit's frames, gathered [RCPT-2]. */
  readonly moved: Movement[] = [];
  /** Stays whose inboxes must hear of the turn, where not all must. */
  readonly owed = new Set<number>();
  readonly #ended: Shown[] = [];
  readonly #sent: MessageState[] = [];
  /** Something has changed beside what is new. */
  #hasChanged = false;
  #changedSeq = 0;
  #rev: number | null = null;
  #isNews = false;
  #nextDue: number | null = null;

  constructor(room: LiveRoom, now: number) {
    this.room = room;
    this.now = now;
  }

  /**
   * The rev of this commit. Ask only to write it into a row: the room reads its counter from its rows, and a rev that none of
   * them holds would be given out again after a wake-up. A turn that never asks changes nothing that others see.
   */
  touch(): number {
    this.#hasChanged = true;
    this.#rev = this.nextRev;
    return this.#rev;
  }

  /** The rev of the commit, if it takes one. */
  get nextRev(): number {
    return this.room.rev + 1;
  }

  /** The `seq` of the next message: without gaps, for ever [SEND-3]. */
  get nextSeq(): number {
    return this.room.seq + 1;
  }

  /** A message was inserted under the next `seq` and rev: these are taken now, and every inbox must hear of it. */
  noteSent(message: MessageState): void {
    this.#sent.push(message);
    this.#isNews = true;
    this.#rev = message.rev0;
    this.room.seq = message.seq;
  }

  /** The same for a change of members, of which every inbox must hear: its rows tell so after a crash. */
  touchAsNews(): number {
    this.#isNews = true;
    return this.touch();
  }

  /** The inbox of stay `n` must hear of the turn, after a crash too. */
  owe(n: number): void {
    this.owed.add(n);
    this.room.store.readings.owe(n);
  }

  /** A message is over for all, or for one reader whose cursor has passed it: lists may show another, and count one less. */
  noteEnd(message: Shown): void {
    this.#ended.push(message);
  }

  /** What lists show of a message has changed. */
  noteChange(seq: number): void {
    this.#changedSeq = Math.max(this.#changedSeq, seq);
  }

  /**
   * For every socket that is shown the message: not of those who joined after it or have cleared it [SEND-8], and once it is
   * hidden, for its sender's alone [BLOCK-1]; of these, for whom `isFor` picks.
   */
  shareAbout(message: Pick<MessageState, 'seq' | 'sender' | 'hiddenAt'>, event: ServerRoomEventInput, isFor: Audience = null): void {
    const { seq, sender, hiddenAt } = message;
    const { roster } = this.room;
    if (hiddenAt === null && seq > roster.hiddenToSeq && this.removed.size === 0) return this.outgoing.share(event, isFor);
    const senderId = roster.userOf(sender);
    this.outgoing.share(event, (userId) => {
      return this.#isShown(seq, userId) && (hiddenAt === null || userId === senderId) && (isFor?.(userId) ?? true);
    });
  }

  /** The same of what a message says now: readers whose own copies have ended must not learn it [EXP-3]. */
  shareContent(message: MessageState, event: ServerRoomEventInput, isFor: Audience = null): void {
    const { store, roster } = this.room;
    const over = message.readSeconds === null ? [] : store.readings.readersBefore(message, this.now - message.readSeconds * 1000);
    if (over.length === 0) return this.shareAbout(message, event, isFor);
    const without = new Set(over.map((n) => roster.userOf(n)));
    without.delete(roster.userOf(message.sender));
    this.shareAbout(message, event, (userId) => !without.has(userId) && (isFor?.(userId) ?? true));
  }

  /** For every socket of one user, of a message that is there for them: not of what they have cleared [INBOX-1]. */
  tellAbout({ seq }: Pick<MessageState, 'seq'>, userId: string, event: (sid: string) => ServerRoomEventInput): void {
    if (this.#isShown(seq, userId)) this.outgoing.tellUser(userId, event);
  }

  /** The room must be awake at `due`. */
  wakeAt(due: number | null): void {
    if (due !== null) this.#nextDue = Math.min(this.#nextDue ?? due, due);
  }

  /**
   * Whether the commit must end here: its shared frame is full, or somebody was removed. Their sockets hear the frame that says so,
   * and nothing of what came after [SEND-8].
   */
  get isClosed(): boolean {
    return this.outgoing.isFull || this.removed.size > 0;
  }

  /** The earliest time the turn needs the room awake, or null. */
  get nextDue(): number | null {
    return this.#nextDue;
  }

  /** Whether every inbox must hear of the commit. */
  get isNews(): boolean {
    return this.#isNews;
  }

  /** The last thing in the turn's transaction. */
  close(): void {
    if (!this.#isNews) this.#oweLists();
  }

  /** The transaction is through: the room is now at the turn's rev. */
  finish(): void {
    if (this.#rev === null) return;
    this.room.rev = this.#rev;
    if (this.#isNews) this.room.newsRev = this.#rev;
    this.room.lists.follow(this.#sent, this.#hasChanged);
  }

  #isShown(seq: number, userId: string): boolean {
    const stay = this.room.roster.find(userId) ?? this.removed.get(userId);
    return seq > (stay?.hiddenToSeq ?? 0);
  }

  /**
   * A list shows of a chat its newest live message and how many are unread. So of most ends, which are those of old messages that
   * everybody has read, no inbox has to hear; a round for each would cost a call a member.
   */
  #oweLists(): void {
    const top = this.#ended.reduce((highest, { seq }) => Math.max(highest, seq), this.#changedSeq);
    if (top === 0) return;
    const { room } = this;
    const members = room.roster.present();
    if (top >= room.lists.newestSeqForAll(this.now)) {
      for (const { n } of members) this.owe(n);
      return;
    }
    const newestBy = new Map<string, number>();
    for (const { seq, sender } of this.#ended) {
      const userId = room.roster.userOf(sender);
      newestBy.set(userId, Math.max(newestBy.get(userId) ?? 0, seq));
    }
    for (const member of members) {
      const readSeq = room.readSeq(member);
      for (const [userId, seq] of newestBy) if (seq > readSeq && userId !== member.profile.user.id) this.owe(member.n);
    }
  }
}

type Shown = Pick<MessageState, 'seq' | 'sender'>;
