import type { Harness } from './harness';

/**
 * Writes `count` messages more into a room, as rows like that of its newest, since to send a hundred thousand would take a minute.
 * Nobody is told, and open sockets are closed. The room must have told everybody of what it holds.
 * @param others what is to be different, by column, as SQL of the number `n` (1 … count) and of the row `newest`
 */
export async function fillRoom(
  { worker }: Pick<Harness, 'worker'>,
  chatId: string,
  count: number,
  others: Record<string, string>,
): Promise<void> {
  const storage = await worker.getDurableObjectStorage('Room', { name: chatId });
  const [newest] = await storage.exec<{ seq: number }>('SELECT * FROM messages ORDER BY seq DESC LIMIT 1');
  if (newest === undefined) throw new Error('The room has no message to copy');
  const numbers: Record<string, string> = { seq: 'newest.seq + n', rev0: 'newest.rev0 + n', ...others };
  const columns = Object.keys(newest);
  await storage.exec(
    `WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count})
     INSERT INTO messages (${columns.join(', ')})
     SELECT ${columns.map((column) => numbers[column] ?? `newest.${column}`).join(', ')}
     FROM numbers, (SELECT * FROM messages ORDER BY seq DESC LIMIT 1) AS newest`,
  );
  const [{ filled } = { filled: 0 }] = await storage.exec<{ filled: number }>('SELECT count(*) AS filled FROM messages');
  if (filled < count) throw new Error(`The room holds ${filled} messages instead of ${count}`);
  // Its counters are read from the rows when it wakes up.
  await worker.evictDurableObject('Room', { name: chatId, webSockets: 'close' });
}
