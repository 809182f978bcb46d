import { batch, signal } from '@preact/signals';
import type { Chat, Member, User } from '../../src/protocol/models';
import type { MessageAccepted, ServerRoomEvent, Welcome } from '../../src/protocol/room-frames';
import { Alarm } from '../expiry/alarm';
import { LocalPictures, type PreparedPicture } from '../pictures/local-pictures';
import type { Wire } from '../wire';
import type { LinkPhase } from '../wire/live-socket';
import type { RoomWire } from '../wire/room-wire';
import type { Line, PendingLine } from './line';
import { type OutgoingDraft, toOutgoing } from './outgoing';
import { PictureSending } from './picture-sending';
import { Timeline } from './timeline';
import { stillTyping, TypingReporter, type Typists, withoutTypist, withTypist } from './typing';

/** One chat's conversation: all of its state, and everything a user can do in it. */
export class Room {
  readonly id: string;
  readonly chat = signal<Chat | null>(null);
  /** Everybody met in this room, members or not, so that lines of those who left keep their names. */
  readonly people = signal<ReadonlyMap<string, User>>(new Map());
  readonly lines = signal<readonly Line[]>([]);
  /** Highest seq held, also of what is not shown any more. */
  readonly lastSeq = signal(0);
  readonly typists = signal<Typists>(new Map());
  readonly phase = signal<LinkPhase>({ kind: 'connecting' });
  readonly hasOlder = signal(true);
  readonly isLoadingOlder = signal(false);
  readonly couldNotLoadOlder = signal(false);
  /** What stands in the composer, kept while the user looks at other chats. */
  readonly draft = signal('');
  /** Seconds chosen for the next lines; null leaves it to the chat's policy. */
  readonly expiresInSeconds = signal<number | null>(null);
  readonly typing: TypingReporter;
  readonly pictures = new LocalPictures();
  readonly #ownId: string;
  readonly #wire: Wire;
  readonly #socket: RoomWire;
  readonly #timeline = new Timeline();
  readonly #drafts = new Map<string, OutgoingDraft>();
  readonly #pictureSending: PictureSending;
  readonly #endings: Alarm;
  readonly #typingEnds: Alarm;
  #isEntered = false;

  constructor(wire: Wire, chatId: string, ownId: string) {
    this.id = chatId;
    this.#ownId = ownId;
    this.#wire = wire;
    this.#socket = wire.createRoom(chatId, {
      events: (events) => this.#applyAll(events),
      refused: (id, code) => this.#fail(id, code),
      phaseChanged: (phase) => {
        this.phase.value = phase;
      },
    });
    this.typing = new TypingReporter((isTyping) => this.#socket.sendTyping(isTyping), wire.platform.now);
    this.#pictureSending = new PictureSending(wire.uploader, chatId);
    this.#endings = new Alarm(wire.platform, wire.clock, () => this.#publish());
    this.#typingEnds = new Alarm(wire.platform, wire.clock, () => this.#setTypists(stillTyping(this.typists.peek(), wire.clock.now())));
  }

  enter(): void {
    this.#isEntered = true;
    this.#socket.open();
  }

  /** What is held stays, and its endings are kept; what is on its way is still sent. */
  leave(): void {
    this.typing.stopped();
    this.#isEntered = false;
    this.#closeIfIdle();
  }

  dispose(): void {
    this.#socket.close();
    this.#pictureSending.cancelAll();
    this.#endings.dispose();
    this.#typingEnds.dispose();
    this.pictures.retain(new Set());
    this.#timeline.reset();
    this.lines.value = [];
  }

  get hasUnsent(): boolean {
    return this.#drafts.size > 0;
  }

  sendText(text: string): void {
    this.#begin({ id: this.#wire.platform.newId(), text, picture: null, expiresInSeconds: this.expiresInSeconds.peek() });
  }

  sendPicture(picture: PreparedPicture, caption: string): void {
    const text = caption.trim() === '' ? null : caption;
    this.#begin({ id: this.#wire.platform.newId(), text, picture, expiresInSeconds: this.expiresInSeconds.peek() });
  }

  /** Sends a failed line again, under the id it has. */
  retry(id: string): void {
    const draft = this.#drafts.get(id);
    if (draft !== undefined) this.#dispatch(draft);
  }

  /** Takes back a line that was not sent: a failed one, or a picture still being uploaded. */
  discard(id: string): void {
    this.#pictureSending.cancel(id);
    this.#drafts.delete(id);
    this.#timeline.removePending(id);
    this.#publish();
    this.#closeIfIdle();
  }

  async loadOlder(): Promise<void> {
    const oldest = this.#timeline.oldest();
    if (this.isLoadingOlder.peek() || oldest === null || !this.hasOlder.peek()) return;
    this.isLoadingOlder.value = true;
    this.couldNotLoadOlder.value = false;
    try {
      const { messages, next_before } = await this.#wire.rest.messages(this.id, oldest.id);
      batch(() => {
        for (const message of messages) this.#timeline.apply(message);
        this.hasOlder.value = next_before !== null && messages.length > 0;
        this.#publish();
      });
    } catch {
      this.couldNotLoadOlder.value = true;
    } finally {
      this.isLoadingOlder.value = false;
    }
  }

  #begin(draft: OutgoingDraft): void {
    this.#drafts.set(draft.id, draft);
    if (draft.picture !== null) this.pictures.add(draft.id, draft.picture);
    const line: PendingLine = {
      id: draft.id,
      senderId: this.#ownId,
      type: draft.picture === null ? 'text' : 'image',
      text: draft.text,
      media: null,
      createdAt: this.#wire.clock.now(),
      state: { kind: 'waiting' },
    };
    this.#timeline.addPending(line);
    this.typing.sent();
    this.#dispatch(draft);
  }

  #dispatch(draft: OutgoingDraft): void {
    if (draft.picture === null) return this.#hand(draft, null);
    const { share, media } = this.#pictureSending.upload(draft.id, draft.picture);
    this.#update(draft.id, { state: { kind: 'uploading', share } });
    media.then(
      (admitted) => {
        if (!this.#drafts.has(draft.id)) return;
        this.#timeline.updatePending(draft.id, { media: admitted });
        this.#hand(draft, admitted.id);
      },
      (error: unknown) => this.#fail(draft.id, this.#pictureSending.codeOf(error)),
    );
  }

  #hand(draft: OutgoingDraft, mediaId: string | null): void {
    this.#update(draft.id, { state: { kind: 'waiting' } });
    this.#socket.send(toOutgoing(draft, mediaId));
  }

  #fail(id: string, code: string): void {
    // What the server refuses after an upload may be the upload itself: the next try makes a new one.
    if (code !== 'offline' && code !== 'unavailable') this.#pictureSending.forget(id);
    this.#update(id, { state: { kind: 'failed', code } });
    this.#closeIfIdle();
  }

  #closeIfIdle(): void {
    const isSending = [...this.#drafts.keys()].some((id) => this.#timeline.pending(id)?.state.kind !== 'failed');
    if (!this.#isEntered && !isSending) this.#socket.close();
  }

  #update(id: string, change: Parameters<Timeline['updatePending']>[1]): void {
    this.#timeline.updatePending(id, change);
    this.#publish();
  }

  #applyAll(events: readonly ServerRoomEvent[]): void {
    batch(() => {
      for (const event of events) this.#apply(event);
      this.#publish();
    });
    this.#closeIfIdle();
  }

  #apply(event: ServerRoomEvent): void {
    switch (event.type) {
      case 'welcome':
        return this.#onWelcome(event);
      case 'new_message':
        this.#settle(event.message.id);
        this.#timeline.apply(event.message);
        return this.#setTypists(withoutTypist(this.typists.peek(), event.message.sender_id));
      case 'message_accepted':
        return this.#onAccepted(event);
      case 'message_expired':
        return this.#timeline.end(event.message_id, event.reason, event.deleted_at);
      case 'members_changed':
        return this.#meet(event.added);
      case 'user_typing':
        if (event.user_id !== this.#ownId) this.#setTypists(withTypist(this.typists.peek(), event.user_id, event.expires_at));
        return;
      case 'user_stopped_typing':
        return this.#setTypists(withoutTypist(this.typists.peek(), event.user_id));
      case 'error':
        return;
    }
  }

  #onWelcome(welcome: Welcome): void {
    const isFirst = this.chat.peek() === null;
    if (welcome.reset) this.#timeline.reset();
    for (const message of welcome.messages) {
      this.#settle(message.id);
      this.#timeline.apply(message);
    }
    if (welcome.reset || isFirst) this.hasOlder.value = (this.#timeline.oldest()?.seq ?? 1) > 1;
    this.chat.value = welcome.chat;
    this.#meet(welcome.members);
    const others = welcome.typing.filter(({ user_id }) => user_id !== this.#ownId);
    this.#setTypists(new Map(others.map(({ user_id, expires_at }) => [user_id, expires_at])));
  }

  #onAccepted(accepted: MessageAccepted): void {
    this.#settle(accepted.id);
    this.#timeline.accept(accepted, this.id);
  }

  #settle(id: string): void {
    this.#drafts.delete(id);
    this.#pictureSending.forget(id);
  }

  #meet(members: readonly Member[]): void {
    const chat = this.chat.peek();
    const people = new Map(this.people.peek());
    if (chat?.other_user !== undefined) people.set(chat.other_user.id, chat.other_user);
    for (const { user } of members) people.set(user.id, user);
    this.people.value = people;
  }

  #setTypists(typists: Typists): void {
    if (typists === this.typists.peek()) return;
    this.typists.value = typists;
    this.#typingEnds.set(typists.size === 0 ? null : Math.min(...typists.values()));
  }

  /** Ends what is due, lets go of its pictures, and shows the rest. */
  #publish(): void {
    this.#timeline.endDue(this.#wire.clock.now());
    const lines = this.#timeline.lines();
    this.pictures.retain(new Set(lines.map(({ id }) => id)));
    this.lines.value = lines;
    this.lastSeq.value = this.#timeline.lastSeq();
    this.#endings.set(this.#timeline.nextEnding());
  }
}
