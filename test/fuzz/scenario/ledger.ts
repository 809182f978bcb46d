import type { Notice, Outcome, Request } from '../model/entries';
import { type Founding, RoomModel } from '../model/room-model';

type Done = { readonly at: number; readonly request: Request } | { readonly at: number; readonly notice: Notice };

/** Something asked that waits for its commit, and who wants to know what must come of it. */
export interface Waiting {
  readonly request: Request;
  readonly expect: (outcome: Outcome) => void;
}

/**
 * Keeps the model in step with the room: requests wait until the room takes them, and after a crash the model is what it was
 * when the disk last heard of it.
 */
export class Ledger {
  model: RoomModel;
  /** How many commits there were: whatever ended in the present one may still be told. */
  commit = 0;
  readonly #founding: Founding;
  readonly #foundedAt: number;
  #done: Done[] = [];
  #durable = 0;
  #waiting: Waiting[] = [];
  /** In which commit each message last got another content, or none. */
  readonly changes = new Map<string, number>();
  /** In which commit each stay last cleared the chat, and up to where it had done so before. */
  readonly clearings = new Map<number, { readonly commit: number; readonly before: number }>();
  /** In which commit each stay ended, and with which line. */
  readonly departures = new Map<number, { readonly commit: number; readonly seq: number }>();

  constructor(founding: Founding, foundedAt: number) {
    this.#founding = founding;
    this.#foundedAt = foundedAt;
    this.model = new RoomModel(founding, foundedAt);
  }

  wait(waiting: Waiting): void {
    this.#waiting.push(waiting);
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** The room has taken the longest waiting `count`. */
  take(count: number, now: number): void {
    this.commit += 1;
    for (const { request, expect } of this.#waiting.splice(0, count)) {
      this.#done.push({ at: now, request });
      expect(this.#apply(request, now));
    }
  }

  /** The room has failed them. */
  fail(count: number): void {
    for (const { expect } of this.#waiting.splice(0, count)) expect({ kind: 'refused', codes: ['unavailable'] });
  }

  note(notice: Notice, now: number): void {
    this.#done.push({ at: now, notice });
    this.model.notice(notice, now);
  }

  flushed(): void {
    this.#durable = this.#done.length;
  }

  /** What waited is forgotten. Returns how much that was. */
  forgetWaiting(): number {
    const count = this.#waiting.length;
    this.#waiting = [];
    return count;
  }

  /** What the disk has not heard of never happened. Returns how many requests that undid. */
  crash(): number {
    this.forgetWaiting();
    const lost = this.#done.splice(this.#durable);
    this.model = new RoomModel(this.#founding, this.#foundedAt);
    for (const done of this.#done) {
      if ('request' in done) this.#apply(done.request, done.at);
      else this.model.notice(done.notice, done.at);
    }
    // Names are what the room said, not what it wrote: of what is still there they hold.
    for (const entry of lost) if ('notice' in entry && isName(entry.notice)) this.note(entry.notice, entry.at);
    return lost.filter((entry) => 'request' in entry).length;
  }

  #apply(request: Request, now: number): Outcome {
    const { messages, stays } = this.model.state;
    const before = [...messages.values()].map((message) => ({ message, content: message.content }));
    const present = stays.filter(({ isPresent }) => isPresent);
    const cleared = new Map(stays.map(({ n, clearedSeq }) => [n, clearedSeq]));
    const outcome = this.model.apply(request, now);
    for (const { message, content } of before) if (message.content !== content) this.changes.set(message.id, this.commit);
    for (const { n, clearedSeq } of stays) {
      const before = cleared.get(n) ?? 0;
      const isAgain = this.clearings.get(n)?.commit === this.commit;
      if (clearedSeq > before && !isAgain) this.clearings.set(n, { commit: this.commit, before });
    }
    for (const stay of present) if (!stay.isPresent) this.departures.set(stay.n, { commit: this.commit, seq: this.model.state.seq });
    return outcome;
  }
}

const isName = ({ kind }: Notice) => kind === 'name_line' || kind === 'name_lease';
