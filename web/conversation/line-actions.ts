import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { ServerRoomEvent } from '../../src/protocol/room-frames';
import type { Wire } from '../wire';
import type { RoomWire } from '../wire/room-wire';
import type { Line } from './line';

/** What a recipient gets to see of a view-once message, once [ONCE-2]. */
export type Opened = Extract<ServerRoomEvent, { type: 'message_opened' }>;

/** What a user does with lines that are there: answer, edit, react, delete, open. Failures throw WireProblem. */
export class LineActions {
  /** The line that the next one answers; null too when it ended meanwhile. */
  readonly replyingTo: ReadonlySignal<Line | null>;
  /** The own line being edited; editing ends with it. */
  readonly editing: ReadonlySignal<Line | null>;
  /** The text of the line being edited, as it stands in the composer. */
  readonly editedText = signal('');
  readonly #wire: Wire;
  readonly #socket: RoomWire;
  readonly #chatId: string;
  readonly #replyingToId = signal<string | null>(null);
  readonly #editingId = signal<string | null>(null);

  constructor(wire: Wire, socket: RoomWire, chatId: string, lines: ReadonlySignal<readonly Line[]>) {
    this.#wire = wire;
    this.#socket = socket;
    this.#chatId = chatId;
    const living = (id: string | null) => (id === null ? null : (lines.value.find((line) => line.id === id && line.end === null) ?? null));
    this.replyingTo = computed(() => living(this.#replyingToId.value));
    this.editing = computed(() => living(this.#editingId.value));
  }

  reply(id: string): void {
    this.stopEditing();
    this.#replyingToId.value = id;
  }

  stopReplying(): void {
    this.#replyingToId.value = null;
  }

  startEditing({ id, text }: Line): void {
    this.stopReplying();
    this.#editingId.value = id;
    this.editedText.value = text ?? '';
  }

  stopEditing(): void {
    this.#editingId.value = null;
    this.editedText.value = '';
  }

  /** [SEND-6] Gives the line being edited its new text, and is done with it. */
  async saveEdit(content: string): Promise<void> {
    const line = this.editing.peek();
    if (line !== null && content !== line.text) {
      await this.#socket.ask({ type: 'edit_message', id: line.id, content }, (event) => isAbout(event, 'message_edited', line.id));
    }
    this.stopEditing();
  }

  /** [SEND-6] For everybody in the chat. */
  async deleteLine(id: string): Promise<void> {
    await this.#socket.ask({ type: 'delete_message', id }, (event) => isAbout(event, 'message_deleted', id));
  }

  /** [SEND-6] One a person and line: another emoji takes the place of the one before, null takes it away. */
  async react(id: string, emoji: string | null): Promise<void> {
    await this.#socket.ask(emoji === null ? { type: 'unreact', id } : { type: 'react', id, emoji }, (event) =>
      isAbout(event, 'reactions_changed', id),
    );
  }

  /** [ONCE-2] Asks for the content of a sealed line, or once more while this session's lease lasts. There is no way back. */
  open(id: string): Promise<Opened> {
    return this.#socket.ask({ type: 'open_message', id }, (event) =>
      event.type === 'message_opened' && event.id === id ? event : undefined,
    );
  }

  /** [ONCE-3] The reader is done. Lost while the room is not live: then the lease's end says the same. */
  markViewed(messageId: string): void {
    this.#socket.tell({ type: 'mark_viewed', message_id: messageId });
  }

  /** Who got an own line and how far, a page at a time. */
  receiptsOf(messageId: string, cursor: string | null) {
    return this.#wire.rest.receipts(this.#chatId, messageId, cursor);
  }
}

function isAbout(
  event: ServerRoomEvent,
  type: 'message_edited' | 'message_deleted' | 'reactions_changed',
  messageId: string,
): true | undefined {
  return event.type === type && event.message_id === messageId ? true : undefined;
}
