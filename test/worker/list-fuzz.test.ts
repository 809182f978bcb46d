import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listScenarioOf, playLists } from '../fuzz/live/list-scenario';
import { minimaFor, playSeeds } from '../fuzz/live/play-seeds';
import { type Runtime, startPlainRuntime } from '../fuzz/live/runtime';
import { Tally } from '../fuzz/scenario/tally';

/** A long run goes by the clock. */
const minutes = process.env.FUZZ_MINUTES === undefined ? null : Number(process.env.FUZZ_MINUTES);
const runs = minutes === null ? Number(process.env.FUZZ_RUNS ?? 6) : Number.POSITIVE_INFINITY;
/** Real time is never the same twice: what a seed repeats is what is asked, not when it happens. */
const seed = Number(process.env.FUZZ_SEED ?? (minutes === null ? 1 : randomInt(2 ** 30)));
/** Worlds that are played side by side: most of their time is spent waiting. */
const worldsAtOnce = 6;

/** What must have happened in ten worlds, or they proved nothing: some third of what mostly does. */
const minimaOfTen = {
  send: 40,
  edit: 3,
  delete: 8,
  read: 17,
  'blocks known': 5,
  joined: 2,
  leave: 3,
  clear: 4,
  'own done': 12,
  link: 9,
  show: 4,
  'messages expired': 8,
  'messages hidden': 2,
  'asked again': 2,
  // A machine that is busy loses and resumes connections twice as often as a quiet one.
  resumes: 25,
  'previews looked at': 1_000,
  'lists compared': 120,
  'previews in the end': 50,
  'unread in the end': 80,
  'deliveries in the end': 15,
  'struck: kill': 2,
  'struck: abort': 8,
  'struck in the middle': 4,
};
/** What a world may miss by luck, and a long run may not. */
const minimaOfHundred = { 'struck: abort in alarm': 1, 'struck: abort in drain': 1, 'struck: abort in news': 20, 'struck: sleep': 1 };

let runtime: Runtime;
beforeAll(async () => {
  runtime = await startPlainRuntime();
}, 120_000);
afterAll(() => runtime.close());

test('[INBOX-1] [INBOX-2] [INBOX-4] [RCPT-4] on the real runtime every device’s list is what the model says, whatever dies meanwhile', {
  timeout: (minutes ?? 5) * 60_000 + 120_000,
}, async () => {
  const tally = new Tally();
  const { begun, wrong } = await playSeeds({
    firstSeed: seed,
    runs,
    minutes,
    atOnce: worldsAtOnce,
    scenarioOf: listScenarioOf,
    play: (scenario) => playLists(runtime, scenario, tally),
    describe: ({ operations }) => operations.map((operation) => JSON.stringify(operation)).join('\n'),
  });
  for (const [blow, times] of await runtime.struck()) {
    tally.add(`struck: ${blow}`, times);
    if (blow.startsWith('abort in')) tally.add('struck in the middle', times);
  }
  console.log(`${begun} worlds of real lists from seed ${seed}: ${tally}`);
  expect(wrong).toEqual([]);
  if (begun < 6) return;
  const minima = minimaFor(begun, minimaOfTen);
  expect(tally.missing({ ...minima, ...(begun < 100 ? {} : minimaOfHundred) }), String(tally)).toEqual([]);
});
