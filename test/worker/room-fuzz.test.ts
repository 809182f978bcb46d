import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { minimaFor, playSeeds } from '../fuzz/live/play-seeds';
import { type Runtime, roomBlows, startPlainRuntime } from '../fuzz/live/runtime';
import { liveScenarioOf, playLive } from '../fuzz/live/scenario';
import { describeScenario } from '../fuzz/scenario/operations';
import { Tally } from '../fuzz/scenario/tally';

/** A long run goes by the clock. */
const minutes = process.env.FUZZ_MINUTES === undefined ? null : Number(process.env.FUZZ_MINUTES);
const runs = minutes === null ? Number(process.env.FUZZ_RUNS ?? 40) : Number.POSITIVE_INFINITY;
/** Real time is never the same twice: what a seed repeats is what is asked, not when it happens. */
const seed = Number(process.env.FUZZ_SEED ?? (minutes === null ? 1 : randomInt(2 ** 30)));
/** Rooms that are played side by side: most of their time is spent waiting. */
const roomsAtOnce = 8;

/** What must have happened in ten rooms, or they proved nothing: some third of what mostly does. */
const minimaOfTen = {
  acknowledged: 40,
  'asked again': 2,
  'sent twice at once': 12,
  bursts: 15,
  'messages caught up': 40,
  resumes: 8,
  'contents told': 250,
  'delete_message: done': 2,
  'edit_message: done': 2,
  'mark_read: done': 7,
  'open_message: opened': 0.7,
  'react: done': 2.5,
  block: 2.5,
  'clear done': 1.5,
  'profile done': 2,
  'add done': 0.5,
  'remove done': 0.8,
  'messages hidden': 10,
  'messages expired': 8,
  'histories read': 15,
  'sessions converged': 13,
};

let runtime: Runtime;
beforeAll(async () => {
  runtime = await startPlainRuntime();
}, 120_000);
afterAll(() => runtime.close());

test('[SYNC-3] [SYNC-4] [SEND-8] real rooms are what the model says, on every device, whatever dies meanwhile', {
  timeout: (minutes ?? 5) * 60_000 + 120_000,
}, async () => {
  const tally = new Tally();
  const { begun, wrong } = await playSeeds({
    firstSeed: seed,
    runs,
    minutes,
    atOnce: roomsAtOnce,
    scenarioOf: liveScenarioOf,
    play: (scenario) => playLive(runtime, scenario, tally),
    describe: describeScenario,
  });
  for (const [blow, times] of await runtime.struck()) tally.add(`struck: ${blow}`, times);
  console.log(`${begun} real rooms from seed ${seed}: ${tally}`);
  expect(wrong).toEqual([]);
  if (begun < 30) return;
  const minima = minimaFor(begun, minimaOfTen);
  expect(tally.missing({ ...minima, ...Object.fromEntries(roomBlows.map((blow) => [`struck: ${blow}`, 1])) }), String(tally)).toEqual([]);
});
