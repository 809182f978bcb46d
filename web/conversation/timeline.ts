import type { Message, Reactions } from '../../src/protocol/models';
import type { MessageAccepted } from '../../src/protocol/room-frames';
import { remembering } from '../remembering';
import { type Coverage, covers, emptiedUpTo, everything, type Gap, movedTo, narrowed, withGapFilled, withOlder } from './coverage';
import { type Line, lineOfMessage, lineOfPending, type PendingLine } from './line';
import { type Ending, earlier, edited, ended, isShown, messageOf, renewed, type ViewChange, viewed } from './message-states';

/** The newest messages always stay held: what comes next is joined to them. */
const tailLength = 100;

/** A page of history, and whether there is more on either side of it. */
export interface HistoryPage {
  readonly messages: readonly Message[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
}

/**
 * What this client holds of a room's messages. What lies outside is read anew when somebody goes there. States are applied by message id, so twice is the same as once [SYNC-3];
 * what has ended stays ended, whatever an older answer says, and no end ever moves to a later moment.
 */
export class Timeline {
  readonly #messages = new Map<string, Message>();
  readonly #pending = new Map<string, PendingLine>();
  #coverage: Coverage = everything;

  get hasOlder(): boolean {
    return this.#coverage.from > everything.from;
  }

  /** The lowest seq held. */
  get from(): number {
    return this.#coverage.from;
  }

  get gap(): Gap | null {
    return this.#coverage.gap;
  }

  get size(): number {
    return this.#messages.size;
  }

  /** Puts in the present state of a message; of one outside of what is held there is nothing to change. */
  apply(message: Message): void {
    this.#pending.delete(message.id);
    const held = this.#messages.get(message.id);
    if (held === undefined) {
      if (covers(this.#coverage, message.seq)) this.#messages.set(message.id, message);
      return;
    }
    this.#messages.set(message.id, renewed(held, message));
  }

  /** Holds these newest messages and nothing else; the user's own unanswered lines stay. */
  begin(newest: readonly Message[]): void {
    this.reset();
    for (const message of newest) this.apply(message);
    this.#coverage = { from: lowestSeq(newest) ?? everything.from, gap: null };
  }

  /** Puts in the page before `from`. */
  addOlder({ messages, hasOlder }: HistoryPage): void {
    this.#coverage = withOlder(this.#coverage, hasOlder ? lowestSeq(messages) : null);
    this.#addPage(messages);
  }

  /** Puts in the page after the gap's `from`, or the one before its `to`. */
  fillGap(side: 'from' | 'to', { messages, hasOlder, hasNewer }: HistoryPage): void {
    const reached = side === 'from' ? (hasNewer ? highestSeq(messages) : null) : hasOlder ? lowestSeq(messages) : null;
    this.#coverage = withGapFilled(this.#coverage, side, reached);
    this.#addPage(messages);
  }

  /** Holds this page of the past and the newest messages, and lets go of everything else. */
  moveTo({ messages, hasOlder, hasNewer }: HistoryPage): void {
    const [low, high] = [hasOlder ? lowestSeq(messages) : null, hasNewer ? highestSeq(messages) : null];
    this.#coverage = movedTo({ low, high, tail: this.#tailFrom() });
    this.#addPage(messages);
    this.#dropUncovered();
  }

  /**
   * Lets go of what is far from the seqs that are read now; `reach` messages stay on either side of them.
   * @returns whether anything was let go of
   */
  keepNear([first, last]: readonly [number, number], reach: number): boolean {
    const sorted = this.#sorted();
    const start = Math.max(0, sorted.findIndex(({ seq }) => seq >= first) - reach);
    const end = Math.min(sorted.length - 1, sorted.findLastIndex(({ seq }) => seq <= last) + reach);
    // Where the first one held stays, so does all that is known of what was before it.
    const low = start === 0 ? this.#coverage.from : sorted[start]?.seq;
    const high = sorted[end]?.seq;
    if (low === undefined || high === undefined) return false;
    this.#coverage = narrowed(this.#coverage, { low, high, tail: this.#tailFrom() });
    return this.#dropUncovered();
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
  accept(accepted: MessageAccepted): void {
    const line = this.#pending.get(accepted.id);
    if (line === undefined) return;
    this.apply(messageOf(line, accepted));
  }

  /** [SEND-6] An older edit that comes late changes nothing. */
  edit(id: string, content: string, editedAt: number): void {
    this.#change(id, (message) => edited(message, content, editedAt));
  }

  setReactions(id: string, reactions: Reactions): void {
    this.#change(id, (message) => ({ ...message, reactions }));
  }

  /** [ONCE-2] How a view-once message stands for this reader. */
  setView(view: ViewChange): void {
    this.#change(view.message_id, (message) => viewed(message, view));
  }

  /** [EXP-5] The bytes of an ended message are gone too. */
  markErased(id: string, at: number): void {
    const message = this.#messages.get(id);
    if (message !== undefined) this.#messages.set(id, { ...message, erased_at: at });
  }

  /**
   * [EXP-1] Somebody has read up to `upToSeq`: what `concerns` picks, with a clock that counts from reading, ends that long after `at`.
   * A copy whose end is earlier keeps it, so an earlier reading is not undone by a later one.
   */
  startClocks(upToSeq: number, at: number, concerns: (message: Message) => boolean): void {
    for (const message of this.#messages.values()) {
      const { id, seq, expire_mode, expires_in_seconds: seconds } = message;
      if (seq > upToSeq || expire_mode !== 'after_read' || seconds === null || !concerns(message)) continue;
      this.#change(id, (living) => ({ ...living, expires_at: earlier(living.expires_at, at + seconds * 1000) }));
    }
  }

  /** [EXP-4] Keeps a tombstone, without any content, of a message that ended. */
  end(id: string, ending: Ending): void {
    this.#change(id, (message) => ended(message, ending));
  }

  /**
   * [EXP-3] Ends every message whose time has come by `now`, server clock.
   * @returns their ids
   */
  endDue(now: number): string[] {
    const ended: string[] = [];
    for (const { id, expires_at, deleted_at } of [...this.#messages.values()]) {
      if (deleted_at !== null || expires_at === null || expires_at > now) continue;
      this.end(id, { reason: 'expired', at: expires_at });
      ended.push(id);
    }
    return ended;
  }

  /** When the next live message ends, server clock; null when none will. */
  nextEnding(): number | null {
    let next: number | null = null;
    for (const { expires_at, deleted_at } of this.#messages.values()) {
      if (deleted_at === null) next = earlier(next, expires_at);
    }
    return next;
  }

  /** Throws away what the room said; the user's own unanswered lines stay. */
  reset(): void {
    this.#messages.clear();
    this.#coverage = everything;
  }

  /** The user has cleared the chat up to `seq`: for them nothing is there. */
  forget(upToSeq: number): void {
    for (const { id, seq } of [...this.#messages.values()]) if (seq <= upToSeq) this.#messages.delete(id);
    this.#coverage = emptiedUpTo(this.#coverage, upToSeq);
  }

  /** Whether it is held as something that is over. */
  hasEnded(id: string): boolean {
    return (this.#messages.get(id)?.deleted_at ?? null) !== null;
  }

  /** Highest seq held of what others sent. */
  lastSeqOfOthers(ownId: string): number {
    let last = 0;
    for (const { seq, sender_id } of this.#messages.values()) if (sender_id !== ownId) last = Math.max(last, seq);
    return last;
  }

  /** What is to be seen, by seq, then own lines on their way in writing order. */
  lines(): Line[] {
    return [...this.#sorted().filter(isShown).map(lineOf), ...[...this.#pending.values()].map(pendingLineOf)];
  }

  #sorted(): Message[] {
    return [...this.#messages.values()].sort((a, b) => a.seq - b.seq);
  }

  /** Puts in what is not known already: the socket's news may be newer than a page. */
  #addPage(messages: readonly Message[]): void {
    for (const message of messages) if (!this.#messages.has(message.id)) this.apply(message);
  }

  /** The first seq of the newest messages that stay whatever is let go of. */
  #tailFrom(): number {
    const newest = this.#sorted().filter(({ seq }) => this.gap === null || seq >= this.gap.to);
    return newest.at(-tailLength)?.seq ?? newest[0]?.seq ?? everything.from;
  }

  #dropUncovered(): boolean {
    const before = this.#messages.size;
    for (const { id, seq } of [...this.#messages.values()]) if (!covers(this.#coverage, seq)) this.#messages.delete(id);
    return this.#messages.size < before;
  }

  /** Changes a living message; what has ended changes no more. */
  #change(id: string, change: (message: Message) => Message): void {
    const message = this.#messages.get(id);
    if (message !== undefined && message.deleted_at === null) this.#messages.set(id, change(message));
  }
}

const lowestSeq = (messages: readonly Message[]) => (messages.length === 0 ? null : Math.min(...messages.map(({ seq }) => seq)));
const highestSeq = (messages: readonly Message[]) => (messages.length === 0 ? null : Math.max(...messages.map(({ seq }) => seq)));

/** The same line for the same state, so that views see what changed. */
const lineOf = remembering(lineOfMessage);
const pendingLineOf = remembering(lineOfPending);
