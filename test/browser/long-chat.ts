import type { Locator } from 'playwright-core';
import * as v from 'valibot';
import { expect } from 'vitest';
import { chatAnswer } from '../../src/protocol/rest';
import type { Screen } from '../support/browser';
import { text } from '../support/chats';
import { fillRoom } from '../support/fill-rows';
import { type Harness, startHarness } from '../support/harness';
import { type Person, signInAgain, signUp } from '../support/people';
import { eventually, type Stage } from './stage';
import type { Visitor } from './visitor';

/** Somebody in a chat with much in it. */
export interface LongChat {
  readonly ada: Visitor;
  /** Ada on another device, past the page. */
  readonly elsewhere: Person;
  readonly mira: Person;
  readonly chatId: string;
  /** Ids of the lines, by their number. */
  readonly ids: readonly string[];
  /** Mira writes more. */
  say(...lines: ReturnType<typeof text>[]): Promise<void>;
}

/**
 * Ada, with a group open in which Mira has written so many numbered lines, all of which Ada has read or none.
 * @param filled so many more by `addLines`
 */
export async function longChat(stage: Stage, screen: Screen, count: number, hasRead: boolean, filled = 0): Promise<LongChat> {
  const [ada, mira] = await Promise.all([stage.enter('Ada', screen), signUp(stage.url, 'Mira')]);
  const elsewhere = await signInAgain(stage.url, ada);
  const made = await mira.call('POST', '/api/chats', {
    is_group: true,
    name: 'Long',
    member_ids: [elsewhere.id],
    expiry: { expires_in_seconds: null, expire_mode: 'after_send' },
  });
  const chatId = v.parse(chatAnswer, made.body).chat.id;
  const say = async (...lines: ReturnType<typeof text>[]) => {
    for (let start = 0; start < lines.length; start += 64) {
      const answer = await mira.call('POST', `/api/chats/${chatId}/frames`, lines.slice(start, start + 64));
      expect(answer.status).toBe(200);
    }
  };
  const lines = Array.from({ length: count }, (_, index) => text(lineText(index + 1)));
  await say(...lines);
  if (filled > 0) await addLines(await startHarness(), chatId, count + 1, filled);
  const lastId = filled > 0 ? lineId(count + filled) : lines.at(-1)?.id;
  if (hasRead && lastId !== undefined) {
    await elsewhere.call('POST', `/api/chats/${chatId}/frames`, [{ type: 'mark_read', message_id: lastId }]);
  }
  await ada.openChat('Long');
  return { ada, elsewhere, mira, chatId, ids: lines.map(({ id }) => id), say };
}

/** What line so and so says: of many heights, so that guesses about what was not seen are wrong. */
export const lineText = (number: number) => `Line ${number}${' and more of it'.repeat((number * 7) % 23)}`;

/** The id of such a line, made so that it can be told from its number. */
const lineId = (number: number) => `${number.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;

/** Between one line and the next. */
const minutesApart = 7;

/** Which line that is, by what it says; NaN for what is none. */
export const numberOf = (line: string | undefined): number => Number(/^Line (\d+)/.exec(line ?? '')?.[1]);

/** The way to the newest line. */
export const newest = ({ page }: Visitor): Locator => page.getByRole('button', { name: /go to the newest$/i });

/** Writes so many lines more into a room: `Line <first>` and so on, up to the present. */
async function addLines(harness: Harness, chatId: string, first: number, count: number): Promise<void> {
  const storage = await harness.worker.getDurableObjectStorage('Room', { name: chatId });
  await storage.exec(`UPDATE messages SET created_at = created_at - ${count * minutesApart * 60_000}`);
  const number = `(${first - 1} + n)`;
  await fillRoom(harness, chatId, count, {
    id: `printf('%08x-0000-4000-8000-000000000000', ${number})`,
    body: `CAST('Line ' || ${number} || replace(hex(zeroblob(${number} * 7 % 23)), '00', ' and more of it') AS BLOB)`,
    created_at: `model.created_at + n * ${minutesApart * 60_000}`,
  });
}

/** Turns the wheel like somebody in a hurry, until `isDone`. */
export async function wheel(visitor: Visitor, px: number, isDone: () => Promise<boolean>): Promise<void> {
  const box = await visitor.page.getByTestId('log-scroll').boundingBox();
  if (box === null) throw new Error('There is no log');
  await visitor.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  for (let turns = 0; turns < 3_000; turns++) {
    await visitor.page.mouse.wheel(0, px);
    if (turns % 5 === 0 && (await isDone())) return atRest(visitor);
  }
  throw new Error('The wheel was turned 3,000 times');
}

/** Scrolling has come to rest. */
export async function atRest({ page }: Visitor): Promise<void> {
  await eventually(() => page.locator('.floating-day[data-shown="true"]').count()).toBe(0);
}
