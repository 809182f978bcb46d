import type { ChatProjection } from '../../../src/directory/chat-rooms';
import type { ChatSummary } from '../../../src/protocol/models';

/** How the rest of the world answers a room: as asked, not at all, with an error, or with an error after having done it. */
export type Mood = 'well' | 'silent' | 'failing' | 'failing_late';

interface Call {
  readonly apply: () => void;
  readonly answer: (error: Error | null) => void;
}

/** An inbox, as far as a room can tell: the newest news of the chat, or that it is gone. */
export interface ListedChat {
  readonly roomRev: number;
  /** Null when the user was told that the chat is gone. */
  readonly summary: ChatSummary | null;
}

/** What a room talks to: inboxes, the directory, the media's bytes. Answers when told to. */
export class Outside {
  /** The one that the modules in the place of directory and media store speak for: a worker runs one simulation at a time. */
  static current: Outside | null = null;
  mood: Mood = 'well';
  readonly inboxes = new Map<string, ListedChat>();
  readonly erasedMedia = new Set<string>();
  /** What the directory shows; null before the first projection and after the chat's removal. */
  directory: ChatProjection | null = null;
  isRemoved = false;
  readonly #leave: (effect: () => void) => void;
  #calls: Call[] = [];

  /** @param leave lets a call leave the object: never before what it follows from is on the disk */
  constructor(leave: (effect: () => void) => void) {
    this.#leave = leave;
  }

  /** The namespace binding of inboxes. */
  get inboxNamespace() {
    return {
      idFromName: (userId: string) => userId,
      get: (userId: string) => ({
        noteChat: async (roomRev: number, summary: ChatSummary) => {
          await this.#call(() => this.#note(userId, roomRev, summary));
          // No device tells an inbox what has reached it.
          return { deliveredSeq: null };
        },
        removeChat: (roomRev: number) => this.#call(() => this.#remove(userId, roomRev)),
      }),
    };
  }

  projectChat(projection: ChatProjection): Promise<void> {
    return this.#call(() => {
      if (!this.isRemoved && projection.version > (this.directory?.version ?? -1)) this.directory = structuredClone(projection);
    });
  }

  removeChat(): Promise<void> {
    return this.#call(() => {
      this.directory = null;
      this.isRemoved = true;
    });
  }

  eraseMedia(mediaId: string): Promise<void> {
    return this.#call(() => void this.erasedMedia.add(mediaId));
  }

  removeMedia(): Promise<void> {
    return this.#call(() => {});
  }

  /** How many calls wait for their answer. */
  get asked(): number {
    return this.#calls.length;
  }

  /** Answers the call that has waited longest but for `after` others, as the mood is. Returns whether there was one. */
  answerNext(after = 0): boolean {
    const [call] = this.#calls.splice(after, 1);
    if (call === undefined) return false;
    if (this.mood === 'well' || this.mood === 'failing_late') call.apply();
    call.answer(this.mood === 'well' ? null : new Error('The network broke'));
    return true;
  }

  /** Who asked is gone; what was asked may have been done or not. */
  dropCalls(areDone: boolean): void {
    if (areDone) for (const call of this.#calls) call.apply();
    this.#calls = [];
  }

  #call(apply: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const answer = (error: Error | null) => (error === null ? resolve() : reject(error));
      this.#leave(() => void this.#calls.push({ apply, answer }));
    });
  }

  /** As an inbox orders news: by the room's rev, and within one by how far the user has read. */
  #note(userId: string, roomRev: number, summary: ChatSummary): void {
    const known = this.inboxes.get(userId);
    const isOld =
      known !== undefined &&
      (known.roomRev > roomRev ||
        (known.roomRev === roomRev && (known.summary === null || summary.last_read_seq <= known.summary.last_read_seq)));
    if (!isOld) this.inboxes.set(userId, { roomRev, summary: structuredClone(summary) });
  }

  #remove(userId: string, roomRev: number): void {
    const known = this.inboxes.get(userId);
    if (known !== undefined && known.roomRev < roomRev) this.inboxes.set(userId, { roomRev, summary: null });
  }
}
