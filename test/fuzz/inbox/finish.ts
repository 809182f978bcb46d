import type { ChatSummary } from '../../../src/protocol/models';
import { Disagreement, expectSame } from '../model/compare';
import { expectDelivered } from './delivered';
import type { ExpectedRow } from './list-model';
import type { Device } from './page';
import { compared, expectedRows, totalOf } from './rows';
import type { InboxRun } from './run';

/** Longer than every pause of rooms and inboxes: a parked job's included. */
const healingMs = 70 * 60_000;

/** Lets everything come to rest, and holds every list then against the model: live, from scratch, and over REST. */
export async function finish(run: InboxRun): Promise<void> {
  await heal(run);
  expectBlocks(run);
  for (const { id } of run.users) {
    const pages = await restRows(run, id);
    const expected = expectedRows(run, id, pages);
    expectSame('[INBOX-2] the list over REST', pages.map(compared), expected);
    for (const device of run.devices.filter(({ userId }) => userId === id)) await expectDevice(run, device, expected);
    expectNoText(run, id);
  }
  await fromScratch(run);
  await run.machine.advance(5_000);
  await expectDelivered(run);
}

async function heal(run: InboxRun): Promise<void> {
  for (const object of run.machine.objects) {
    object.mood = 'well';
    object.isDiskSlow = false;
  }
  await run.settle();
  for (const device of run.devices) if (!device.isOnline) run.machine.outside(() => device.goOnline());
  await run.machine.advance(healingMs);
  run.check();
}

interface Page {
  readonly chats: ChatSummary[];
  readonly nextCursor: string | null;
}

async function restRows(run: InboxRun, userId: string): Promise<ChatSummary[]> {
  const rows: ChatSummary[] = [];
  let cursor: string | null = null;
  do {
    const asked: Promise<Page> = run.machine.ask(run.inbox(userId), 'chats', [userId, cursor, 20]);
    await run.settle();
    const page = await asked;
    rows.push(...page.chats);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return rows;
}

/** [INBOX-1] [RCPT-4] */
async function expectDevice(run: InboxRun, device: Device<unknown, unknown>, expected: readonly ExpectedRow[]): Promise<void> {
  expectSame('whether a device is connected', device.isLive, true);
  for (let pages = 0; device.hasMore; pages += 1) {
    if (pages > 20) throw new Disagreement('pages of a list', pages, 'fewer');
    run.machine.outside(() => device.loadMore());
    await run.machine.advance(1_000);
  }
  expectSame('[INBOX-1] the list of a device', device.rows.map(compared), expected);
  const total = totalOf(expected);
  expectSame('[INBOX-1] the total of unread messages', device.unreadTotal, total);
  run.tally.add('lists compared');
  run.tally.add('rows compared', expected.length);
  run.tally.add('unread in the end', total);
  run.tally.add('previews in the end', expected.filter(({ preview }) => preview !== null).length);
}

/** [INBOX-2] */
function expectNoText(run: InboxRun, userId: string): void {
  const dump = run.inbox(userId).storage.dump();
  expectSame('[INBOX-2] message text that an inbox stores', dump.match(/#\d+#/g), null);
}

/** [BLOCK-1] What a user was told to be blocked is, in the room, and what not is not. */
function expectBlocks(run: InboxRun): void {
  for (const [pair, { isActive, isKnown }] of run.blocks) {
    if (!isKnown) continue;
    const [userId = '', otherId = ''] = pair.split(' ');
    const chat = run.chats.find(
      ({ isGroup, stays }) => !isGroup && [userId, otherId].every((id) => stays.some((stay) => stay.userId === id)),
    );
    expectSame('[BLOCK-1] what a room knows of a block', chat?.isBlockedBy(userId), isActive);
  }
}

/** The same for pages that are opened now. */
async function fromScratch(run: InboxRun): Promise<void> {
  for (const [index, { userId }] of run.devices.slice(0, run.users.length).entries()) {
    run.machine.outside(() => run.reload(index));
    await run.machine.advance(5_000);
    const device = run.devices[index];
    if (device === undefined) throw new Error('The device is gone');
    const pages = await restRows(run, userId);
    await expectDevice(run, device, expectedRows(run, userId, pages));
  }
  for (const { beginnings } of run.devices) {
    run.tally.add('resets', beginnings.resets);
    run.tally.add('resumes', beginnings.resumes);
  }
}
