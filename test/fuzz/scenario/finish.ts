import { tombstoneRetentionMs } from '../../../src/protocol/limits';
import { isOverForAll } from '../model/clocks';
import { Disagreement, expectMessages, expectSame } from '../model/compare';
import { nextDue, presentSummary, visibleMessages } from '../model/present';
import type { Client, Run } from './run';

/** Longer than every pause of the room: a parked job's included. */
const healingMs = 70 * 60_000;

/** Lets everything come to rest, and holds what there is then against the model: sessions, pages, lists, stores, rows. */
export async function finish(run: Run): Promise<void> {
  await heal(run);
  await expectConvergence(run);
  await expectPages(run);
  expectLists(run);
  expectNothingLost(run);
  expectRowsForgot(run);
  expectAwake(run);
  countSecrets(run);
}

/** What somebody must not have seen, of what is still kept. */
function countSecrets({ model: { state }, tally }: Run): void {
  const messages = [...state.messages.values()];
  tally.add('messages hidden', messages.filter(({ hidden, type }) => hidden === 'always' && type !== 'system').length);
  tally.add('messages edited away', messages.filter(({ hidden }) => typeof hidden === 'number').length);
  const reactions = messages.flatMap((message) => [...message.reactions.values()]);
  tally.add('reactions hidden', reactions.filter(({ isHidden }) => isHidden).length);
  for (const { joinedSeq, clearedSeq, readSeq, toldReadSeq, isConcealed } of state.stays) {
    tally.add('messages cleared', messages.filter(({ seq }) => seq > joinedSeq && seq <= clearedSeq).length);
    if (readSeq > (toldReadSeq ?? readSeq)) tally.add('readings not told');
    if (isConcealed) tally.add('chats not there');
  }
}

async function heal(run: Run): Promise<void> {
  run.room.isDiskSlow = false;
  run.room.strike = null;
  run.room.storage.faultIn = null;
  run.room.outside.mood = 'well';
  // An inbox does not rest until the room knows.
  for (const errand of run.errands) await run.runErrand(errand);
  await run.settle();
  run.expectAnswered();
  // Every session comes back from where it stands; those of half the tabs were there all the time.
  for (const client of run.clients) {
    if (client.socket !== null) await run.listen(client);
    else if (canEnter(run, client)) await run.connect(client, 'here');
  }
  // What a room does on its waking, it does now.
  await run.read(
    async () => {},
    () => {},
  );
  await run.settle();
  await run.room.advance(healingMs);
  run.check();
}

const canEnter = (run: Run, { userId, sid }: Client) => run.model.stayOf(userId) !== undefined && !run.model.state.endedSessions.has(sid);

async function expectConvergence(run: Run): Promise<void> {
  run.expectConverged();
  for (const { replica } of run.clients) {
    run.tally.add('resets', replica.resets);
    run.tally.add('resumes', replica.resumes);
    run.tally.add('messages caught up', replica.caughtUp);
  }
  // From scratch alike: the watch compares each welcome with the model.
  for (const client of run.clients.slice(0, run.users.length)) {
    if (client.socket === null) continue;
    await run.disconnect(client);
    await run.connect(client, 'nothing');
    await run.settle();
    run.expectConverged([client]);
  }
}

async function expectPages(run: Run): Promise<void> {
  for (const { userId, sid } of run.clients.slice(0, run.users.length)) {
    const stay = run.model.stayOf(userId);
    if (stay === undefined) continue;
    await run.read(
      (room) => room.history({ userId, sid }, null, 100),
      (result) => {
        if (!result.ok) throw new Error(`A page was refused: ${result.code}`);
        run.watch.nameLines(result.value.messages);
        expectMessages(run.model, visibleMessages(run.model, stay).slice(-100), result.value.messages.toReversed(), { stay, sid }, run.now);
      },
    );
  }
  await run.settle();
}

/** [INBOX-2] [INBOX-3] What every member's chat list and the directory were told at last. */
function expectLists(run: Run): void {
  const { inboxes, directory, isRemoved } = run.room.outside;
  for (const { id } of run.users) {
    const stay = run.model.stayOf(id);
    const listed = inboxes.get(id);
    if (stay === undefined) {
      if (listed !== undefined) expectSame('[GROUP-2] the list of who is no member', listed.summary, null);
      continue;
    }
    const { last_seq, updated_at, ...lasting } = presentSummary(run.model, stay, run.now);
    // [BLOCK-1] What each was shown last is forgotten with its tombstone, of which no list is told.
    const { blocks, messages, seq } = run.model.state;
    const isForgotten = blocks.size > 0 && messages.size < seq;
    const expected = isForgotten ? lasting : { ...lasting, last_seq, ...(updated_at === undefined ? {} : { updated_at }) };
    const { last_message: last, ...summary } = listed?.summary ?? { last_message: null };
    const got = { ...summary, last_message: last === null ? null : { id: last.id, preview: last.preview } };
    const told = Object.fromEntries(Object.entries(got).filter(([key]) => key in expected));
    expectSame('[INBOX-2] a chat list', told, { ...expected, last_message: shortened(expected.last_message) });
  }
  if (run.model.isDeserted) return expectSame('[GROUP-1] whether the directory forgot the chat', [directory, isRemoved], [null, true]);
  const members = run.model.present().map(({ userId, role, joinedAt }) => ({ userId, role, joinedAt }));
  expectSame('the directory', [directory?.name, directory?.members], [run.model.state.name, members]);
}

/** [INBOX-2] A preview is the beginning of the text. */
function shortened(last: { readonly id: string; readonly preview: string | null } | null) {
  return last === null ? null : { ...last, preview: last.preview === null ? null : last.preview.slice(0, 100).replace(/\s+/g, ' ') };
}

/** [SYNC-4] [SEND-3] What was acknowledged is there, once, at its place, for as long as tombstones are kept. */
function expectNothingLost(run: Run): void {
  const { messages } = run.model.state;
  for (const { seq, id, created_at } of run.watch.acknowledged.values()) {
    const message = messages.get(seq);
    const mayBeForgotten = run.now - created_at >= tombstoneRetentionMs;
    if (message?.id !== id && !(message === undefined && mayBeForgotten)) throw new Disagreement(`[SYNC-4] message ${seq}`, message, id);
  }
  run.tally.add('acknowledged', run.watch.acknowledged.size);
}

/** [EXP-4] [EXP-5] Gone means gone: from every row, and the bytes of every medium whose message is over. */
function expectRowsForgot(run: Run): void {
  const dump = run.room.storage.dump();
  const left = run.watch.goneMarks().filter((mark) => dump.includes(mark));
  expectSame('[EXP-4] contents that rows still hold', left, []);
  const { state } = run.model;
  for (const [id, { seq, due }] of state.media) {
    const message = seq === null ? undefined : state.messages.get(seq);
    const isKept =
      message === undefined
        ? seq === null && due !== null && !run.model.isDeserted
        : !isOverForAll(state, message, run.now) && !run.model.isDeserted;
    expectSame('[EXP-5] whether the bytes of a medium are gone', run.room.outside.erasedMedia.has(id), !isKept);
    if (!isKept) run.tally.add('media erased');
  }
  if (run.model.isDeserted) {
    expectSame('[GROUP-1] what the erased room stores', run.room.storage.rows("SELECT name FROM sqlite_master WHERE type = 'table'"), []);
    run.tally.add('rooms erased');
  }
}

/** The room wakes up for what is next, and for nothing else. */
function expectAwake(run: Run): void {
  const due = run.model.isDeserted ? null : nextDue(run.model, run.now);
  const { alarmAt } = run.room;
  if (due === null ? alarmAt !== null : alarmAt === null || alarmAt > due)
    throw new Disagreement('[EXP-4] when the alarm goes off', alarmAt, due);
}
