import * as fc from 'fast-check';
import { finish } from './finish';
import { type Beginning, beginning, type Operation, operationsIn, type Scenario } from './operations';
import { perform } from './perform';
import { Run } from './run';
import { shrinkWith } from './shrink';
import { Tally } from './tally';

const maxOperations = 100;

export function scenarioOf(seed: number): Scenario {
  const draw = <T>(arbitrary: fc.Arbitrary<T>) => fc.sample(arbitrary, { seed, numRuns: 1 })[0];
  const first = draw(beginning);
  if (first === undefined) throw new Error('Nothing was drawn');
  const operations = draw(fc.array(operationsIn(first), { minLength: maxOperations / 4, maxLength: maxOperations, size: 'max' }));
  if (operations === undefined) throw new Error('Nothing was drawn');
  return { seed, beginning: first, operations };
}

/** Plays it on a new room, and checks everything after the last operation. @throws what the room did wrong */
export function play(scenario: Scenario, tally: Tally): Promise<void> {
  return playScript(
    scenario.beginning,
    async (run) => {
      for (const each of scenario.operations) await perform(run, each);
    },
    { seed: scenario.seed, tally },
  );
}

/** The same of what a test writes out itself. */
export async function playScript(
  beginning: Beginning,
  script: (run: Run) => Promise<void>,
  { seed = 1, tally = new Tally() } = {},
): Promise<void> {
  const run = new Run(beginning, seed, tally);
  run.room.install();
  try {
    await run.begin();
    await script(run);
    await finish(run);
  } finally {
    run.room.uninstall();
  }
}

/** The same failure with fewer operations, as far as it can be found in time. */
export function shrink(scenario: Scenario): Promise<{ readonly scenario: Scenario; readonly error: unknown }> {
  return shrinkWith<Operation, Scenario>(scenario, (tried) => play(tried, new Tally()));
}
