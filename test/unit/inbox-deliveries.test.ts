import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deliveries } from '../../src/inbox/deliveries';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp(tellRoom: (userId: string, chatId: string, seq: number) => Promise<void> = async () => {}) {
  const told: string[] = [];
  const later: string[] = [];
  const deliveries = new Deliveries({
    tellRoom: (...what) => {
      told.push(what.join(' '));
      return tellRoom(...what);
    },
    tellLater: (...what) => void later.push(what.join(' ')),
  });
  return { deliveries, told, later };
}

describe('[INBOX-4] acknowledgements on their way to the rooms', () => {
  it('ride on the answer to the room’s next call, as often as it takes, and then cost none', async () => {
    const { deliveries, told } = setUp();
    deliveries.note('ada', 'chat', 5, 3);
    expect(deliveries.answer('chat', 3)).toBe(5);
    expect(deliveries.answer('chat', 3)).toBe(5);
    expect(deliveries.answer('chat', 5)).toBeNull();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told).toEqual([]);
  });

  it('are told after a second where no call came: the newest of each chat, once', async () => {
    const { deliveries, told } = setUp();
    for (const seq of [4, 6, 5]) deliveries.note('ada', 'one', seq, 3);
    deliveries.note('ada', 'two', 9, 0);
    await vi.advanceTimersByTimeAsync(999);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toEqual(['ada one 6', 'ada two 9']);
    deliveries.note('ada', 'one', 6, 3);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told).toHaveLength(2);
  });

  it('of what the room knows already are none', async () => {
    const { deliveries, told } = setUp();
    deliveries.note('ada', 'chat', 3, 3);
    expect(deliveries.answer('chat', 2)).toBeNull();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told).toEqual([]);
  });

  it('wait for no room that hangs: it is told later', async () => {
    const { deliveries, told, later } = setUp((_, chatId) => (chatId.startsWith('hangs') ? new Promise(() => {}) : Promise.resolve()));
    for (let i = 0; i < 8; i++) deliveries.note('ada', `hangs ${i}`, 2, 0);
    deliveries.note('ada', 'up', 2, 0);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([told.includes('ada up 2'), later.length]).toEqual([true, 8]);
  });

  it('are kept for later where a room does not answer', async () => {
    const { deliveries, later } = setUp(async (_, chatId) => {
      if (chatId === 'down') throw new Error('down');
    });
    deliveries.note('ada', 'down', 2, 0);
    deliveries.note('ada', 'up', 2, 0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(later).toEqual(['ada down 2']);
  });
});
