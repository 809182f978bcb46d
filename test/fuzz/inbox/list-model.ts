import { Disagreement } from '../model/compare';

/** A message as far as chat lists care. */
export interface ModelMessage {
  readonly id: string;
  readonly seq: number;
  readonly senderId: string;
  readonly kind: 'text' | 'once' | 'system';
  text: string | null;
  /** Of a line of the room's own known only once it is looked at. */
  createdAt: number;
  /** When it ends for all, unless somebody ends it before; null for never. */
  readonly endsAt: number | null;
  /** With a reading clock: how long after reading. */
  readonly readMs: number | null;
  editedAt: number | null;
  endedAt: number | null;
  /** [BLOCK-1] Never shown to this user. */
  readonly hiddenFrom: ReadonlySet<string>;
  /** [BLOCK-1] It ended for this user when it was edited by who is blocked. */
  readonly endedFor: Set<string>;
}

export interface ModelStay {
  readonly userId: string;
  readonly joinedAt: number;
  readonly joinedSeq: number;
  clearedSeq: number;
  readSeq: number;
  isPresent: boolean;
  /** When the messages up to a seq were read, each time somebody read on. */
  readonly readings: { readonly upToSeq: number; readonly at: number }[];
}

/** What the user makes of a chat in their own list. */
export interface OwnMatter {
  isPinned: boolean;
  /** Null for not at all. */
  mutedUntil: number | null;
  /** Archived when the list stood at this seq; null for not archived. */
  archivedAtSeq: number | null;
}

/** A row of the list as it must be. */
export interface ExpectedRow {
  readonly id: string;
  readonly lastId: string | null;
  readonly preview: string | null;
  readonly unread: number;
  readonly updatedAt: number;
  readonly pinned: boolean;
  readonly archived: boolean;
  readonly mutedUntil: number | null;
}

/** A chat room as plain facts: what was said, by whom, to whom, until when. */
export class ModelChat {
  readonly id: string;
  readonly isGroup: boolean;
  readonly stays: ModelStay[] = [];
  readonly messages: ModelMessage[] = [];
  /** [BLOCK-1] Who blocks the other, as the room was told, by the version of that. */
  readonly #blocks = new Map<string, { isActive: boolean; version: number }>();
  seq = 0;

  constructor(id: string, isGroup: boolean) {
    this.id = id;
    this.isGroup = isGroup;
  }

  stayOf(userId: string): ModelStay | undefined {
    return this.stays.find((stay) => stay.userId === userId && stay.isPresent);
  }

  present(): ModelStay[] {
    return this.stays.filter(({ isPresent }) => isPresent);
  }

  join(userId: string, now: number): void {
    const base = { userId, joinedAt: now, clearedSeq: 0, readSeq: 0, isPresent: true, readings: [] };
    this.stays.push({ ...base, joinedSeq: this.seq });
  }

  leave(userId: string): void {
    const stay = this.stayOf(userId);
    if (stay !== undefined) stay.isPresent = false;
  }

  block(userId: string, isActive: boolean, version: number): void {
    if ((this.#blocks.get(userId)?.version ?? 0) < version) this.#blocks.set(userId, { isActive, version });
  }

  isBlockedBy(userId: string): boolean {
    return this.#blocks.get(userId)?.isActive === true;
  }

  say(message: Pick<ModelMessage, 'id' | 'senderId' | 'kind' | 'text' | 'createdAt' | 'endsAt' | 'readMs'>): void {
    this.seq += 1;
    const hiddenFrom = new Set(this.#othersOf(message.senderId).filter((userId) => this.isBlockedBy(userId)));
    this.messages.push({ ...message, seq: this.seq, editedAt: null, endedAt: null, hiddenFrom, endedFor: new Set() });
  }

  /** A line of the room's own, of which nobody but its readers know id and time. */
  sayLine(senderId: string, now: number): void {
    this.say({ id: 'system', senderId, kind: 'system', text: null, createdAt: now, endsAt: null, readMs: null });
  }

  edit(id: string, text: string, now: number): void {
    const message = this.find(id);
    for (const userId of this.#othersOf(message.senderId)) if (this.isBlockedBy(userId)) message.endedFor.add(userId);
    Object.assign(message, { text, editedAt: now });
  }

  delete(id: string, now: number): void {
    Object.assign(this.find(id), { text: null, endedAt: now });
  }

  read(userId: string, id: string, now: number): void {
    const stay = this.stayOf(userId);
    const { seq } = this.find(id);
    if (stay === undefined || seq <= stay.readSeq) return;
    stay.readSeq = seq;
    stay.readings.push({ upToSeq: seq, at: now });
  }

  clear(userId: string): void {
    const stay = this.stayOf(userId);
    if (stay !== undefined) stay.clearedSeq = this.seq;
  }

  find(id: string): ModelMessage {
    const message = this.messages.find((candidate) => candidate.id === id);
    if (message === undefined) throw new Disagreement('a message that nobody sent', id, null);
    return message;
  }

  /** What was ever shown to the user in this stay, whether it has ended or not. */
  shownTo(stay: ModelStay): ModelMessage[] {
    const from = Math.max(stay.joinedSeq, stay.clearedSeq);
    return this.messages.filter(({ seq, hiddenFrom }) => seq > from && !hiddenFrom.has(stay.userId));
  }

  isOverFor(message: ModelMessage, stay: ModelStay, now: number): boolean {
    if (message.endedAt !== null || message.endedFor.has(stay.userId)) return true;
    const end = this.endFor(message, stay);
    return end !== null && end <= now;
  }

  /** When it ends by a clock for who stays so; null for never, as far as is known. */
  endFor(message: ModelMessage, stay: ModelStay): number | null {
    const ends = [message.endsAt, this.#readEnd(message), this.#copyEnd(message, stay)].filter((end) => end !== null);
    return ends.length === 0 ? null : Math.min(...ends);
  }

  /** [INBOX-2] [RCPT-4] The row of who is in the chat; null where their list does not show it. */
  rowOf(userId: string, own: OwnMatter, now: number): ExpectedRow | null {
    const stay = this.stayOf(userId);
    if (stay === undefined) return null;
    const shown = this.shownTo(stay);
    const newest = shown.at(-1);
    // Cleared, and nothing has come since.
    if (newest === undefined && stay.clearedSeq > 0) return null;
    const live = shown.filter((message) => !this.isOverFor(message, stay, now));
    const last = live.at(-1);
    const unread = live.filter(({ seq, senderId, kind }) => kind !== 'system' && senderId !== userId && seq > stay.readSeq);
    return {
      id: this.id,
      lastId: last?.id ?? null,
      preview: last?.kind === 'text' ? last.text : null,
      unread: unread.length,
      updatedAt: newest?.createdAt ?? stay.joinedAt,
      pinned: own.isPinned,
      archived: own.archivedAtSeq !== null && (newest?.seq ?? 0) <= own.archivedAtSeq,
      mutedUntil: own.mutedUntil !== null && own.mutedUntil > now ? own.mutedUntil : null,
    };
  }

  #othersOf(userId: string): string[] {
    return this.isGroup ? [] : this.stays.map((stay) => stay.userId).filter((other) => other !== userId);
  }

  /** [EXP-1] A reader's own copy. */
  #copyEnd({ seq, senderId, readMs }: ModelMessage, stay: ModelStay): number | null {
    if (readMs === null || senderId === stay.userId) return null;
    const reading = stay.readings.find(({ upToSeq }) => upToSeq >= seq);
    return reading === undefined ? null : reading.at + readMs;
  }

  /** [EXP-1] With the last of its readers it ends for all; who has left need not read it. */
  #readEnd(message: ModelMessage): number | null {
    const { readMs, seq, senderId } = message;
    if (readMs === null) return null;
    const recipients = this.stays.filter((stay) => stay.joinedSeq < seq && stay.userId !== senderId);
    const ends = recipients.filter(({ isPresent }) => isPresent).map((stay) => this.#copyEnd(message, stay));
    const known = ends.filter((end) => end !== null);
    return ends.length > 0 && known.length === ends.length ? Math.max(...known) : null;
  }
}
