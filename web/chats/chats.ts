import { computed, signal } from '@preact/signals';
import type { ServerInboxEvent } from '../../src/protocol/inbox-frames';
import type { Chat, ChatSummary } from '../../src/protocol/models';
import { previewText } from '../../src/protocol/text';
import type { ListNews } from '../conversation/list-news';
import { Alarm } from '../expiry/alarm';
import type { Wire } from '../wire';
import type { LinkPhase } from '../wire/live-socket';
import type { ListedChatChange } from '../wire/rest';
import { AskingAgain } from './asking-again';
import {
  applyInboxEvent,
  type ChatList,
  inOrder,
  missingPreviews,
  nextEnding,
  withChange,
  withChats,
  withEdit,
  withoutEnded,
} from './chat-list';
import { DeliveryReporter } from './delivery-reporter';
import { LineFates } from './line-fates';
import { Presences } from './presences';

/** What the inbox tells that is not about the list. */
export interface InboxNews {
  /** The user's name or settings may have changed. */
  meChanged(): void;
  event(event: ServerInboxEvent): void;
}

/** The chat list of the signed-in user. */
export class Chats implements ListNews {
  readonly #list = signal<ChatList>(new Map());
  /** Highest seq the user has had on screen here, by chat. */
  readonly #seen = signal<ReadonlyMap<string, number>>(new Map());
  readonly #nextCursor = signal<string | null>(null);
  /** The page on its way, and what left the list since it was asked for. */
  #loading: { readonly gone: Set<string> } | null = null;
  readonly phase = signal<LinkPhase>({ kind: 'connecting' });
  readonly isLoaded = signal(false);
  readonly ordered = computed(() => inOrder(this.#list.value));
  /** Rises when an ending changed what rows say without changing the list. */
  readonly endings = signal(0);
  readonly #wire: Wire;
  readonly #news: InboxNews;
  readonly #fates = new LineFates();
  readonly #inbox: ReturnType<Wire['createInbox']>;
  readonly #alarm: Alarm;
  readonly #deliveries: DeliveryReporter;
  readonly #previews: AskingAgain;
  readonly #endVisibility: () => void;
  readonly presences: Presences;
  /** [INBOX-1] Unread messages of all chats but muted and archived ones. */
  readonly unreadTotal = signal(0);
  readonly #removedListeners = new Set<(chatId: string) => void>();

  constructor(wire: Wire, news: InboxNews) {
    this.#wire = wire;
    this.#news = news;
    this.#alarm = new Alarm(wire.platform, wire.clock, () => this.#onEnding());
    this.#inbox = wire.createInbox({
      events: (events) => this.#apply(events),
      phaseChanged: (phase) => {
        this.phase.value = phase;
      },
    });
    this.#previews = new AskingAgain(wire.platform, () => this.#askPreviews());
    this.#deliveries = new DeliveryReporter({
      platform: wire.platform,
      chats: () => this.#list.peek().values(),
      tell: (notices) => this.#inbox.tell(notices),
    });
    this.presences = new Presences(wire.platform, (user_ids) => this.#inbox.tell({ type: 'watch_presence', user_ids: [...user_ids] }));
    this.#endVisibility = wire.platform.onVisibility(() => this.#tellActive());
    this.#inbox.open();
  }

  dispose(): void {
    this.#endVisibility();
    this.#deliveries.dispose();
    this.#previews.stop();
    this.presences.dispose();
    this.#inbox.close();
    this.unreadTotal.value = 0;
    this.#alarm.dispose();
    this.#list.value = new Map();
  }

  /** Connects again after the socket gave way to a newer one. */
  reconnect(): void {
    this.#inbox.open();
  }

  find(chatId: string): ChatSummary | undefined {
    return this.#list.value.get(chatId);
  }

  /** Calls `listener` when the user is in a chat no more; the function returned ends that. */
  onRemoved(listener: (chatId: string) => void): () => void {
    this.#removedListeners.add(listener);
    return () => this.#removedListeners.delete(listener);
  }

  /** The user has this chat on screen up to `seq`. */
  markSeen(chatId: string, seq: number): void {
    if ((this.#seen.peek().get(chatId) ?? 0) < seq) this.#seen.value = new Map(this.#seen.peek()).set(chatId, seq);
  }

  unreadCount({ id, unread_count, last_seq }: ChatSummary): number {
    return Math.min(unread_count, Math.max(0, last_seq - (this.#seen.value.get(id) ?? 0)));
  }

  get hasMore(): boolean {
    return this.#nextCursor.value !== null;
  }

  /** Loads the next page of older chats; on failure the next call tries again. */
  async loadMore(): Promise<void> {
    const cursor = this.#nextCursor.peek();
    if (cursor === null || this.#loading !== null) return;
    const loading = { gone: new Set<string>() };
    this.#loading = loading;
    try {
      const { chats, next_cursor } = await this.#wire.rest.chats(cursor);
      // The list has begun anew: the page is of one that is no more.
      if (this.#loading !== loading) return;
      const unknown = chats.filter(({ id }) => !this.#list.peek().has(id) && !loading.gone.has(id));
      this.#nextCursor.value = next_cursor;
      this.#change(
        withChats(
          this.#list.peek(),
          unknown.map((chat) => this.#fates.settled(chat)),
        ),
      );
    } catch {
      // The list stays as it is, and scrolling asks again.
    } finally {
      if (this.#loading === loading) this.#loading = null;
    }
  }

  /** @throws WireProblem */
  async openDirect(userId: string): Promise<Chat> {
    return this.#wire.rest.openDirectChat(userId);
  }

  /** @throws WireProblem */
  async createGroup(id: string, name: string, memberIds: readonly string[]): Promise<Chat> {
    return this.#wire.rest.createGroup({ id, name, memberIds });
  }

  /** @throws WireProblem */
  change(chatId: string, change: ListedChatChange): Promise<void> {
    return this.#wire.rest.changeListedChat(chatId, change);
  }

  /** @throws WireProblem */
  clear(chatId: string): Promise<void> {
    return this.#wire.rest.clearChat(chatId);
  }

  ended(chatId: string, messageId: string, at: number): void {
    // By the server's clock that may be a moment ahead.
    this.#fates.ended(messageId, Math.min(at, this.#wire.clock.now()));
    this.#settle(chatId);
  }

  edited(chatId: string, messageId: string, content: string, editedAt: number): void {
    this.#fates.edited(messageId, editedAt);
    this.#setList(withEdit(this.#list.peek(), chatId, messageId, { preview: previewText(content), at: editedAt }));
  }

  cleared(chatId: string, upToSeq: number): void {
    this.#fates.cleared(chatId, upToSeq);
    this.#settle(chatId);
  }

  #settle(chatId: string): void {
    this.#setList(withChange(this.#list.peek(), chatId, (chat) => this.#fates.settled(chat)));
  }

  #setList(list: ChatList): void {
    if (list !== this.#list.peek()) this.#change(list);
  }

  #apply(events: readonly ServerInboxEvent[]): void {
    let list = this.#list.peek();
    for (const event of events) {
      list = applyInboxEvent(list, event, (chat) => this.#fates.settled(chat));
      for (const chatId of removedBy(event)) this.#loading?.gone.add(chatId);
      if (event.type === 'chat_removed') for (const listener of this.#removedListeners) listener(event.chat_room_id);
      // Who was away has missed such news.
      if (event.type === 'me_changed' || (event.type === 'inbox' && this.isLoaded.peek())) this.#news.meChanged();
      this.#news.event(event);
      if (event.type === 'presence') this.presences.hear(event.users);
      if ('unread_total' in event) this.unreadTotal.value = event.unread_total;
      if (event.type !== 'inbox') continue;
      this.#deliveries.begin();
      this.#tellActive();
      if (event.reset) {
        this.#nextCursor.value = event.next_cursor;
        this.#loading = null;
      }
      this.isLoaded.value = true;
    }
    this.#change(list);
    this.#deliveries.report();
    const types = new Set(events.map(({ type }) => type));
    if (types.has('inbox') || types.has('chat_updated')) this.#askPreviews();
    // What an answer left out is asked for once more, but not at once: its room may take a while to come to itself.
    else if (types.has('previews')) this.#previews.answered(this.#missingPreviews().length === 0);
  }

  #missingPreviews(): string[] {
    return missingPreviews(this.#list.peek(), this.#wire.clock.now());
  }

  #askPreviews(): void {
    this.#inbox.wantPreviews(this.#missingPreviews());
  }

  #change(list: ChatList): void {
    const now = this.#wire.clock.now();
    this.#list.value = withoutEnded(list, now);
    this.#alarm.set(nextEnding(list, now));
  }

  /** [INBOX-5] */
  #tellActive(): void {
    this.#inbox.tell({ type: 'active', visible: this.#wire.platform.isVisible() });
    if (this.#wire.platform.isVisible()) this.presences.repeat();
  }

  #onEnding(): void {
    this.endings.value++;
    this.#change(this.#list.peek());
  }
}

/** The chats that an event takes out of the list. */
function removedBy(event: ServerInboxEvent): readonly string[] {
  return event.type === 'chat_removed' ? [event.chat_room_id] : event.type === 'inbox' ? event.removed : [];
}
