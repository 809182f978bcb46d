import { expect, test } from 'vitest';
import { CommitLoop } from '../../src/room/commit-loop';

/** A loop whose disk and whose ears finish when they are told to. */
function slowLoop() {
  const batches: string[][] = [];
  const waiting: (() => void)[] = [];
  const step = () => new Promise<void>((resolve) => waiting.push(resolve));
  const loop = new CommitLoop<string>({ commit: (batch) => batches.push(batch), written: step, heard: step });
  /** Lets the loop get past `steps` things that it waits for. */
  const pass = async (steps: number) => {
    for (let passed = 0; passed < steps; passed += 1) {
      waiting.shift()?.();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  };
  return { loop, batches, pass };
}

test('what comes to a quiet room is committed at once', async () => {
  const { loop, batches, pass } = slowLoop();
  loop.submit('a');
  expect(batches).toEqual([['a']]);
  await pass(1);
  loop.submit('b');
  expect(batches).toEqual([['a'], ['b']]);
});

test('what comes while a commit is on its way becomes the next one', async () => {
  const { loop, batches, pass } = slowLoop();
  loop.submit('a');
  loop.submit('b');
  await pass(1);
  loop.submit('c');
  expect(batches).toEqual([['a']]);
  await pass(1);
  expect(batches).toEqual([['a'], ['b', 'c']]);
});

test('after a commit of several the first that comes waits for those that have arrived with it, and not longer', async () => {
  const { loop, batches, pass } = slowLoop();
  for (const work of ['a', 'b', 'c']) loop.submit(work);
  await pass(4);
  expect(batches).toEqual([['a'], ['b', 'c']]);
  loop.submit('d');
  loop.submit('e');
  expect(batches).toHaveLength(2);
  await pass(3);
  expect(batches).toEqual([['a'], ['b', 'c'], ['d', 'e']]);
  loop.submit('f');
  await pass(2);
  expect(batches.at(-1)).toEqual(['f']);
  loop.submit('g');
  expect(batches.at(-1)).toEqual(['g']);
});
