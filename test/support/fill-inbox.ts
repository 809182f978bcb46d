import type { Harness } from './harness';

/**
 * Puts `count` chats more into a user's list, as rows like that of a chat that is in it: to make ten thousand rooms would take
 * minutes. Their rooms are not there, devices are not told, and open sockets are closed.
 * @param others what is to be different, by column, as SQL of the number `n` (1 … count) and of the row `model`
 */
export async function fillInbox(
  { worker }: Pick<Harness, 'worker'>,
  userId: string,
  chatId: string,
  count: number,
  others: Record<string, string>,
): Promise<void> {
  const storage = await worker.getDurableObjectStorage('Inbox', { name: userId });
  const [model] = await storage.exec<Record<string, string | number | null>>('SELECT * FROM chats WHERE chat_id = ?', chatId);
  if (model === undefined) throw new Error('The list has no such chat to copy');
  const numbers: Record<string, string> = { chat_id: "printf('%08x-0000-4000-8000-000000000000', n)", rev: 'model.rev + n', ...others };
  const columns = Object.keys(model);
  await storage.exec(
    `WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count})
     INSERT INTO chats (${columns.join(', ')})
     SELECT ${columns.map((column) => numbers[column] ?? `model.${column}`).join(', ')}
     FROM numbers, (SELECT * FROM chats WHERE chat_id = ?) AS model`,
    chatId,
  );
  // What it keeps beside the rows is read from them when it wakes up.
  await worker.evictDurableObject('Inbox', { name: userId, webSockets: 'close' });
}
