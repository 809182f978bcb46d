import { describe, expect, it } from 'vitest';
import type { ServerInboxEvent } from '../../src/protocol/inbox-frames';
import type { User } from '../../src/protocol/models';
import { Blocks } from '../../web/blocks/blocks';
import { memberOf } from './web-models';
import { settle, testId } from './web-platform';

const userOf = (number: number): User => memberOf(testId(number)).user;
const inbox: ServerInboxEvent = {
  type: 'inbox',
  epoch: 'first',
  rev: 1,
  server_time: 1,
  chats: [],
  removed: [],
  next_cursor: null,
  unread_total: 0,
  unread_chats: 0,
  reset: true,
};
const changed = (number: number, blocked: boolean) => ({ type: 'block_changed', user_id: testId(number), blocked }) as const;

/** Blocks over a server whose answers the test gives, in any order. */
function makeBlocks() {
  const questions: {
    readonly cursor: string | null;
    answer(numbers: readonly number[], next?: string | null): Promise<void>;
    fail(): Promise<void>;
  }[] = [];
  const told: string[] = [];
  const blocks = new Blocks({
    blocks: (cursor) =>
      new Promise((resolve, reject) => {
        questions.push({
          cursor,
          answer: (numbers, next_cursor = null) => {
            resolve({ blocks: numbers.map((number) => ({ user: userOf(number), blocked_at: number })), next_cursor });
            return settle();
          },
          fail: () => {
            reject(new Error('offline'));
            return settle();
          },
        });
      }),
    block: async (id) => void told.push(`block ${id}`),
    unblock: async (id) => void told.push(`unblock ${id}`),
  });
  const known = () => [...blocks.people.value.keys()];
  const question = (index: number) => {
    const asked = questions[index];
    if (asked === undefined) throw new Error(`Only ${questions.length} questions were asked`);
    return asked;
  };
  return { blocks, questions, question, told, known };
}

describe('[BLOCK-1] whom the user blocks', () => {
  it('is asked for at every connection, page by page, and stays what it was when that fails', async () => {
    const { blocks, question, questions, known } = makeBlocks();
    blocks.onInboxEvent(inbox);
    await question(0).answer([1, 2], 'more');
    expect([question(1).cursor, known()]).toEqual(['more', []]);
    await question(1).answer([3]);
    expect(known()).toEqual([1, 2, 3].map(testId));
    expect([blocks.has(testId(3)), blocks.has(testId(4)), blocks.has(undefined)]).toEqual([true, false, false]);
    blocks.onInboxEvent(inbox);
    await question(2).fail();
    expect(known()).toEqual([1, 2, 3].map(testId));
    expect(questions).toHaveLength(3);
  });

  it('follows what is done here and on other devices', async () => {
    const { blocks, question, questions, told, known } = makeBlocks();
    await blocks.block(userOf(1));
    await blocks.block(userOf(2));
    expect(known()).toEqual([2, 1].map(testId));
    // Told of one’s own doing, too: it is no news.
    blocks.onInboxEvent(changed(2, true));
    expect(questions).toHaveLength(0);
    await blocks.unblock(testId(1));
    blocks.onInboxEvent(changed(3, true));
    await question(0).answer([3, 2]);
    expect(known()).toEqual([3, 2].map(testId));
    blocks.onInboxEvent(changed(3, false));
    expect(known()).toEqual([testId(2)]);
    expect(told).toEqual([`block ${testId(1)}`, `block ${testId(2)}`, `unblock ${testId(1)}`]);
  });

  it('never goes back to an answer from before a change', async () => {
    const { blocks, question, known } = makeBlocks();
    blocks.onInboxEvent(inbox);
    await blocks.block(userOf(1));
    await question(0).answer([]);
    expect(known()).toEqual([testId(1)]);
    await question(1).answer([1]);
    expect(known()).toEqual([testId(1)]);
    blocks.onInboxEvent(inbox);
    blocks.onInboxEvent(changed(1, false));
    await question(3).answer([]);
    await question(2).answer([1]);
    expect(known()).toEqual([]);
  });
});
