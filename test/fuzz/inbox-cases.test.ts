import { expect, test } from 'vitest';
import type { Operation } from './inbox/operations';
import { perform } from './inbox/perform';
import type { InboxRun } from './inbox/run';
import { playInboxScript } from './inbox/scenario';

/** What the fuzzer of lists found once, or what must not be left to its luck. The run itself holds all that happens against the model. */

const hour = 3_600_000;
/** The group of all four, as the number of a chat for anybody in all of theirs. */
const everybody = (run: InboxRun, userId: string) =>
  run.chats.filter((chat) => chat.stayOf(userId) !== undefined).findIndex(({ isGroup }) => isGroup);

async function act(run: InboxRun, ...operations: Operation[]): Promise<void> {
  for (const operation of operations) await perform(run, operation);
}

const sendTo = (run: InboxRun, user: number): Extract<Operation, { kind: 'send' }> => ({
  kind: 'send',
  user,
  chat: everybody(run, run.user(user).id),
  once: false,
  seconds: null,
  readClock: false,
});

test('[INBOX-1] a mute that was set while the chat was cleared ends, and devices are told, once the chat is back', () =>
  playInboxScript({ quietChats: 0 }, async (run) => {
    const chat = everybody(run, run.user(0).id);
    await act(run, { kind: 'clear', user: 0, chat }, { kind: 'advance', ms: 5_000 });
    await act(run, { kind: 'own', user: 0, chat, change: { muteMs: hour } }, sendTo(run, 1), { kind: 'advance', ms: 5_000 });
    const muted = () => run.devices[0]?.rows.find(({ id }) => id === run.chats.find(({ isGroup }) => isGroup)?.id)?.muted_until;
    expect(muted()).toBeGreaterThan(run.now);
    await act(run, { kind: 'advance', ms: hour });
    expect(muted()).toBe(null);
  }));

test('[INBOX-3] an inbox that was out of reach for an hour, its rooms evicted meanwhile, ends right, and no message waited for it', () =>
  playInboxScript({ quietChats: 0 }, async (run) => {
    await act(run, { kind: 'mood', of: 'inbox', which: 0, mood: 'failing' });
    for (let sent = 0; sent < 20; sent += 1) {
      const before = run.now;
      await act(run, sendTo(run, 1));
      // Sent, committed and answered, and not a moment has gone by: no inbox was waited for.
      expect(run.now).toBe(before);
      await act(run, { kind: 'advance', ms: 180_000 }, { kind: 'evict', of: 'room', which: sent });
    }
    const mine = () => run.devices.find(({ userId }) => userId === run.user(0).id)?.unreadTotal;
    expect(mine()).toBe(0);
    await act(run, { kind: 'mood', of: 'inbox', which: 0, mood: 'well' }, { kind: 'advance', ms: hour });
    expect(mine()).toBe(20);
  }));

test('[GROUP-2] [INBOX-1] news of a chat that arrive after those of its end, though sent before, bring nothing into the list', () =>
  playInboxScript({ quietChats: 0 }, async (run) => {
    const { id } = run.user(0);
    const inbox = run.inbox(id);
    const listed = async (): Promise<string[]> => {
      const page: Promise<{ chats: { id: string }[] }> = run.machine.ask(inbox, 'chats', [id, null, 20]);
      await run.settle();
      return (await page).chats.map((chat) => chat.id).sort();
    };
    const before = await listed();
    const late = { ...run.devices.find(({ userId }) => userId === id)?.rows[0], id: '00000000-0000-4000-8000-000000000001' };
    for (const [call, args] of [
      ['removeChat', [6, late.id]],
      ['noteChat', [5, late]],
    ] as const) {
      const told = run.machine.ask(inbox, call, [...args]);
      await run.settle();
      await told;
    }
    expect(await listed()).toEqual(before);
  }));

test('[EXP-3] a message is gone from a list on time, though the frame that told the time was long on its way, and no news of the end comes', () =>
  playInboxScript({ quietChats: 0 }, async (run) => {
    await act(run, { kind: 'disk', user: 0, isSlow: true }, { kind: 'crash', of: 'inbox', which: 0 }, { kind: 'advance', ms: 10_000 });
    await act(run, { kind: 'disk', user: 0, isSlow: false }, { kind: 'settle' });
    await act(run, { ...sendTo(run, 1), seconds: 5 }, { kind: 'advance', ms: 2_000 });
    const shown = () => run.devices.filter(({ rows }) => rows.some(({ last_message }) => last_message?.preview === '#1#')).length;
    expect(shown()).toBe(run.devices.length);
    await act(run, { kind: 'mood', of: 'inbox', which: 0, mood: 'silent' }, { kind: 'advance', ms: 3_000 });
    expect(shown()).toBe(0);
  }));

const endings: Record<string, (run: InboxRun) => Operation> = {
  deleted: () => ({ kind: 'delete', user: 1, which: 0 }),
  edited: () => ({ kind: 'edit', user: 1, which: 0 }),
  cleared: (run) => ({ kind: 'clear', user: 0, chat: everybody(run, run.user(0).id) }),
};
test.each(Object.keys(endings))(
  '[INBOX-2] a preview is not handed out of a message that was %s while another room let itself be waited for',
  (how) =>
    playInboxScript({ quietChats: 0 }, async (run) => {
      const { id } = run.user(0);
      const mine = run.chats.filter((chat) => chat.stayOf(id) !== undefined);
      const among = mine.findIndex(({ isGroup }) => !isGroup);
      const direct = run.chats.findIndex((chat) => chat.id === mine[among]?.id);
      await act(run, { ...sendTo(run, 0), chat: among }, sendTo(run, 1), { kind: 'advance', ms: 5_000 });
      const group = run.chats.find(({ isGroup }) => isGroup)?.id ?? '';
      const inbox = run.inbox(id);
      const told = async () => {
        const page: { chats: { id: string; last_message: { preview: string | null } | null }[] } = await run.machine.ask(inbox, 'chats', [
          id,
          null,
          20,
        ]);
        return page.chats.find((chat) => chat.id === group)?.last_message?.preview ?? null;
      };
      const [now] = await Promise.all([told(), run.settle()]);
      expect(now).toBe('#2#');
      await act(run, { kind: 'mood', of: 'room', which: direct, mood: 'silent' });
      const late = told();
      await act(run, { kind: 'settle' });
      const ending = endings[how]?.(run);
      if (ending !== undefined) await act(run, ending);
      await act(run, { kind: 'advance', ms: 2_000 }, { kind: 'advance', ms: 2_000 });
      expect(await late).not.toBe('#2#');
      await act(run, { kind: 'mood', of: 'room', which: direct, mood: 'well' });
    }),
);

for (const does of ['crash', 'evict'] as const) {
  test(`[INBOX-3] [INBOX-4] what an inbox was told and had not yet written is told again after ${does === 'crash' ? 'its death' : 'it was evicted'}`, () =>
    playInboxScript({ quietChats: 0 }, async (run) => {
      await act(run, { kind: 'disk', user: 0, isSlow: true }, sendTo(run, 1), { kind: 'advance', ms: 1_000 });
      expect(run.inbox(run.user(0).id).storage.isBehind).toBe(true);
      await act(run, { kind: does, of: 'inbox', which: 0 }, { kind: 'disk', user: 0, isSlow: false }, { kind: 'advance', ms: 60_000 });
      const device = run.devices.find(({ userId }) => userId === run.user(0).id);
      expect(device?.unreadTotal).toBe(1);
    }));

  test(`[BLOCK-1] a block is carried to its room by an inbox that ${does === 'crash' ? 'dies' : 'is evicted'} between the answer and the errand`, () =>
    playInboxScript({ quietChats: 0 }, async (run) => {
      await act(run, { kind: 'mood', of: 'room', which: 0, mood: 'silent' }, { kind: 'block', user: 0, isActive: true });
      await act(run, { kind: 'steps', count: 20 }, { kind: 'advance', ms: 2_000 });
      expect([...run.blocks.values()]).toEqual([{ isActive: true, isKnown: true }]);
      await act(run, { kind: does, of: 'inbox', which: 0 }, { kind: 'mood', of: 'room', which: 0, mood: 'well' });
      await act(run, { kind: 'advance', ms: 60_000 });
      expect(run.chats[0]?.isBlockedBy(run.user(0).id)).toBe(true);
    }));

  test(`[INBOX-1] a mute ends although the inbox ${does === 'crash' ? 'died in the middle of its alarm' : 'was evicted before its alarm'}`, () =>
    playInboxScript({ quietChats: 0 }, async (run) => {
      const chat = everybody(run, run.user(0).id);
      await act(
        run,
        { kind: 'own', user: 0, chat, change: { muteMs: 1_000 } },
        { kind: 'settle' },
        { kind: 'disk', user: 0, isSlow: does === 'crash' },
      );
      await act(run, { kind: 'advance', ms: 1_000 }, { kind: does, of: 'inbox', which: 0 }, { kind: 'disk', user: 0, isSlow: false });
      await act(run, { kind: 'advance', ms: 60_000 });
      const storage = run.inbox(run.user(0).id).storage;
      expect([storage.rows('SELECT chat_id FROM chats WHERE muted_until IS NOT NULL'), storage.rows('SELECT key FROM jobs')]).toEqual([
        [],
        [],
      ]);
    }));
}
