import { isDeepStrictEqual } from 'node:util';
import type { Message } from '../../../src/protocol/models';
import type { MessageAccepted, ServerRoomEvent, Welcome } from '../../../src/protocol/room-frames';
import { areSilenced, editedAwayAt, lastSeqOf, toldProgress } from '../model/blocks';
import { isOverFor, isVisibleTo } from '../model/clocks';
import { Disagreement, expectMessages, expectMissed, expectSame } from '../model/compare';
import type { Outcome } from '../model/entries';
import { acceptedOf, presentCursors, visibleMessages } from '../model/present';
import type { ModelMessage, Stay } from '../model/state';
import type { Ledger } from './ledger';
import type { Client } from './run';

/** What somebody was told who must not have been. */
export class Leak extends Error {
  override readonly name = 'Leak';
}

/** Holds every frame against the model, at the moment the room gives it to a socket, and what is told against what was told before. */
export class Watch {
  /** What each session was told to be kept. */
  readonly acknowledged = new Map<number, MessageAccepted>();
  readonly #ledger: Ledger;
  readonly #now: () => number;
  /** Which message each piece of content is of. */
  readonly #contents = new Map<string, string>();
  /** What each commit told to all. */
  readonly #revs = new Map<string, readonly string[]>();
  #highestRev = 0;
  #epoch: string | null = null;

  constructor(ledger: Ledger, now: () => number) {
    this.#ledger = ledger;
    this.#now = now;
  }

  /** New content for a message, to be known again wherever it shows up. */
  contentFor(messageId: string, length = 0): string {
    const mark = `#${this.#contents.size}#`;
    this.#contents.set(mark, messageId);
    return mark.padEnd(length, '\u0001');
  }

  /** The marks of contents that nobody may read any more, wherever they are kept. */
  goneMarks(): string[] {
    const { messages } = this.#ledger.model.state;
    const live = new Set([...messages.values()].flatMap(({ content }) => marksIn(content ?? '')));
    return [...this.#contents.keys()].filter((mark) => !live.has(mark));
  }

  /** @throws Leak, Disagreement */
  said(client: Client, events: readonly ServerRoomEvent[], frame: string, clients: readonly Client[]): void {
    for (const event of events) this.#saidEvent(client, event, clients);
    if (!events.some(({ type }) => type === 'welcome' || type === 'message_opened')) this.#expectNoSecrets(client, frame);
  }

  /** What reached somebody is on the disk: it is never taken back, and its numbers are never given to anything else. */
  heard(events: readonly ServerRoomEvent[], userId: string): void {
    for (const event of events) if (event.type === 'message_accepted') this.#acknowledge(event);
    const [first] = events;
    if (first === undefined || !('rev' in first) || first.rev === undefined) return;
    this.#highestRev = Math.max(this.#highestRev, first.rev);
    if (['welcome', 'message_delivered', 'message_read'].includes(first.type)) return;
    const told = events.flatMap((event) => ('rev' in event ? JSON.stringify(event) : []));
    // [BLOCK-1] In a chat with blocks each is told of a commit what is for them.
    const key = this.#ledger.model.state.blocks.size === 0 ? `${first.rev}` : `${first.rev} ${userId}`;
    const known = this.#revs.get(key) ?? [];
    const [fewer, more] = told.length < known.length ? [told, known] : [known, told];
    // Who joined later is told less of a commit [SEND-8], but nothing else.
    if (!fewer.every((event) => more.includes(event))) throw new Disagreement(`[SYNC-3] rev ${first.rev} was told twice`, told, known);
    this.#revs.set(key, more);
  }

  /** An answer that came over REST: durable, as what a socket hears. @throws Disagreement */
  answered(event: ServerRoomEvent, outcome: Outcome | undefined, userId: string): void {
    this.expectAnswer(event, outcome, userId);
    if (event.type === 'message_accepted') this.#acknowledge(event);
  }

  #acknowledge(accepted: MessageAccepted): void {
    const known = this.acknowledged.get(accepted.seq) ?? accepted;
    expectSame(`[SEND-2] [SEND-3] the message with seq ${accepted.seq}`, accepted, known);
    this.acknowledged.set(accepted.seq, accepted);
  }

  /** Text on its way to whoever may read it: `stay` may, at this moment. @throws Leak */
  expectReadable(text: string, stay: Stay, sealedOf: (message: ModelMessage) => boolean = () => false): void {
    for (const mark of marksIn(text)) {
      const message = this.#messageOf(mark);
      const wasJustChanged = this.#ledger.changes.get(message.id) === this.#ledger.commit;
      const reason = this.#reasonToHide(message, mark, stay, wasJustChanged);
      if (reason !== null) throw new Leak(`${reason}: ${mark} of message ${message.seq} to stay ${stay.n}`);
      if (message.maxViews > 0 && !sealedOf(message)) throw new Leak(`[ONCE-1] sealed content ${mark} of message ${message.seq}`);
    }
  }

  #reasonToHide(message: ModelMessage, mark: string, stay: Stay, wasJustChanged: boolean): string | null {
    if (!this.#isVisible(message, stay)) return '[SEND-8] [BLOCK-1] content that is not for them';
    const departure = this.#ledger.departures.get(stay.n);
    if (!stay.isPresent && (departure === undefined || departure.seq < message.seq)) return '[SEND-8] content from after the leaving';
    const isOver = isOverFor(this.#ledger.model.state, message, stay, this.#now());
    if (isOver && !(wasJustChanged && message.end !== null)) return '[EXP-3] content after the end';
    return wasJustChanged || message.content?.startsWith(mark) ? null : '[SEND-6] content that was edited away';
  }

  #messageOf(mark: string): ModelMessage {
    const id = this.#contents.get(mark);
    const message = [...this.#ledger.model.state.messages.values()].find((candidate) => candidate.id === id);
    if (message === undefined) throw new Leak(`Content ${mark} of a message that is not there`);
    return message;
  }

  /** The stay that a client's socket is of: the present one, or one that ended in this very commit. */
  #stayOf(client: Client): Stay {
    const { model, departures, commit } = this.#ledger;
    const ended = model.state.stays.find(({ n, userId }) => userId === client.userId && departures.get(n)?.commit === commit);
    const stay = model.stayOf(client.userId) ?? ended;
    if (stay === undefined) throw new Leak('[SEND-8] a frame to somebody who is no member');
    return stay;
  }

  #expectNoSecrets(client: Client, frame: string): void {
    if (frame.includes('#')) this.expectReadable(frame, this.#stayOf(client));
    if (frame.includes('"receipts"')) throw new Leak('[RCPT-1] receipts of a message in a frame that is not its own session’s');
  }

  /** Whether the stay may know of the message, or might until the commit that is being told of. */
  #isVisible(message: ModelMessage, stay: Stay): boolean {
    const clearing = this.#ledger.clearings.get(stay.n);
    const clearedSeq = clearing?.commit === this.#ledger.commit ? clearing.before : stay.clearedSeq;
    return isVisibleTo(message, { ...stay, clearedSeq });
  }

  /** [SEND-8] [INBOX-1] [BLOCK-1] Nobody hears anything of a message that is not there for them, or has been hidden from them. @throws Leak */
  #expectKnown(client: Client, id: string): void {
    const message = [...this.#ledger.model.state.messages.values()].find((candidate) => candidate.id === id);
    if (message === undefined) return;
    const stay = this.#stayOf(client);
    const wasJustHidden = this.#ledger.changes.get(id) === this.#ledger.commit;
    if (!this.#isVisible(message, stay)) throw new Leak(`[SEND-8] news of message ${message.seq}, which is not there for stay ${stay.n}`);
    if (editedAwayAt(message, stay) !== null && !wasJustHidden) throw new Leak(`[BLOCK-1] news of message ${message.seq}, edited away`);
  }

  /** [RCPT-3] [BLOCK-1] Nobody hears of a reading, or of anything that reaches somebody, that they may not know of. @throws Leak */
  #expectTold(client: Client, kind: 'delivered' | 'read', userId: string, upToSeq: number): void {
    const { model } = this.#ledger;
    const [viewer, stay] = [this.#stayOf(client), model.stayOf(userId)];
    if (userId === client.userId || stay === undefined) return;
    if (areSilenced(model.state)) throw new Leak(`[BLOCK-1] a cursor to whom it stands still for`);
    const known = toldProgress(model.state, viewer, stay)[kind];
    if (upToSeq > known) throw new Leak(`[RCPT-3] ${kind} up to ${upToSeq}, told is ${known}`);
  }

  /** [BLOCK-1] @throws Leak */
  #expectPresenceTold(client: Client, userIds: readonly string[]): void {
    if (areSilenced(this.#ledger.model.state) && userIds.some((id) => id !== client.userId))
      throw new Leak('[BLOCK-1] what somebody does, to whom they are silent');
  }

  #saidEvent(client: Client, event: ServerRoomEvent, clients: readonly Client[]): void {
    if ('message_id' in event) this.#expectKnown(client, event.message_id);
    switch (event.type) {
      case 'welcome':
        return this.#welcome(client, event, clients);
      case 'new_message': {
        const stay = this.#stayOf(client);
        const departure = this.#ledger.departures.get(stay.n);
        if (!stay.isPresent && (departure?.seq ?? 0) < event.message.seq) throw new Leak('[SEND-8] a message after the leaving');
        this.#nameLine(event.message);
        return;
      }
      case 'message_accepted':
      case 'message_opened':
      case 'error':
        return this.#answer(client, event);
      case 'view_changed': {
        if (this.#bySender(event.message_id) === client.userId) throw new Leak('[ONCE-2] a view to the sender');
        return;
      }
      case 'message_viewed':
      case 'message_erased': {
        const sender = this.#bySender(event.message_id);
        if (sender !== null && sender !== client.userId) throw new Leak(`${event.type} to somebody who did not send it`);
        return;
      }
      case 'message_delivered':
        for (const { user_id, up_to_seq } of event.by) this.#expectTold(client, 'delivered', user_id, up_to_seq);
        return;
      case 'message_read':
        for (const { user_id, up_to_seq } of event.by) this.#expectTold(client, 'read', user_id, up_to_seq);
        return;
      case 'here_changed':
        return this.#expectPresenceTold(client, event.here ?? []);
      case 'chat_cleared': {
        const { clearedSeq } = this.#stayOf(client);
        if (event.up_to_seq > clearedSeq) throw new Disagreement('[INBOX-1] up to where the chat is cleared', event.up_to_seq, clearedSeq);
        return;
      }
      case 'user_typing':
        this.#expectPresenceTold(client, [event.user_id]);
        if (event.user_id === client.userId) throw new Leak('[LIVE-1] typing to whoever types');
        return;
      default:
        return;
    }
  }

  #bySender(id: string): string | null {
    return [...this.#ledger.model.state.messages.values()].find((message) => message.id === id)?.senderId ?? null;
  }

  /** Lines that the room wrote itself get their ids from it. */
  nameLines(messages: readonly Message[]): void {
    for (const message of messages) this.#nameLine(message);
  }

  #nameLine(message: Message): void {
    const line = this.#ledger.model.state.messages.get(message.seq);
    if (message.message_type === 'system' && line?.id !== message.id)
      this.#ledger.note({ kind: 'name_line', seq: message.seq, id: message.id }, this.#now());
  }

  /** [SYNC-1] [SYNC-2] */
  #welcome(client: Client, welcome: Welcome, clients: readonly Client[]): void {
    const { model } = this.#ledger;
    const stay = model.stayOf(client.userId);
    if (stay === undefined || model.state.endedSessions.has(client.sid)) throw new Leak('[SOCK-6] a welcome for whom there is none');
    this.nameLines(welcome.messages);
    const visible = visibleMessages(model, stay);
    const told = new Set(welcome.messages.map(({ seq }) => seq));
    const isCut = JSON.stringify(welcome.messages).length > 100_000;
    const newest = visible.slice(isCut ? -told.size : -50);
    const expected = welcome.reset ? newest : visible.filter(({ seq }) => told.has(seq));
    expectMessages(model, expected, welcome.messages, { stay, sid: client.sid }, this.#now());
    const cursors = welcome.cursors.map(({ missed: _, ...cursor }) => cursor);
    expectSame('cursors of a welcome', cursors, presentCursors(model, stay));
    for (const cursor of welcome.cursors) expectMissed(model.state, { stay, sid: client.sid }, cursor);
    expectSame(
      'the chat of a welcome',
      [welcome.chat.member_count, welcome.chat.name, welcome.chat.policy, welcome.chat.last_seq, welcome.chat.my_role, welcome.me.role],
      [model.present().length, model.state.name, model.state.policy, lastSeqOf(model.state, stay), stay.role, stay.role],
    );
    const here = new Set(Array.isArray(welcome.here) ? welcome.here : []);
    const isAlone = areSilenced(model.state);
    if (isAlone) expectSame('[BLOCK-1] who is here', [...here], [client.userId]);
    const missing = clients.filter(({ socket, userId }) => !isAlone && socket?.isOpen && !here.has(userId));
    expectSame(
      '[LIVE-2] who is here but not in a welcome',
      missing.map(({ userId }) => userId),
      [],
    );
    this.#epoch ??= welcome.epoch;
    expectSame('[SYNC-1] the epoch', welcome.epoch, this.#epoch);
    if (welcome.rev < this.#highestRev) throw new Disagreement('[SYNC-1] the rev of a welcome', welcome.rev, this.#highestRev);
  }

  /** [SEND-2] [ONCE-2] [SOCK-4] An answer goes to the socket that asked, in the order of asking, and says what the model says. */
  #answer(client: Client, event: Extract<ServerRoomEvent, { type: 'message_accepted' | 'message_opened' | 'error' }>): void {
    while (client.expected[0]?.kind === 'done') client.expected.shift();
    const outcome = client.expected.shift();
    this.expectAnswer(event, outcome, client.userId);
    if (event.type !== 'message_opened') return;
    this.expectReadable(JSON.stringify(event), this.#stayOf(client), ({ id }) => id === event.id);
  }

  /** @throws Disagreement unless the event is the answer that the outcome asks for */
  expectAnswer(event: { readonly type: string }, outcome: Outcome | undefined, userId: string): void {
    const answer: Record<string, unknown> = { ...event };
    switch (outcome?.kind) {
      case 'accepted': {
        const message = this.#ledger.model.state.messages.get(outcome.seq);
        const isSame = message !== undefined && isDeepStrictEqual(answer, acceptedOf(this.#ledger.model, message));
        if (!isSame) throw new Disagreement('[SEND-2] the answer to a send', answer, outcome);
        return;
      }
      case 'opened': {
        const { media, ...rest } = answer;
        const { lease_expires_at, views_left, content } = rest;
        const facts = media === null || typeof media !== 'object' ? null : media;
        const url = facts !== null && 'url' in facts && typeof facts.url === 'string' ? facts.url : null;
        const known = facts === null ? null : Object.fromEntries(Object.entries(facts).filter(([key]) => key !== 'url'));
        expectSame(
          '[ONCE-2] the answer to an opening',
          [content, known, lease_expires_at, views_left],
          [outcome.content, outcome.media, outcome.leaseExpiresAt, outcome.viewsLeft],
        );
        const lease = url?.split('/').at(-1);
        if (lease !== undefined) this.#ledger.note({ kind: 'name_lease', userId, messageId: String(answer.id), lease }, this.#now());
        return;
      }
      case 'refused':
        if (event.type === 'error' && outcome.codes.some((code) => code === answer.code)) return;
        throw new Disagreement('the refusal', answer, outcome);
      default:
        throw new Disagreement('an answer nobody waits for', answer, outcome);
    }
  }
}

function marksIn(text: string): string[] {
  return [...new Set(text.match(/#\d+#/g))];
}
