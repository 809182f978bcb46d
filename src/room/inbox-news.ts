import type { Env } from '../config';
import type { Sockets } from '../sockets';
import { tellInbox } from './errands';
import { FanOut } from './fan-out';
import type { LiveRoom } from './live-room';
import type { Turn } from './turn';

/** A row costs as much as so many calls, by which a wake-up would tell again what was paid. */
const cheapPayments = 7;

export interface InboxNewsOptions {
  readonly env: Env;
  readonly sockets: Pick<Sockets, 'isHere'>;
  readonly room: () => LiveRoom | null;
  /** Keeps a job for an inbox that could not be reached. */
  readonly tellLater: (userId: string) => void;
  /** [INBOX-4] Everything up to `seq` has reached the user: their inbox said so when it was told. */
  readonly delivered: (userId: string, seq: number) => void;
  /** Every inbox knows everything. */
  readonly settled: () => void;
  readonly now: () => number;
}

/**
 * Keeps the members' inboxes at what the room is. What is owed is known from rows after a crash: to all of them, where a new
 * message or a change of members is newer than what all have been told; to some, by a bit beside their cursors.
 */
export class InboxNews {
  readonly #options: InboxNewsOptions;
  readonly #fanOut: FanOut;
  /** Debts that were paid and that rows still tell of. */
  #unsavedPayments = 0;
  /** How many of them are left to the next row that is written anyway. */
  #mayBeUnsaved = cheapPayments;

  constructor(options: InboxNewsOptions) {
    this.#options = options;
    const { room, sockets, tellLater, now } = options;
    this.#fanOut = new FanOut({
      recipients: () => recipientsIn(room()),
      isHere: (userId) => sockets.isHere(userId),
      tell: (userId) => this.tell(userId),
      tellLater,
      settled: () => this.#settled(),
      now,
    });
  }

  /** Whether some inbox is owed news. */
  get isBehind(): boolean {
    return this.#fanOut.isBehind;
  }

  /** Commits of which some inbox has not been told. */
  get behind(): number {
    const room = this.#options.room();
    return room === null ? 0 : Math.max(0, room.newsRev - room.fannedRev);
  }

  /** Begins on what is to tell. */
  wake(): void {
    this.#fanOut.wake();
  }

  /** Tells what a turn has made news of. */
  follow(turn: Turn): void {
    if (turn.isNews) this.#fanOut.oweAll();
    for (const n of turn.owed) this.#fanOut.owe(turn.room.roster.userOf(n));
    this.#fanOut.wake();
  }

  /** Owes what the rows say was not told when the object went. */
  resume(): void {
    const room = this.#options.room();
    if (room === null) return;
    if (room.newsRev > room.fannedRev) this.#fanOut.oweAll();
    for (const n of room.store.readings.debtors()) {
      const { leftRev, profile } = room.roster.stay(n);
      if (leftRev === null) this.#fanOut.owe(profile.user.id);
    }
    // Or every wake-up of a quiet room would tell them again.
    this.#mayBeUnsaved = 0;
  }

  /** Brings one inbox up to date. */
  async tell(userId: string): Promise<void> {
    const { env, delivered } = this.#options;
    const room = this.#options.room();
    // The last member has left, and everybody's inbox was told so before the room was erased.
    if (room === null) return;
    const { readings } = room.store;
    const n = room.roster.find(userId)?.n ?? null;
    const debt = n === null ? null : readings.debtOf(n);
    const { deliveredSeq } = await tellInbox(env, room, userId);
    if (n !== null && debt !== null && this.#options.room() === room) {
      readings.pay(n, debt);
      this.#unsavedPayments += 1;
    }
    if (deliveredSeq !== null) delivered(userId, deliveredSeq);
  }

  #settled(): void {
    const room = this.#options.room();
    if (room !== null && (room.newsRev > room.fannedRev || this.#unsavedPayments > this.#mayBeUnsaved)) this.#save(room);
    this.#options.settled();
  }

  #save(room: LiveRoom): void {
    const newsRev = Math.max(room.newsRev, room.fannedRev);
    try {
      room.store.transaction(() => room.store.readings.setFannedRev(newsRev));
      room.fannedRev = newsRev;
      this.#unsavedPayments = 0;
      this.#mayBeUnsaved = cheapPayments;
    } catch (fault) {
      // The next round saves it; until then a wake-up tells them all again.
      console.error(`inboxes: not saved (${fault instanceof Error ? fault.name : 'unknown'})`);
      room.reload();
    }
  }
}

/** Whose inboxes hear of the room: those for whom it is there [BLOCK-1]. */
function recipientsIn(room: LiveRoom | null): string[] {
  const members = room?.roster.present().filter((member) => !member.concealed) ?? [];
  return members.map((member) => member.profile.user.id);
}
