import type { Harness } from './harness';

/** A row of an object, of which there are to be many. */
interface ModelRow {
  readonly kind: 'Room' | 'Inbox';
  /** The object's. */
  readonly name: string;
  readonly table: string;
  /** Picks the row: what follows the table's name in a SELECT. */
  readonly where: string;
}

/**
 * Puts `count` rows more into an object's table, as copies of one that is there. Nobody is told, and open sockets are closed, for what
 * the object keeps beside the rows is read from them when it wakes up.
 * @param others what is to be different, by column, as SQL of the number `n` (1 … count) and of the row `model`
 */
async function fillRows(
  { worker }: Pick<Harness, 'worker'>,
  { kind, name, table, where }: ModelRow,
  count: number,
  others: Record<string, string>,
): Promise<void> {
  const storage = await worker.getDurableObjectStorage(kind, { name });
  const [model] = await storage.exec<Record<string, string | number | null>>(`SELECT * FROM ${table} ${where}`);
  if (model === undefined) throw new Error(`There is no row to copy in ${table}`);
  const columns = Object.keys(model);
  const rows = async () => (await storage.exec<{ rows: number }>(`SELECT count(*) AS rows FROM ${table}`))[0]?.rows ?? 0;
  const before = await rows();
  await storage.exec(
    `WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count})
     INSERT INTO ${table} (${columns.join(', ')})
     SELECT ${columns.map((column) => others[column] ?? `model.${column}`).join(', ')}
     FROM numbers, (SELECT * FROM ${table} ${where}) AS model`,
  );
  const added = (await rows()) - before;
  if (added !== count) throw new Error(`${table} holds ${added} rows more instead of ${count}`);
  await worker.evictDurableObject(kind, { name, webSockets: 'close' });
}

/**
 * Writes `count` messages more into a room, as rows like that of its newest, since to send a hundred thousand would take a minute.
 * The room must have told everybody of what it holds.
 */
export function fillRoom(harness: Pick<Harness, 'worker'>, chatId: string, count: number, others: Record<string, string>): Promise<void> {
  const newest: ModelRow = { kind: 'Room', name: chatId, table: 'messages', where: 'ORDER BY seq DESC LIMIT 1' };
  return fillRows(harness, newest, count, { seq: 'model.seq + n', rev0: 'model.rev0 + n', ...others });
}

/** Puts `count` chats more into a user's list, as rows like that of a chat that is in it: to make ten thousand rooms would take minutes. */
export function fillInbox(
  harness: Pick<Harness, 'worker'>,
  userId: string,
  chatId: string,
  count: number,
  others: Record<string, string>,
): Promise<void> {
  const chat: ModelRow = { kind: 'Inbox', name: userId, table: 'chats', where: `WHERE chat_id = '${chatId}'` };
  return fillRows(harness, chat, count, { chat_id: "printf('%08x-0000-4000-8000-000000000000', n)", rev: 'model.rev + n', ...others });
}
