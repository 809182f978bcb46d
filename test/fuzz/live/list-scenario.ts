import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../../support/poll';
import { SeededRandom } from '../../support/random';
import { act } from '../inbox/deeds';
import { expectDelivered } from '../inbox/delivered';
import type { ModelChat } from '../inbox/list-model';
import { pick } from '../inbox/list-run';
import { type Deed, drawOperation, type Operation } from '../inbox/operations';
import { compared, expectedRows, totalOf } from '../inbox/rows';
import { expectSame } from '../model/compare';
import type { Tally } from '../scenario/tally';
import { LiveLists } from './live-lists';
import type { Place, Runtime } from './runtime';

const operationsPerRun = 50;
const longestWaitMs = 700;
/** The clocks that run out while somebody waits; the others must not run out just then. */
const shortestLongSeconds = 60;
/** Previews that were left out are asked for again after 5 s and after 10 more. */
const restMs = 30_000;
/** All worlds have to come back from a kill, and sleep takes one of them eleven seconds. */
const killOneOf = 5;
const sleepOneOf = 5;

/** One world of lists. */
export interface ListScenario {
  readonly seed: number;
  readonly operations: readonly Operation[];
}

/** The same things happen as on the simulated machine, but for what only that can do. */
export function listScenarioOf(seed: number): ListScenario {
  const random = new SeededRandom(seed);
  const operations: Operation[] = [];
  while (operations.length < operationsPerRun) {
    const operation = drawOperation(random);
    if (operation.kind !== 'steps' && operation.kind !== 'settle') operations.push(operation);
  }
  return { seed, operations };
}

/** Plays it among new users of the runtime. @throws what was wrong */
export async function playLists(runtime: Runtime, { seed, operations }: ListScenario, tally: Tally): Promise<void> {
  const run = new LiveLists(runtime, seed, tally);
  try {
    await run.begin();
    for (const operation of operations) {
      await perform(run, operation);
      run.check();
    }
    await finish(run);
  } finally {
    for (const device of run.devices) device.dispose();
  }
}

async function perform(run: LiveLists, operation: Operation): Promise<void> {
  switch (operation.kind) {
    case 'advance':
      return void (await delay(Math.min(operation.ms, longestWaitMs)));
    case 'steps':
    case 'settle':
      return;
    // What fails on the simulated network dies here in the middle of what it does, as soon as it does that.
    case 'mood':
      return run.strike(run.room(pick(run.chats, operation.which)), pick(['abort in drain', 'abort in alarm'] as const, operation.which));
    case 'disk':
      return run.strike(run.inbox(run.user(operation.user).id), 'abort in news');
    case 'crash':
      return run.awaitBlow(placeOf(run, operation), operation.which % killOneOf === 0 ? 'kill' : 'abort');
    case 'evict':
      if (operation.which % sleepOneOf === 0) return run.strike(placeOf(run, operation), 'sleep');
      return run.strike(placeOf(run, operation), 'abort');
    default:
      run.tally.add(operation.kind);
      return act(run, withRealClock(operation));
  }
}

const placeOf = (run: LiveLists, { of, which }: { readonly of: 'inbox' | 'room'; readonly which: number }): Place =>
  of === 'inbox' ? run.inbox(run.user(which).id) : run.room(pick(run.chats, which));

/** A minute is over before the slowest machine has come to the end. */
function withRealClock(deed: Deed): Deed {
  return deed.kind === 'send' && deed.seconds === shortestLongSeconds ? { ...deed, seconds: 3_600 } : deed;
}

/** Lets everything come to rest, and holds every list then against the model: over REST, and on every device. */
async function finish(run: LiveLists): Promise<void> {
  for (const device of run.devices) if (!device.isOnline) device.goOnline();
  await delay(Math.max(0, lastShortEnd(run) - run.now) + 300);
  await run.wakeAll();
  await run.learnLines();
  for (const { id } of run.users) {
    await eventually(async () => {
      const { chats } = await run.world.chats(id, null, 50);
      const expected = expectedRows(run, id, chats);
      expectSame('[INBOX-2] the list over REST', chats.map(compared), expected);
      for (const device of run.devices.filter(({ userId }) => userId === id)) {
        expectSame('whether a device is connected', device.isLive, true);
        expectSame('[INBOX-1] the list of a device', device.rows.map(compared), expected);
        expectSame('[INBOX-1] the total of unread messages', device.unreadTotal, totalOf(expected));
      }
    }, restMs);
    countRows(run, id);
  }
  await eventually(() => expectDelivered(run), restMs);
  run.check();
  for (const { beginnings } of run.devices) {
    run.tally.add('resets', beginnings.resets);
    run.tally.add('resumes', beginnings.resumes);
  }
  for (const chat of run.chats) countEnds(run, chat);
}

/** When the last of the clocks that are worth waiting for runs out. */
function lastShortEnd({ chats, now }: LiveLists): number {
  const ends = chats.flatMap((chat) => chat.messages.flatMap((message) => chat.stays.map((stay) => chat.endFor(message, stay))));
  return Math.max(0, ...ends.filter((end) => end !== null).filter((end) => end < now + (shortestLongSeconds * 1_000) / 2));
}

function countRows(run: LiveLists, userId: string): void {
  const devices = run.devices.filter((device) => device.userId === userId);
  run.tally.add('lists compared', devices.length);
  for (const { rows, unreadTotal } of devices) {
    run.tally.add('rows compared', rows.length);
    run.tally.add('previews in the end', rows.filter(({ last_message }) => last_message?.preview != null).length);
    run.tally.add('unread in the end', unreadTotal);
  }
}

function countEnds(run: LiveLists, chat: ModelChat): void {
  const ofAll = chat.messages.filter(({ kind }) => kind !== 'system');
  run.tally.add('messages', ofAll.length);
  run.tally.add('messages hidden', ofAll.filter(({ hiddenFrom }) => hiddenFrom.size > 0).length);
  run.tally.add('messages deleted', ofAll.filter(({ endedAt }) => endedAt !== null).length);
  run.tally.add(
    'messages expired',
    ofAll.filter((message) => chat.present().every((stay) => (chat.endFor(message, stay) ?? Infinity) <= run.now)).length,
  );
}
