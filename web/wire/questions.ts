import type { ClientRoomEventInput, ErrorEvent, ServerRoomEvent } from '../../src/protocol/room-frames';
import type { Platform } from './platform';
import { offlineProblem, WireProblem } from './wire-problem';

/** What a user asks of one message and waits for: each is answered by an event or refused by an error that names the message. */
export type Question = Extract<ClientRoomEventInput, { type: 'edit_message' | 'delete_message' | 'react' | 'unreact' | 'open_message' }>;

/** Without an answer for this long the user is told; a late one still changes the state. */
const answerTimeoutMs = 10_000;

interface Waiting {
  readonly question: Question;
  hears(event: ServerRoomEvent): boolean;
  refuse(problem: WireProblem): void;
}

/** The questions of one connection that have no answer yet. Unlike messages, none outlives its connection: the user is there to ask again. */
export class Questions {
  readonly #platform: Platform;
  readonly #waiting = new Set<Waiting>();

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /**
   * Waits for the first event for which `answers` gives something.
   * @throws WireProblem with the server's code, or `offline` when the connection went first
   */
  wait<Answer>(question: Question, answers: (event: ServerRoomEvent) => Answer | undefined): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        callOff();
        this.#waiting.delete(waiting);
      };
      const waiting: Waiting = {
        question,
        hears(event) {
          const answer = answers(event);
          if (answer === undefined) return false;
          settle();
          resolve(answer);
          return true;
        },
        refuse(problem) {
          settle();
          reject(problem);
        },
      };
      const callOff = this.#platform.after(answerTimeoutMs, () => waiting.refuse(offlineProblem()));
      this.#waiting.add(waiting);
    });
  }

  hear(event: ServerRoomEvent): void {
    for (const waiting of [...this.#waiting]) waiting.hears(event);
  }

  /** Gives an error to the oldest question about the message it names. */
  refuse({ ref, code, detail, retry_after_ms }: ErrorEvent): void {
    const asked = [...this.#waiting].find(({ question }) => question.id === ref);
    asked?.refuse(new WireProblem(code, detail, [], retry_after_ms ?? null));
  }

  /** The connection is gone, and what it still had to say with it. */
  dropAll(): void {
    for (const waiting of [...this.#waiting]) waiting.refuse(offlineProblem());
  }
}
