import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { describeScenario } from './scenario/operations';
import { play, scenarioOf, shrink } from './scenario/scenario';
import { Tally } from './scenario/tally';

/** A long run goes by the clock. */
const minutes = process.env.FUZZ_MINUTES === undefined ? null : Number(process.env.FUZZ_MINUTES);
const runs = minutes === null ? Number(process.env.FUZZ_RUNS ?? 600) : Number.POSITIVE_INFINITY;
/** The first run's; each further run has the next. A test is the same every time; a long run looks where none has looked. */
const seed = Number(process.env.FUZZ_SEED ?? (minutes === null ? 1 : randomInt(2 ** 30)));

/** What must have happened in a hundred runs, or they proved nothing: some third of what mostly does. */
const minimaOfHundred = {
  acknowledged: 250,
  'edit_message: done': 25,
  'delete_message: done': 20,
  'react: done': 30,
  'mark_read: done': 130,
  'open_message: opened': 20,
  'serve: served': 0.5,
  block: 40,
  'chats not there': 5,
  'messages hidden': 60,
  'messages edited away': 0.2,
  'reactions hidden': 3,
  'profile: done': 30,
  'readings not told': 5,
  'clear: done': 30,
  'messages cleared': 130,
  'messages caught up': 400,
  resumes: 100,
  resets: 300,
  'commits of several': 100,
  'failed commits': 8,
  'add done': 10,
  'remove done': 20,
  'change done': 20,
  'closed with 4401': 8,
  'closed with 4403': 30,
  'crash during commit': 13,
  'crash during drain': 8,
  'crash during alarm': 4,
  'crashes that lost work': 5,
  'evict during commit': 13,
  'evict during drain': 8,
  'evict during alarm': 4,
  'evictions that lost work': 3,
  sleeps: 20,
  resends: 30,
  'ids of others': 30,
  'media erased': 50,
  'rooms erased': 2,
};

/** A test has as much time as it was told to take, and then some to make a failure smaller. */
const timeout = (minutes ?? 5) * 60_000 + 300_000;

test('a room does what the model says, whatever its members, its network and its machine do', { timeout }, async () => {
  const tally = new Tally();
  const until = minutes === null ? Number.POSITIVE_INFINITY : performance.now() + minutes * 60_000;
  let run = 0;
  for (; run < runs && performance.now() < until; run += 1) {
    const scenario = scenarioOf(seed + run);
    try {
      await play(scenario, tally);
    } catch {
      const failure = await shrink(scenario);
      const error = failure.error instanceof Error ? failure.error.message : String(failure.error);
      const repeat = `To repeat it: FUZZ_SEED=${scenario.seed} FUZZ_RUNS=1. What is left of it:`;
      throw new Error(`${error}\n${repeat}\n${describeScenario(failure.scenario)}`);
    }
  }
  const minima = Object.fromEntries(Object.entries(minimaOfHundred).map(([what, minimum]) => [what, Math.floor((minimum * run) / 100)]));
  if (minutes !== null) console.log(`${run} rooms: ${tally}`);
  if (run >= 100) expect(tally.missing(minima), String(tally)).toEqual([]);
});
