import { batch, computed, effect, type Signal, signal, untracked } from '@preact/signals';
import { closeCodes } from '../../src/protocol/close-codes';
import type { ServerRoomEvent, Welcome } from '../../src/protocol/room-frames';
import { ChatAdmin } from '../details/chat-admin';
import type { Drafts } from '../drafts/drafts';
import { Alarm } from '../expiry/alarm';
import type { ReadingPlace } from '../log/log-scroll';
import { LocalMedia } from '../media/local-media';
import type { PreparedMedium } from '../media/prepared-medium';
import { isAmong } from '../receipts/cursors';
import { Receipts } from '../receipts/receipts';
import type { Unsent } from '../unsent/unsent';
import type { UnsentLine } from '../unsent/unsent-line';
import type { Wire } from '../wire';
import type { LinkPhase } from '../wire/live-socket';
import { newMessageId } from '../wire/message-id';
import type { RoomWire } from '../wire/room-wire';
import { History } from './history';
import type { Line } from './line';
import { LineActions } from './line-actions';
import { type ListNews, tellList } from './list-news';
import { Membership } from './membership';
import type { OutgoingDraft } from './outgoing';
import { Sending } from './sending';
import { Timeline } from './timeline';
import { stillTyping, TypingReporter, type Typists, withoutTypist, withTypist } from './typing';

/** What a room shares with the rest of the page. */
export interface RoomKeeping {
  readonly unsent: Unsent;
  readonly drafts: Drafts;
  readonly listNews: ListNews;
}

/** How long a line of another tab waits for its message, once that tab says it is sent. */
const settlingMs = 3_000;

/** One chat's conversation: all of its state, and everything a user can do in it. */
export class Room {
  readonly id: string;
  readonly membership: Membership;
  readonly receipts: Receipts;
  /** What can be done with lines that are there. */
  readonly actions: LineActions;
  /** What can be done with the chat itself. */
  readonly admin: ChatAdmin;
  readonly lines = signal<readonly Line[]>([]);
  readonly typists = signal<Typists>(new Map());
  readonly phase = signal<LinkPhase>({ kind: 'connecting' });
  /** By id, the lines that are held. */
  readonly lineById = computed(() => new Map(this.lines.value.map((line) => [line.id, line])));
  /** The past that is not held. */
  readonly history: History;
  /** Lines of others after this seq came while the user was away; null while nobody needs to be told. */
  readonly unreadAfter = signal<number | null>(null);
  /** Whether everything is there that the user sees on entering. */
  readonly isOpened = signal(false);
  /** What the user was reading when they left; null at the end. */
  leftAt: ReadingPlace | null = null;
  /** What stands in the composer, kept while the user looks at other chats. */
  readonly draft: Signal<string>;
  /** Seconds chosen for the next lines; null leaves it to the chat's policy. */
  readonly expiresInSeconds = signal<number | null>(null);
  /** Whether the next line is sealed and can be opened once [ONCE-1]. */
  readonly isOnce = signal(false);
  /** Whether it can be opened once more. */
  readonly allowsReplay = signal(false);
  /** What went wrong with a line, in words for the user; null when nothing did lately. */
  readonly trouble = signal<string | null>(null);
  /** Ids of lines of people blocked that the user wants to see all the same [BLOCK-1]. */
  readonly unfolded = signal<ReadonlySet<string>>(new Set());
  /** Whether a line of the user's has been accepted since the page began. */
  readonly hasSent = signal(false);
  readonly typing: TypingReporter;
  /** The user's own media, shown from memory. */
  readonly localMedia = new LocalMedia();
  readonly #ownId: string;
  readonly #wire: Wire;
  readonly #socket: RoomWire;
  readonly #listNews: ListNews;
  readonly #timeline = new Timeline();
  readonly #sending: Sending;
  readonly #endings: Alarm;
  readonly #typingEnds: Alarm;
  readonly #stopWatching: () => void;
  #isEntered = false;
  /** Lines that other tabs are sending, shown here too. */
  #ofOthers: readonly string[] = [];

  constructor(wire: Wire, chatId: string, ownId: string, { unsent, drafts, listNews }: RoomKeeping) {
    this.id = chatId;
    this.#ownId = ownId;
    this.#wire = wire;
    this.#listNews = listNews;
    this.#socket = wire.createRoom(chatId, {
      events: (events) => this.#applyAll(events),
      refused: (id, code) => {
        this.#sending.fail(id, code);
        this.#closeIfIdle();
      },
      mayRepeat: (id) => this.#sending.mayRepeat(id),
      phaseChanged: (phase) => this.#onPhase(phase),
    });
    this.draft = drafts.of(chatId);
    this.membership = new Membership(ownId);
    this.receipts = new Receipts(wire.platform, ownId, (notice) => this.#socket.tell(notice));
    this.actions = new LineActions(wire, this.#socket, chatId, this.lines);
    this.admin = new ChatAdmin(wire.rest, chatId, this.membership);
    this.#sending = new Sending({
      wire,
      socket: this.#socket,
      timeline: this.#timeline,
      localMedia: this.localMedia,
      unsent,
      chatId,
      ownId,
      changed: () => this.#publish(),
    });
    this.history = new History({ rest: wire.rest, chatId, timeline: this.#timeline, changed: () => this.#publish() });
    this.typing = new TypingReporter((isTyping) => this.#socket.tell({ type: isTyping ? 'typing_start' : 'typing_stop' }), wire.platform);
    this.#endings = new Alarm(wire.platform, wire.clock, () => this.#publish());
    this.#typingEnds = new Alarm(wire.platform, wire.clock, () => this.#setTypists(stillTyping(this.typists.peek(), wire.clock.now())));
    this.#stopWatching = effect(() => {
      const others = [...unsent.lines.value.values()].filter((line) => line.chatId === chatId && line.tab !== unsent.tabId);
      untracked(() => this.#showOfOthers(others));
    });
  }

  enter(): void {
    this.#isEntered = true;
    this.isOpened.value = false;
    this.#socket.open();
  }

  /** What is held stays, and its endings are kept; what is on its way is still sent. */
  leave(): void {
    this.typing.stopped();
    this.#isEntered = false;
    this.#closeIfIdle();
  }

  dispose(): void {
    this.#stopWatching();
    this.#socket.close();
    this.#sending.dispose();
    this.#endings.dispose();
    this.#typingEnds.dispose();
    this.localMedia.retain(new Set());
    this.#timeline.reset();
    this.lines.value = [];
  }

  get hasUnsent(): boolean {
    return this.#sending.hasUnsent;
  }

  sendText(text: string): void {
    this.#send(text, null);
  }

  /** Sends each as a line of its own; the caption goes with the first. */
  sendMedia(media: readonly PreparedMedium[], caption: string): void {
    const [isOnce, allowsReplay] = [this.isOnce.peek(), this.allowsReplay.peek()];
    const text = caption.trim() === '' ? null : caption;
    media.forEach((medium, index) => {
      // What holds for the next line holds for all that are sent with it.
      this.isOnce.value = isOnce;
      this.allowsReplay.value = allowsReplay;
      this.#send(index === 0 ? text : null, medium);
    });
  }

  /** Sends, again or after all. */
  retry(id: string): void {
    this.#sending.retry(id);
    this.#socket.open();
  }

  /** Takes over a line that was written in a tab that is no more. */
  adopt(draft: OutgoingDraft, writtenAt: number): void {
    this.#ofOthers = this.#ofOthers.filter((id) => id !== draft.id);
    this.#sending.resume(draft, writtenAt);
    if (this.#sending.isBusy) this.#socket.open();
    this.#publish();
  }

  discard(id: string): void {
    this.#sending.discard(id);
    this.#closeIfIdle();
  }

  /** Whether this line is known to be over, although nothing is shown of it. */
  hasEnded(id: string): boolean {
    return this.#timeline.hasEnded(id);
  }

  /** @param seqs the first and the last that are on screen: of what is far from them nothing need be held */
  keepNear(seqs: readonly [number, number]): void {
    // What somebody answers or edits must not be let go of.
    if (this.actions.replyingTo.peek() === null && this.actions.editing.peek() === null) this.history.keepNear(seqs);
  }

  /** The user looks away: what comes from here on is new to them. */
  lookAway(): void {
    if (this.#unreadLine(this.unreadAfter.peek()) === undefined) this.unreadAfter.value = this.receipts.ownReadSeq.peek();
  }

  /** The user looks again; where nothing came meanwhile there is nothing to be told. */
  lookBack(): void {
    if (this.#unreadLine(this.unreadAfter.peek()) === undefined) this.unreadAfter.value = null;
  }

  #unreadLine(after: number | null): Line | undefined {
    if (after === null) return undefined;
    return this.lines
      .peek()
      .find(({ seq, senderId, type }) => seq !== null && seq > after && senderId !== this.#ownId && type !== 'system');
  }

  #send(text: string | null, medium: PreparedMedium | null): void {
    const replyTo = this.actions.replyingTo.peek()?.id ?? null;
    const [isOnce, expiresInSeconds] = [this.isOnce.peek(), this.expiresInSeconds.peek()];
    const allowsReplay = isOnce && this.allowsReplay.peek();
    // Like the answer, view-once is for this one line: a seal nobody meant would be as bad as one forgotten.
    this.actions.stopReplying();
    this.isOnce.value = false;
    this.unreadAfter.value = null;
    this.allowsReplay.value = false;
    this.#sending.begin({ id: newMessageId(this.#wire.platform), text, medium, replyTo, isOnce, allowsReplay, expiresInSeconds });
    this.typing.sent();
  }

  #showOfOthers(lines: readonly UnsentLine[]): void {
    if (lines.length === 0 && this.#ofOthers.length === 0) return;
    const ids = lines.map(({ draft }) => draft.id);
    for (const { draft, writtenAt } of lines) this.#sending.show(draft, writtenAt);
    const gone = this.#ofOthers.filter((id) => !ids.includes(id));
    this.#ofOthers = ids;
    // Sent by now: the message itself is on its way here, and the line should not flicker.
    if (gone.length > 0) this.#wire.platform.after(settlingMs, () => this.#sending.hide(gone));
    this.#publish();
  }

  #closeIfIdle(): void {
    if (!this.#isEntered && !this.#sending.isBusy) this.#socket.close();
  }

  #onPhase(phase: LinkPhase): void {
    this.phase.value = phase;
    if (phase.kind === 'stopped' && (phase.code === closeCodes.forbidden || phase.code === closeCodes.notFound)) {
      this.#sending.failAll('not_found');
    }
    this.receipts.reporter.setLive(phase.kind === 'live');
  }

  #applyAll(events: readonly ServerRoomEvent[]): void {
    batch(() => {
      for (const event of events) this.#apply(event);
      this.#publish();
    });
    if (!this.isOpened.peek() && events.some(({ type }) => type === 'welcome')) void this.#finishOpening();
    this.#closeIfIdle();
  }

  /** The user has entered and the room has answered: what they have not read is where they begin. */
  async #finishOpening(): Promise<void> {
    const read = this.receipts.ownReadSeq.peek();
    this.unreadAfter.value = this.#unreadLine(read) === undefined ? null : read;
    if (this.unreadAfter.peek() !== null && read + 1 < this.#timeline.from) {
      // Failing that, they begin with the oldest that is held.
      await this.history.goTo(read + 1).catch(() => {});
    }
    this.isOpened.value = true;
  }

  #apply(event: ServerRoomEvent): void {
    tellList(this.#listNews, this.id, event);
    switch (event.type) {
      case 'welcome':
        return this.#onWelcome(event);
      case 'new_message':
        this.#sending.settle(event.message.id);
        this.#timeline.apply(event.message);
        return this.#setTypists(withoutTypist(this.typists.peek(), event.message.sender_id));
      case 'message_accepted':
        this.#sending.settle(event.id);
        this.hasSent.value = true;
        return this.#timeline.accept(event);
      case 'message_edited':
        return this.#timeline.edit(event.message_id, event.content, event.edited_at);
      case 'message_deleted': {
        const { message_id, deleted_at, deleted_by, undone } = event;
        return this.#timeline.end(message_id, { reason: 'deleted', at: deleted_at, by: deleted_by, isUndone: undone });
      }
      case 'message_expired':
        return this.#timeline.end(event.message_id, { reason: event.reason, at: event.deleted_at });
      case 'message_erased':
        return this.#timeline.markErased(event.message_id, event.erased_at);
      case 'chat_cleared':
        this.#timeline.forget(event.up_to_seq);
        return this.history.refresh();
      case 'reactions_changed':
        return this.#timeline.setReactions(event.message_id, event.reactions);
      case 'message_delivered':
        return this.receipts.onMoved(event);
      case 'message_read':
        return this.#onRead(event);
      case 'message_viewed':
        return this.receipts.onViewed(event);
      case 'view_changed':
        return this.#timeline.setView(event);
      case 'members_changed':
        return this.membership.onMembersChanged(event);
      case 'chat_changed':
        return this.membership.onChatChanged(event);
      case 'here_changed':
        return this.membership.onHereChanged(event);
      case 'user_typing':
        if (event.user_id !== this.#ownId) this.#setTypists(withTypist(this.typists.peek(), event.user_id, event.expires_at));
        return;
      case 'user_stopped_typing':
        return this.#setTypists(withoutTypist(this.typists.peek(), event.user_id));
      // Answers to what was asked reach the one who asked; content of a view-once message is nobody else's to keep.
      case 'message_opened':
      case 'error':
        return;
    }
  }

  #onWelcome(welcome: Welcome): void {
    const isFirst = this.membership.chat.peek() === null;
    for (const { id } of welcome.messages) this.#sending.settle(id);
    if (welcome.reset || isFirst) this.#timeline.begin(welcome.messages);
    else for (const message of welcome.messages) this.#timeline.apply(message);
    this.history.refresh();
    this.membership.onWelcome(welcome);
    this.receipts.onWelcome(welcome);
    const others = welcome.typing.filter(({ user_id }) => user_id !== this.#ownId);
    this.#setTypists(new Map(others.map(({ user_id, expires_at }) => [user_id, expires_at])));
  }

  /** [EXP-1] The clock of a copy starts with its reader; the sender's, where there is one reader, with that one. */
  #onRead(event: Extract<ServerRoomEvent, { type: 'message_read' }>): void {
    this.receipts.onMoved(event);
    const isDirect = this.membership.chat.peek()?.is_group === false;
    for (const { user_id, up_to_seq, at, missed = [] } of event.by) {
      if (user_id === this.#ownId) this.#timeline.startClocks(up_to_seq, at, ({ sender_id }) => sender_id !== this.#ownId);
      else if (isDirect)
        this.#timeline.startClocks(up_to_seq, at, ({ sender_id, seq }) => sender_id === this.#ownId && !isAmong(missed, seq));
    }
  }

  #setTypists(typists: Typists): void {
    if (typists === this.typists.peek()) return;
    this.typists.value = typists;
    this.#typingEnds.set(typists.size === 0 ? null : Math.min(...typists.values()));
  }

  /** Ends what is due, lets go of its media, and shows the rest. */
  #publish(): void {
    const now = this.#wire.clock.now();
    for (const id of this.#timeline.endDue(now)) this.#listNews.ended(this.id, id, now);
    const lines = this.#timeline.lines();
    this.localMedia.retain(new Set(lines.filter(({ end }) => end === null).map(({ id }) => id)));
    if (!isSame(lines, this.lines.peek())) this.lines.value = lines;
    this.receipts.reporter.delivered(this.#timeline.lastSeqOfOthers(this.#ownId));
    this.#endings.set(this.#timeline.nextEnding());
  }
}

const isSame = (a: readonly Line[], b: readonly Line[]) => a.length === b.length && a.every((line, index) => line === b[index]);
