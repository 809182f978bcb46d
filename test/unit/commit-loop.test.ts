import { expect, test } from 'vitest';
import { CommitLoop } from '../../src/room/commit-loop';

/** A loop whose disk and whose ears finish when they are told to, and whose frames leave when `frames.areOut`. */
function slowLoop() {
  const batches: string[][] = [];
  const frames = { areOut: true };
  const waiting: (() => void)[] = [];
  const step = () => new Promise<void>((resolve) => waiting.push(resolve));
  const loop = new CommitLoop<string>({
    commit: (batch) => batches.push(batch),
    written: step,
    heard: step,
    isSending: () => !frames.areOut,
  });
  /** Lets the loop get past `steps` things that it waits for. */
  const pass = async (steps: number) => {
    for (let passed = 0; passed < steps; passed += 1) {
      waiting.shift()?.();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  };
  return { loop, batches, frames, pass };
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
  await pass(2);
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
  await pass(4);
  expect(batches).toEqual([['a'], ['b', 'c'], ['d', 'e']]);
  loop.submit('f');
  await pass(2);
  expect(batches.at(-1)).toEqual(['f']);
  loop.submit('g');
  expect(batches.at(-1)).toEqual(['g']);
});

test('a busy room gathers as long as more comes with each turn', async () => {
  const { loop, batches, pass } = slowLoop();
  for (const work of ['a', 'b', 'c']) loop.submit(work);
  await pass(2);
  expect(batches).toEqual([['a'], ['b', 'c']]);
  await pass(1);
  for (const work of ['d', 'e', 'f']) {
    loop.submit(work);
    await pass(1);
    expect(batches).toHaveLength(2);
  }
  await pass(1);
  expect(batches.at(-1)).toEqual(['d', 'e', 'f']);
});

test('a busy room gathers until the frames of its last commit have left', async () => {
  const { loop, batches, frames, pass } = slowLoop();
  for (const work of ['a', 'b', 'c']) loop.submit(work);
  await pass(2);
  frames.areOut = false;
  loop.submit('d');
  await pass(10);
  loop.submit('e');
  await pass(3);
  expect(batches).toEqual([['a'], ['b', 'c']]);
  frames.areOut = true;
  await pass(1);
  expect(batches.at(-1)).toEqual(['d', 'e']);
});

test('frames that never leave hold up nobody for good', async () => {
  const { loop, batches, frames, pass } = slowLoop();
  for (const work of ['a', 'b', 'c']) loop.submit(work);
  await pass(2);
  frames.areOut = false;
  loop.submit('d');
  await pass(100);
  expect(batches.at(-1)).toEqual(['d']);
});
