import type { MemberState } from './state';

/** The member table in memory: who is in the room, and who ever was. */
export class Roster {
  readonly #byNumber = new Map<number, MemberState>();
  readonly #present = new Map<string, MemberState>();
  /** Members for whom the chat is not there yet [BLOCK-1]. */
  readonly concealed: readonly MemberState[];
  /** [RCPT-3] Nobody has turned them off. */
  readonly allSendReceipts: boolean;
  /** What is above it is hidden from nobody for being too old. */
  readonly hiddenToSeq: number;

  constructor(stays: readonly MemberState[]) {
    for (const stay of stays) {
      this.#byNumber.set(stay.n, stay);
      if (stay.leftRev === null) this.#present.set(stay.profile.user.id, stay);
    }
    this.concealed = this.present().filter((stay) => stay.concealed);
    this.allSendReceipts = this.present().every(({ profile }) => profile.readReceipts);
    this.hiddenToSeq = this.present().reduce((highest, stay) => Math.max(highest, stay.hiddenToSeq), 0);
  }

  /** Everybody who is in the room now, by their joining. */
  present(): MemberState[] {
    return [...this.#present.values()];
  }

  get size(): number {
    return this.#present.size;
  }

  /** The user's present stay, or null. */
  find(userId: string): MemberState | null {
    return this.#present.get(userId) ?? null;
  }

  /** @throws Error for a number that was never given: rows that name one are broken. */
  stay(n: number): MemberState {
    const stay = this.#byNumber.get(n);
    if (stay === undefined) throw new Error('A message names a stay that does not exist');
    return stay;
  }

  userOf(n: number): string {
    return this.stay(n).profile.user.id;
  }
}
