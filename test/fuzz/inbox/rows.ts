import type { ChatSummary } from '../../../src/protocol/models';
import type { ExpectedRow } from './list-model';
import type { ListRun } from './list-run';

/** What each list must hold, in its order. */
export function expectedRows(run: ListRun<unknown, unknown>, userId: string, told: readonly ChatSummary[]): ExpectedRow[] {
  const quiet: ExpectedRow[] = run.quietOf(userId).map((chat) => ({
    id: chat.id,
    lastId: null,
    preview: null,
    unread: chat.unread_count,
    updatedAt: chat.updated_at,
    pinned: false,
    archived: false,
    mutedUntil: null,
  }));
  const rows = run.chats.flatMap((chat) => {
    const row = chat.rowOf(userId, run.ownOf(userId, chat.id), run.now);
    if (row === null) return [];
    const known = told.find(({ id }) => id === chat.id);
    const isUncertain = run.uncertain.has(`${userId} ${chat.id}`) && known !== undefined;
    return [isUncertain ? { ...row, pinned: known.pinned, archived: known.archived, mutedUntil: known.muted_until } : row];
  });
  return [...rows, ...quiet].sort((a, b) => Number(b.pinned) - Number(a.pinned) || b.updatedAt - a.updatedAt || (a.id < b.id ? 1 : -1));
}

/** A row as a list has it, as far as the model says how it must be. */
export function compared({ id, last_message: last, unread_count, updated_at, pinned, archived, muted_until }: ChatSummary): ExpectedRow {
  return {
    id,
    lastId: last === null ? null : last.message_type === 'system' ? 'system' : last.id,
    preview: last?.preview ?? null,
    unread: unread_count,
    updatedAt: updated_at,
    pinned,
    archived,
    mutedUntil: muted_until,
  };
}

/** [INBOX-1] Unread messages of the whole list, but for what is muted or archived. */
export function totalOf(rows: readonly ExpectedRow[]): number {
  const counting = rows.filter(({ archived, mutedUntil }) => !archived && mutedUntil === null);
  return counting.reduce((sum, { unread }) => sum + unread, 0);
}
