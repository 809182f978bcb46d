import type { Env } from '../config';
import { tellInbox } from './errands';
import { FanOut } from './fan-out';
import type { LiveRoom } from './live-room';
import type { Turn } from './turn';

export interface InboxNewsOptions {
  readonly env: Env;
  readonly room: () => LiveRoom | null;
  /** Keeps a job for an inbox that could not be reached. */
  readonly tellLater: (userId: string) => void;
  /** [INBOX-4] Everything up to `seq` has reached the user: their inbox said so when it was told. */
  readonly delivered: (userId: string, seq: number) => void;
  readonly now: () => number;
}

/** Keeps the members' inboxes at what the room is: after each commit that they have to hear of, and after readings [RCPT-4]. */
export class InboxNews {
  readonly #options: InboxNewsOptions;
  readonly #fanOut: FanOut;

  constructor(options: InboxNewsOptions) {
    this.#options = options;
    const { room, tellLater, now } = options;
    this.#fanOut = new FanOut({
      position: () => ({ rev: room()?.rev ?? 0, fannedRev: room()?.fannedRev ?? 0 }),
      recipients: () => recipientsIn(room()),
      tell: (userId) => this.tell(userId),
      tellLater,
      reached: (rev) => this.#reached(rev),
      now,
    });
  }

  /** Whether every inbox knows the last commit, and if not, whether somebody is at it. */
  get state(): 'done' | 'running' | 'waiting' {
    const room = this.#options.room();
    if (room === null || room.rev <= room.fannedRev) return 'done';
    return this.#fanOut.isRunning ? 'running' : 'waiting';
  }

  /** Commits of which some inbox has not been told. */
  get behind(): number {
    const room = this.#options.room();
    return room === null ? 0 : room.rev - room.fannedRev;
  }

  /** Begins on what is to tell. */
  wake(): void {
    this.#fanOut.wake();
  }

  /** Tells readers' inboxes too, though no commit asks for it: their own reading changed what they count. */
  tellReaders(turn: Turn): void {
    this.#fanOut.tellAlso(turn.moved.filter(({ kind }) => kind === 'read').map(({ userId }) => userId));
  }

  /** A round for a commit of which no inbox has to hear would cost a call a member. */
  skip(turn: Turn): void {
    const room = this.#options.room();
    if (room !== null && turn.isQuiet && room.fannedRev === room.rev - 1) this.#reached(room.rev);
  }

  /** Owes readers what their inboxes were not told when the object went. Returns whether there is anybody. */
  resume(): boolean {
    const room = this.#options.room();
    const readers = room?.store.readings.untold().map((n) => room.roster.stay(n)) ?? [];
    const present = readers.filter(({ leftRev }) => leftRev === null).map(({ profile }) => profile.user.id);
    this.#fanOut.owe(present);
    return present.length > 0;
  }

  /** Brings one inbox up to date. */
  async tell(userId: string): Promise<void> {
    const { env, delivered } = this.#options;
    const room = this.#options.room();
    // The last member has left, and everybody's inbox was told so before the room was erased.
    if (room === null) return;
    const { readings } = room.store;
    const n = room.roster.find(userId)?.n ?? null;
    const readSeq = n === null ? 0 : readings.progress(n).read;
    const { deliveredSeq } = await tellInbox(env, room, userId);
    if (n !== null && this.#options.room() === room) readings.told(n, readSeq);
    if (deliveredSeq !== null) delivered(userId, deliveredSeq);
  }

  #reached(rev: number): void {
    const room = this.#options.room();
    if (room === null) return;
    room.store.setFannedRev(rev);
    room.fannedRev = rev;
  }
}

/** Whose inboxes hear of the room: those for whom it is there [BLOCK-1]. */
function recipientsIn(room: LiveRoom | null): string[] {
  const members = room?.roster.present().filter((member) => !member.concealed) ?? [];
  return members.map((member) => member.profile.user.id);
}
