import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SessionEndings } from '../../src/inbox/session-endings';

/** Endings over rows in memory, with a clock that the test moves. */
function makeEndings(tellRoom: (chatId: string, sid: string) => Promise<void>, rooms: Record<string, string[]>) {
  const clock = { now: 1_000_000 };
  const ended = new Map<string, number>();
  const open = new Set(Object.entries(rooms).flatMap(([sid, chatIds]) => chatIds.map((chatId) => `${sid} ${chatId}`)));
  const alarm = {
    at: null as number | null,
    setAlarm: vi.fn(async (time: number | Date) => {
      alarm.at = Number(time);
    }),
    deleteAlarm: vi.fn(async () => {
      alarm.at = null;
    }),
  };
  const endings = new SessionEndings({
    store: {
      rememberEndedSession: (sid, now) => {
        if (!ended.has(sid)) ended.set(sid, now);
      },
      endedSessionsWithRooms: () =>
        [...open].flatMap((entry) => {
          const [sid = '', chatId = ''] = entry.split(' ');
          const endedAt = ended.get(sid);
          return endedAt === undefined ? [] : [{ sid, chatId, endedAt }];
        }),
      forgetOpenRoom: (sid, chatId) => open.delete(`${sid} ${chatId}`),
    },
    tellRoom,
    alarm,
    now: () => clock.now,
    random: () => 0.999,
  });
  return { endings, alarm, clock, open, ended };
}

describe('the end of a session', () => {
  beforeAll(() => void vi.spyOn(console, 'warn').mockImplementation(() => {}));
  afterAll(() => void vi.restoreAllMocks());

  it('[AUTH-4] is told to every room it opened and to no other, and leaves no alarm', async () => {
    const told: string[] = [];
    const tellRoom = async (chatId: string, sid: string) => void told.push(`${sid} ${chatId}`);
    const { endings, alarm, open } = makeEndings(tellRoom, { mine: ['a', 'b'], other: ['a'] });
    await endings.end('mine');
    expect(told.sort()).toEqual(['mine a', 'mine b']);
    expect([...open]).toEqual(['other a']);
    expect(alarm.at).toBeNull();
    await endings.end('mine');
    expect(told).toHaveLength(2);
  });

  it('[AUTH-4] sets the alarm in the turn that commits it: a crash before any room knows is made up for', () => {
    const { endings, alarm, clock, ended } = makeEndings(() => new Promise(() => {}), { mine: ['a'] });
    void endings.end('mine');
    expect(ended.has('mine')).toBe(true);
    expect(alarm.at).toBeGreaterThan(clock.now);
  });

  it('[AUTH-4] a session that opened no room costs no alarm', async () => {
    const { endings, alarm } = makeEndings(async () => {}, {});
    await endings.end('mine');
    expect(alarm.setAlarm).not.toHaveBeenCalled();
    expect(alarm.deleteAlarm).not.toHaveBeenCalled();
  });

  it('[AUTH-4] a room that hangs holds neither the logout nor the other rooms', async () => {
    vi.useFakeTimers();
    try {
      const told: string[] = [];
      const tellRoom = async (chatId: string) => {
        if (chatId === 'hung') await new Promise(() => {});
        told.push(chatId);
      };
      const { endings, alarm, clock, open } = makeEndings(tellRoom, { mine: ['hung', 'a', 'b'] });
      let isDone = false;
      void endings.end('mine').then(() => {
        isDone = true;
      });
      await vi.advanceTimersByTimeAsync(1_000);
      expect([isDone, told]).toEqual([true, ['a', 'b']]);
      clock.now += 10_000;
      await vi.advanceTimersByTimeAsync(10_000);
      expect([...open]).toEqual(['mine hung']);
      expect(alarm.at).toBeGreaterThan(clock.now);
    } finally {
      vi.useRealTimers();
    }
  });

  it('[AUTH-4] a room that fails is told again after waits that grow to ten minutes and no further', async () => {
    const tellRoom = async () => {
      throw new Error('down');
    };
    const { endings, alarm, clock } = makeEndings(tellRoom, { mine: ['a'] });
    const waits: number[] = [];
    await endings.end('mine');
    for (let tries = 0; tries < 16; tries++) {
      waits.push((alarm.at ?? 0) - clock.now);
      clock.now = alarm.at ?? 0;
      await endings.tellRooms();
    }
    expect(waits.slice(0, 8).every((wait, index) => index < 2 || wait >= (waits[index - 1] ?? 0) * 1.9)).toBe(true);
    expect(waits.at(-1)).toBeGreaterThan(590_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(600_000);
  });

  it('[AUTH-4] after a wake-up a missing or past alarm is set anew, if there is anybody to tell', async () => {
    const { endings, alarm, clock, ended } = makeEndings(async () => {}, { mine: ['a'] });
    endings.resume(null);
    expect(alarm.at).toBeNull();
    ended.set('mine', clock.now);
    endings.resume(clock.now + 500);
    expect(alarm.at).toBeNull();
    for (const alarmAt of [null, clock.now, clock.now - 60_000]) {
      alarm.at = null;
      endings.resume(alarmAt);
      expect(alarm.at).toBe(clock.now + 1);
    }
  });
});
