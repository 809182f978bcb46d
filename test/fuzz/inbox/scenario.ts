import { SeededRandom } from '../../support/random';
import { shrinkWith } from '../scenario/shrink';
import { Tally } from '../scenario/tally';
import { finish } from './finish';
import { drawOperation, type Operation } from './operations';
import { perform } from './perform';
import { type Beginning, InboxRun } from './run';

/** Everything that makes a run happen again as it did. */
export interface InboxScenario {
  readonly seed: number;
  readonly beginning: Beginning;
  readonly operations: readonly Operation[];
}

const operationsPerRun = 120;

export function inboxScenarioOf(seed: number): InboxScenario {
  const random = new SeededRandom(seed);
  // Enough for three pages, and for more changes than are told as changes.
  const beginning = { quietChats: random.below(8) === 0 ? 130 : 0 };
  return { seed, beginning, operations: Array.from({ length: operationsPerRun }, () => drawOperation(random)) };
}

export function playInbox({ seed, beginning, operations }: InboxScenario, tally: Tally): Promise<void> {
  return playInboxScript(
    beginning,
    async (run) => {
      for (const operation of operations) await perform(run, operation);
    },
    { seed, tally },
  );
}

/** The same of what a test writes out itself. */
export async function playInboxScript(
  beginning: Beginning,
  script: (run: InboxRun) => Promise<void>,
  { seed = 1, tally = new Tally() } = {},
): Promise<void> {
  const run = new InboxRun(beginning, seed, tally);
  run.machine.install();
  try {
    await run.begin();
    await script(run);
    await finish(run);
  } finally {
    for (const device of run.devices) device.dispose();
    run.machine.uninstall();
  }
}

/** The same failure with fewer operations, as far as it can be found in time. */
export function shrinkInbox(scenario: InboxScenario): Promise<{ readonly scenario: InboxScenario; readonly error: unknown }> {
  return shrinkWith<Operation, InboxScenario>(scenario, (tried) => playInbox(tried, new Tally()));
}
