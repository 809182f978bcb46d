import * as v from 'valibot';
import type { CreateRoom } from '../../../src/room/creation';
import { writeConfig } from '../config';
import { type Harness, startAlone } from '../harness';
import { until } from '../poll';
import type { Account } from './ledger';

const state = v.object({ now: v.number(), isAtRest: v.boolean(), alarmAt: v.nullable(v.number()) });
const count = v.object({ runs: v.number(), written: v.number(), read: v.number() });
const account = v.object({
  statements: v.record(v.string(), v.record(v.string(), count)),
  calls: v.record(v.string(), v.record(v.string(), v.number())),
});

/** A deployment that keeps account of what its objects do, on a clock that a test sets. */
export class MeteredDeployment {
  readonly harness: Harness;

  private constructor(harness: Harness) {
    this.harness = harness;
  }

  static async start(): Promise<MeteredDeployment> {
    return new MeteredDeployment(await startAlone({}, writeConfig('metered', 'test/support/metered/worker.ts')));
  }

  get url(): string {
    return this.harness.url;
  }

  async makeRoom(order: CreateRoom): Promise<void> {
    const answer = await fetch(`${this.url}/metered/rooms`, { method: 'POST', body: JSON.stringify(order) });
    if ((await answer.json()) !== true) throw new Error('No room was made');
  }

  /** Resolves when no object does anything or waits for anything but its alarm. */
  async rest(): Promise<void> {
    let restsSeen = 0;
    // Between two calls nothing may be under way for a moment: what is at rest stays so.
    await until(
      'everything to come to rest',
      async () => {
        restsSeen = (await this.#ask('state', state)).isAtRest ? restsSeen + 1 : 0;
        return restsSeen >= 4;
      },
      60_000,
    );
  }

  /** Of all objects at rest: what they did since this was last asked. */
  async takeAccount(): Promise<Account> {
    await this.rest();
    return this.#ask('account', account);
  }

  /** When the room is to be awake next, by the deployment's clock; null for never. */
  async alarmOf(chatId: string): Promise<number | null> {
    return (await this.#ask(`state/${chatId}`, state)).alarmAt;
  }

  /** The clock goes forward to the room's alarm, and that goes off, or so late. Returns whether there was one, `end` at the latest. */
  async nextAlarm(chatId: string, end = Number.POSITIVE_INFINITY, lateByMs = 0): Promise<boolean> {
    await this.rest();
    const at = await this.alarmOf(chatId);
    if (at === null || at > end) return false;
    await this.jumpTo(at + lateByMs);
    await this.#ask(`alarm/${chatId}`, state);
    await this.rest();
    return true;
  }

  /** An access token that is good now. */
  async signIn(userId: string): Promise<string> {
    return this.harness.signIn(userId, await this.now());
  }

  /** Lets time go by until nothing is to come any more, with alarms that are so late. */
  async runOut(chatId: string, lateByMs = 0): Promise<void> {
    while (await this.nextAlarm(chatId, Number.POSITIVE_INFINITY, lateByMs));
  }

  async now(): Promise<number> {
    return (await this.#ask('state', state)).now;
  }

  /** Every time that is told from now on is this or later. */
  async jumpTo(time: number): Promise<void> {
    await this.#ask(`jump/${time}`, state);
  }

  /** The room goes to sleep, as it does after ten seconds of silence. */
  async sleep(chatId: string): Promise<void> {
    await this.rest();
    try {
      await this.harness.worker.evictDurableObject('Room', { name: chatId, webSockets: 'hibernate' });
    } catch (error) {
      const isAsleep = error instanceof Error && error.message.includes('not currently running');
      if (!isAsleep) throw error;
    }
  }

  close(): Promise<void> {
    return this.harness.close();
  }

  async #ask<Schema extends v.GenericSchema>(what: string, schema: Schema): Promise<v.InferOutput<Schema>> {
    const answer = await fetch(`${this.url}/metered/${what}`);
    return v.parse(schema, await answer.json());
  }
}
