import { describe, expect, test } from 'vitest';
import type { DurableEvent } from '../../src/room/dispatch';
import { perform } from './scenario/perform';
import type { Client, Run } from './scenario/run';
import { playScript } from './scenario/scenario';

/** What the fuzzer found once, as short as it gets. The run itself holds all that happens against the model. */

const lasting = { expires_in_seconds: null, expire_mode: 'after_send' } as const;
const group = { isGroup: true, members: 3, policy: lasting, blockers: [] } as const;
const direct = { isGroup: false, members: 2, policy: lasting, blockers: [] } as const;
const afterRead = { ...group, policy: { expires_in_seconds: 5, expire_mode: 'after_read' } } as const;

/** The first tab of the user with this number. */
function tab(run: Run, user: number): Client {
  const client = run.clients[user];
  if (client === undefined) throw new Error('There is no such user');
  return client;
}

/** Some tab of the user’s that has a connection. */
const onlineTab = (run: Run, user: number): Client =>
  run.clients.find(({ userId, socket }) => userId === idOf(run, user) && socket !== null) ?? tab(run, user);

const idOf = (run: Run, user: number) => tab(run, user).userId;

function text(run: Run, viewOnce = false): Extract<DurableEvent, { type: 'send_message' }> {
  const id = run.newId();
  return { type: 'send_message', id, message_type: 'text', content: run.watch.contentFor(id), view_once: viewOnce };
}

/** Events of a user, as one frame; what follows from them happens unless the disk stalls. */
async function say(run: Run, user: number, ...events: DurableEvent[]): Promise<void> {
  const { userId, sid } = tab(run, user);
  await run.sendFrame(
    onlineTab(run, user),
    events.map((event) => ({ kind: 'event', userId, sid, event })),
  );
  if (!run.room.isDiskSlow) await run.settle();
}

async function remove(run: Run, user: number, other: number): Promise<void> {
  const [userId, memberId] = [idOf(run, user), idOf(run, other)];
  await run.submit(
    [{ kind: 'remove', userId, memberId }],
    (room) => room.removeMember(userId, memberId),
    () => {},
  );
  if (!run.room.isDiskSlow) await run.settle();
}

async function add(run: Run, user: number, other: number): Promise<void> {
  const [userId, id] = [idOf(run, user), idOf(run, other)];
  await run.submit(
    [{ kind: 'add', userId, profiles: [{ userId: id, version: 1, readReceipts: true }] }],
    (room) => room.addMembers(userId, [run.profile(id)]),
    () => {},
  );
  await run.settle();
}

async function clear(run: Run, user: number): Promise<void> {
  const userId = idOf(run, user);
  await run.submit(
    [{ kind: 'clear', userId }],
    (room) => room.clear(userId),
    () => {},
  );
  if (!run.room.isDiskSlow) await run.settle();
}

async function block(run: Run, user: number, blocks: boolean): Promise<void> {
  await run.decide(idOf(run, user), blocks);
  await run.settle();
}

async function setReceipts(run: Run, user: number, sends: boolean): Promise<void> {
  await run.setReceipts(idOf(run, user), sends);
  await run.settle();
}

/** How far the user’s first tab thinks that the other has got. */
function cursorOf(run: Run, user: number, other: number) {
  const { delivered_seq, read_seq } = tab(run, user).replica.cursors.get(idOf(run, other)) ?? {};
  return [delivered_seq, read_seq];
}

/** What each may see is held against the model at every step; these only make it happen. */
describe('who may not hear it', () => {
  for (const [what, end] of [
    ['its end', { expires_in_seconds: 60, expire_mode: 'after_send' }],
    ['the end of their own copy', { expires_in_seconds: 60, expire_mode: 'after_read' }],
  ] as const) {
    test(`[INBOX-1] whoever has cleared a message is told neither of ${what} nor of the erasing of its bytes`, () =>
      playScript({ ...group, policy: end }, async (run) => {
        await perform(run, { kind: 'upload', client: 13, viewOnce: false, isAdmitted: true });
        await perform(run, {
          kind: 'frame',
          client: 13,
          via: 'socket',
          events: [{ kind: 'image', medium: 1, clock: null, caption: false }],
        });
        expect(run.model.state.messages.get(2)?.mediaId).toBeTruthy();
        for (const user of [0, 1, 2]) await say(run, user, { type: 'mark_read', message_id: run.knownIds[0] ?? '' });
        for (const user of [0, 1, 2]) await clear(run, user);
        await run.room.advance(120_000);
        expect(tab(run, 0).replica.messages.size).toBe(0);
      }));
  }

  test('[INBOX-1] a clearing is told after what came before it in its commit, and before what came after it', () =>
    playScript(group, async (run) => {
      run.room.isDiskSlow = true;
      await say(run, 0, text(run));
      await say(run, 0, text(run));
      await clear(run, 1);
      await say(run, 0, text(run));
      run.room.isDiskSlow = false;
      await run.settle();
      expect(tab(run, 1).replica.messages.size).toBe(1);
    }));

  test('[INBOX-1] [SYNC-2] a resume brings nothing that was cleared, although a later reading covers it', () =>
    playScript(afterRead, async (run) => {
      await say(run, 0, text(run));
      await clear(run, 1);
      const said = text(run);
      await say(run, 0, said);
      const other = run.clients.find(({ userId, sid }) => userId === idOf(run, 1) && sid !== tab(run, 1).sid);
      if (other !== undefined) await run.connect(other, 'nothing');
      await run.settle();
      await run.disconnect(tab(run, 1));
      await say(run, 1, { type: 'mark_read', message_id: said.id });
      await run.connect(tab(run, 1), 'here');
      await run.settle();
      expect(tab(run, 1).replica.messages.size).toBe(1);
    }));

  test('[SEND-8] whoever leaves is not told that their leaving ends a message that they have cleared', () =>
    playScript(group, async (run) => {
      await say(run, 0, text(run, true));
      await clear(run, 2);
      await remove(run, 1, 1);
      await remove(run, 2, 2);
    }));

  test('[BLOCK-1] [SEND-6] how a deleted message went does not tell whether it has reached the blocker meanwhile', () =>
    playScript(direct, async (run) => {
      const said = text(run);
      await say(run, 0, said);
      await block(run, 1, true);
      await say(run, 1, { type: 'mark_read', message_id: said.id });
      await say(run, 0, { type: 'delete_message', id: said.id });
      expect(tab(run, 0).replica.messages.get(said.id)).toMatchObject({ deleted_reason: 'deleted', undone: true });
    }));

  test('[SEND-8] whoever is removed hears nothing of what waited behind the removal', () =>
    playScript(group, async (run) => {
      run.room.isDiskSlow = true;
      await say(run, 1, text(run));
      await remove(run, 0, 2);
      await say(run, 1, text(run));
      run.room.isDiskSlow = false;
      await run.settle();
    }));

  test('[SEND-8] an edit of, a reaction to and the end of an earlier message are not told to whoever joined after it', () =>
    playScript(group, async (run) => {
      const [said, deleted] = [text(run), text(run)];
      await say(run, 1, said, deleted);
      await add(run, 0, 4);
      await run.connect(tab(run, 4), 'nothing');
      await say(run, 1, { type: 'edit_message', id: said.id, content: run.watch.contentFor(said.id) });
      await say(run, 0, { type: 'react', id: said.id, emoji: '👍' }, { type: 'delete_message', id: deleted.id });
      expect(tab(run, 4).replica.messages.size).toBe(1);
    }));

  test('[EXP-3] an edit and a reaction are not told to readers whose own copies have ended', () =>
    playScript(afterRead, async (run) => {
      const said = text(run);
      await say(run, 0, said);
      await say(run, 1, { type: 'mark_read', message_id: said.id });
      await run.room.advance(5_000);
      await say(run, 0, { type: 'edit_message', id: said.id, content: run.watch.contentFor(said.id) });
      await say(run, 2, { type: 'react', id: said.id, emoji: '👍' });
      expect(tab(run, 1).replica.messages.get(said.id)).toMatchObject({ content: null, reactions: [] });
      expect(tab(run, 0).replica.messages.get(said.id)?.reactions).toHaveLength(1);
    }));
});

describe('what somebody who was no recipient leaves behind', () => {
  for (const viewOnce of [false, true]) {
    test(`[EXP-1] [ONCE-5] their leaving ends no ${viewOnce ? 'view-once ' : ''}message from before them that had no recipients`, () =>
      playScript({ ...afterRead, members: 2 }, async (run) => {
        await remove(run, 1, 1);
        const said = text(run, viewOnce);
        await say(run, 0, said);
        await add(run, 0, 3);
        await remove(run, 0, 3);
        await run.room.advance(60_000);
        expect(tab(run, 0).replica.messages.get(said.id)?.deleted_at).toBe(null);
      }));
  }
});

describe('what must still be told', () => {
  test('[RCPT-3] a reading of what was not delivered is told as delivery to whoever sees no receipts', () =>
    playScript(group, async (run) => {
      await setReceipts(run, 0, false);
      const said = text(run);
      await say(run, 0, said);
      await say(run, 1, { type: 'mark_read', message_id: said.id });
      await run.room.advance(1_000);
      expect([cursorOf(run, 0, 1), cursorOf(run, 2, 1)]).toEqual([
        [2, 0],
        [2, 2],
      ]);
    }));

  test('[BLOCK-1] how far the two have got is, once none blocks the other any more', () =>
    playScript(direct, async (run) => {
      await block(run, 0, true);
      const said = text(run);
      await say(run, 0, said);
      await say(run, 1, text(run), { type: 'mark_read', message_id: said.id });
      await run.room.advance(1_000);
      expect(cursorOf(run, 0, 1)).toEqual([0, 0]);
      await block(run, 0, false);
      await run.room.advance(1_000);
      expect(cursorOf(run, 0, 1)).toEqual([2, 2]);
    }));

  test('[INBOX-3] a message is, when the bytes of an upload that nobody sent are erased meanwhile', () =>
    playScript(group, async (run) => {
      await perform(run, { kind: 'upload', client: 1, viewOnce: false, isAdmitted: true });
      await run.room.advance(3_600_000 - 1);
      run.room.outside.mood = 'silent';
      await run.room.advance(1);
      await say(run, 0, text(run));
      await say(run, 0, text(run));
      run.room.outside.mood = 'well';
      // The erasing has waited longest; its last call comes last.
      while (await run.room.answer(0)) await run.room.flush();
    }));

  test('[RCPT-4] a reading is, to the reader’s own list, when the process dies right after it', () =>
    playScript(group, async (run) => {
      const [first, second] = [text(run), text(run)];
      await say(run, 0, first, second);
      await run.room.advance(10_000);
      await say(run, 1, { type: 'mark_read', message_id: first.id });
      await say(run, 1, { type: 'mark_read', message_id: second.id });
      await run.crash();
    }));
});

describe('a room whose last member has left', () => {
  test('[GROUP-1] stays forgotten when the directory hears late of how it was', () =>
    playScript({ ...group, members: 2 }, async (run) => {
      run.room.outside.mood = 'silent';
      await remove(run, 1, 1);
      const unanswered = run.room.outside.asked;
      await run.room.advance(15_000);
      await remove(run, 0, 0);
      run.room.outside.mood = 'well';
      // The latest first: those that waited when the room was still there come last.
      while (await run.room.answer(unanswered)) await run.room.flush();
      for (let call = 0; call < unanswered; call += 1) await run.room.answer(0);
    }));

  test('[GROUP-1] answers whoever still asks that there is no such chat', () =>
    playScript({ ...group, members: 2 }, async (run) => {
      await remove(run, 1, 1);
      await remove(run, 0, 0);
      const userId = idOf(run, 0);
      const change = { name: 'Late', policy: null };
      await run.submit(
        [{ kind: 'change', userId, ...change }],
        (room) => room.changeChat(userId, change),
        () => {},
        { asksFirst: false },
      );
    }));

  test('[GROUP-1] forgets whom it could not reach', () =>
    playScript({ ...group, members: 2 }, async (run) => {
      await run.room.advance(10_000);
      run.room.outside.mood = 'silent';
      await say(run, 0, text(run));
      const unanswered = run.room.outside.asked;
      await run.room.advance(5_000);
      await remove(run, 1, 1);
      await remove(run, 0, 0);
      run.room.outside.mood = 'well';
      while (await run.room.answer(unanswered)) await run.room.flush();
      run.room.outside.mood = 'failing';
      for (let call = 0; call < unanswered; call += 1) await run.room.answer(0);
    }));
});
