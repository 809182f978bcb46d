import { batch, computed, type Signal, signal } from '@preact/signals';
import { closeCodes } from '../../src/protocol/close-codes';
import type { ServerRoomEvent } from '../../src/protocol/room-frames';
import { ChatAdmin } from '../details/chat-admin';
import type { Drafts } from '../drafts/drafts';
import { Alarm } from '../expiry/alarm';
import type { ReadingPlace } from '../log/log-scroll';
import { LocalMedia } from '../media/local-media';
import type { PreparedMedium } from '../media/prepared-medium';
import { Receipts } from '../receipts/receipts';
import type { Unsent } from '../unsent/unsent';
import type { Wire } from '../wire';
import type { LinkPhase } from '../wire/live-socket';
import { newMessageId } from '../wire/message-id';
import type { RoomWire } from '../wire/room-wire';
import { Choices, type Chosen } from './choices';
import { History } from './history';
import { applyEvent, type IncomingParts } from './incoming';
import type { Line } from './line';
import { LineActions } from './line-actions';
import type { ListNews } from './list-news';
import { Membership } from './membership';
import { OtherTabs } from './other-tabs';
import type { OutgoingDraft } from './outgoing';
import { Sending } from './sending';
import { Timeline } from './timeline';
import { TypingReporter } from './typing';
import { Typists } from './typists';
import { UnreadMark } from './unread-mark';

/** What a room shares with the rest of the page. */
export interface RoomKeeping {
  readonly unsent: Unsent;
  readonly drafts: Drafts;
  readonly listNews: ListNews;
}

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
  readonly typists: Typists;
  readonly phase = signal<LinkPhase>({ kind: 'connecting' });
  /** By id, the lines that are held. */
  readonly lineById = computed(() => new Map(this.lines.value.map((line) => [line.id, line])));
  /** The past that is not held. */
  readonly history: History;
  readonly unread: UnreadMark;
  /** Whether everything is there that the user sees on entering. */
  readonly isOpened = signal(false);
  /** What the user was reading when they left; null at the end. */
  leftAt: ReadingPlace | null = null;
  /** What stands in the composer, kept while the user looks at other chats. */
  readonly draft: Signal<string>;
  readonly choices = new Choices();
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
  readonly #otherTabs: OtherTabs;
  readonly #incoming: IncomingParts;
  #isEntered = false;

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
    this.unread = new UnreadMark({ ownId, lines: this.lines, ownReadSeq: this.receipts.ownReadSeq });
    this.typists = new Typists(wire.platform, wire.clock, ownId);
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
    this.#incoming = {
      chatId,
      ownId,
      timeline: this.#timeline,
      history: this.history,
      sending: this.#sending,
      membership: this.membership,
      receipts: this.receipts,
      typists: this.typists,
      hasSent: this.hasSent,
      listNews,
    };
    this.#otherTabs = new OtherTabs({
      chatId,
      unsent,
      sending: this.#sending,
      platform: wire.platform,
      changed: () => this.#publish(),
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
    this.#otherTabs.dispose();
    this.#socket.close();
    this.#sending.dispose();
    this.#endings.dispose();
    this.typists.dispose();
    this.localMedia.retain(new Set());
    this.#timeline.reset();
    this.lines.value = [];
  }

  get hasUnsent(): boolean {
    return this.#sending.hasUnsent;
  }

  sendText(text: string): void {
    this.#send(text, null, this.choices.take());
  }

  /** Sends each as a line of its own; the caption goes with the first. */
  sendMedia(media: readonly PreparedMedium[], caption: string): void {
    const chosen = this.choices.take();
    const text = caption.trim() === '' ? null : caption;
    for (const [index, medium] of media.entries()) this.#send(index === 0 ? text : null, medium, chosen);
  }

  /** Sends, again or after all. */
  retry(id: string): void {
    this.#sending.retry(id);
    this.#socket.open();
  }

  /** Takes over a line that was written in a tab that is no more. */
  adopt(draft: OutgoingDraft, writtenAt: number): void {
    this.#otherTabs.release(draft.id);
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

  #send(text: string | null, medium: PreparedMedium | null, chosen: Chosen): void {
    const replyTo = this.actions.replyingTo.peek()?.id ?? null;
    this.actions.stopReplying();
    this.unread.clear();
    this.#sending.begin({ id: newMessageId(this.#wire.platform), text, medium, replyTo, ...chosen });
    this.typing.sent();
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
      for (const event of events) applyEvent(event, this.#incoming);
      this.#publish();
    });
    if (!this.isOpened.peek() && events.some(({ type }) => type === 'welcome')) void this.#finishOpening();
    this.#closeIfIdle();
  }

  /** The user has entered and the room has answered: what they have not read is where they begin. */
  async #finishOpening(): Promise<void> {
    this.unread.begin();
    const read = this.unread.after.peek();
    // Failing that, they begin with the oldest that is held.
    if (read !== null && read + 1 < this.#timeline.from) await this.history.goTo(read + 1).catch(() => {});
    this.isOpened.value = true;
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
