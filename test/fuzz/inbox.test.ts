import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { inboxScenarioOf, playInbox, shrinkInbox } from './inbox/scenario';
import { Tally } from './scenario/tally';

/** A long run goes by the clock. */
const minutes = process.env.FUZZ_MINUTES === undefined ? null : Number(process.env.FUZZ_MINUTES);
const runs = minutes === null ? Number(process.env.FUZZ_RUNS ?? 60) : Number.POSITIVE_INFINITY;
/** The first run's; each further run has the next. A test is the same every time; a long run looks where none has looked. */
const seed = Number(process.env.FUZZ_SEED ?? (minutes === null ? 1 : randomInt(2 ** 30)));

/** What must have happened in a hundred runs, or they proved nothing: some third of what mostly does. */
const minimaOfHundred = {
  send: 600,
  edit: 100,
  delete: 120,
  'delete refused': 15,
  read: 300,
  'own done': 200,
  'blocks known': 130,
  'room.setBlock': 200,
  'room.clear': 60,
  'room.removeMember': 30,
  'room.addMembers': 30,
  'room.noteDelivered': 1_000,
  'inbox.noteChat': 7_000,
  'inbox.removeChat': 100,
  'inbox.chats': 300,
  crash: 150,
  'crashes in the middle of a commit': 15,
  evict: 100,
  resets: 500,
  resumes: 300,
  'lists compared': 500,
  'rows compared': 3_500,
  'previews looked at': 50_000,
  'previews in the end': 700,
  'unread in the end': 2_000,
  'deliveries in the end': 60,
};

/** A test has as much time as it was told to take, and then some to make a failure smaller. */
const timeout = (minutes ?? 5) * 60_000 + 300_000;

test('[INBOX-1] [INBOX-2] [INBOX-4] [RCPT-4] every device’s list is what the model says, whatever happens to chats, network and machine', {
  timeout,
}, async () => {
  const tally = new Tally();
  const until = minutes === null ? Number.POSITIVE_INFINITY : performance.now() + minutes * 60_000;
  let run = 0;
  for (; run < runs && performance.now() < until; run += 1) {
    const scenario = inboxScenarioOf(seed + run);
    try {
      await playInbox(scenario, tally);
    } catch {
      const failure = await shrinkInbox(scenario);
      const error = failure.error instanceof Error ? failure.error.message : String(failure.error);
      const { beginning, operations } = failure.scenario;
      const left = [`beginning: ${JSON.stringify(beginning)}`, ...operations.map((each) => JSON.stringify(each))].join('\n');
      throw new Error(`${error}\nTo repeat it: FUZZ_SEED=${scenario.seed} FUZZ_RUNS=1. What is left of it:\n${left}`);
    }
  }
  const minima = Object.fromEntries(Object.entries(minimaOfHundred).map(([what, minimum]) => [what, Math.floor((minimum * run) / 100)]));
  if (minutes !== null) console.log(`${run} lists: ${tally}`);
  if (run >= 30) expect(tally.missing(minima), String(tally)).toEqual([]);
});
