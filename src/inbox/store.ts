import migrations from '../../migrations/inbox/migrations.js';
import { isSetUp, migrateObject } from '../object-migrations';
import type { ChatSummary } from '../protocol/models';

/** A chat of the list as stored: its summary never holds a preview. */
export interface StoredChat {
  readonly roomRev: number;
  readonly rev: number;
  readonly summary: ChatSummary;
}

type ChatRow = { room_rev: number; rev: number; facts: string };
const toStored = (row: ChatRow): StoredChat => ({ roomRev: row.room_rev, rev: row.rev, summary: JSON.parse(row.facts) as ChatSummary });

/** Every SQL statement of an inbox. */
export class InboxStore {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
  }

  get exists(): boolean {
    return isSetUp(this.#storage);
  }

  migrate(): Promise<void> {
    return migrateObject(this.#storage, migrations);
  }

  transaction<T>(work: () => T): T {
    return this.#storage.transactionSync(work);
  }

  /** The rev of the last change. */
  rev(): number {
    return this.#sql.exec<{ rev: number }>('SELECT coalesce(max(rev), 0) AS rev FROM chats').one().rev;
  }

  roomRev(chatId: string): number | null {
    return this.#sql.exec<{ room_rev: number }>('SELECT room_rev FROM chats WHERE chat_id = ?', chatId).toArray()[0]?.room_rev ?? null;
  }

  putChat(roomRev: number, rev: number, summary: ChatSummary): void {
    this.#sql.exec(
      'INSERT INTO chats(chat_id, room_rev, rev, updated_at, facts, removed) VALUES (?,?,?,?,?,0) ON CONFLICT DO UPDATE SET room_rev = excluded.room_rev, rev = excluded.rev, updated_at = excluded.updated_at, facts = excluded.facts, removed = 0',
      summary.id,
      roomRev,
      rev,
      summary.updated_at,
      JSON.stringify(withoutPreview(summary)),
    );
  }

  /** Keeps only that there was a chat, and up to which news it is gone. */
  removeChat(chatId: string, roomRev: number, rev: number): void {
    this.#sql.exec("UPDATE chats SET room_rev = ?, rev = ?, facts = '', removed = 1 WHERE chat_id = ?", roomRev, rev, chatId);
  }

  /** Newest activity first; `before` is the last chat of the page before. */
  chats(before: { updatedAt: number; chatId: string } | null, limit: number): StoredChat[] {
    const { updatedAt, chatId } = before ?? { updatedAt: Number.MAX_SAFE_INTEGER, chatId: '' };
    return this.#sql
      .exec<ChatRow>(
        'SELECT room_rev, rev, facts FROM chats WHERE removed = 0 AND (updated_at, chat_id) < (?, ?) ORDER BY updated_at DESC, chat_id DESC LIMIT ?',
        updatedAt,
        chatId,
        limit,
      )
      .toArray()
      .map(toStored);
  }

  rememberOpenRoom(sid: string, chatId: string): void {
    this.#sql.exec('INSERT OR IGNORE INTO open_rooms(sid, chat_id) VALUES (?,?)', sid, chatId);
  }

  openRooms(sid: string): string[] {
    return this.#sql
      .exec<{ chat_id: string }>('SELECT chat_id FROM open_rooms WHERE sid = ?', sid)
      .toArray()
      .map((row) => row.chat_id);
  }

  forgetOpenRoom(sid: string, chatId: string): void {
    this.#sql.exec('DELETE FROM open_rooms WHERE sid = ? AND chat_id = ?', sid, chatId);
  }

  /** Sessions that ended but whose rooms have not all been told. */
  endedSessionsWithRooms(): { sid: string; chatId: string }[] {
    return this.#sql
      .exec<{ sid: string; chatId: string }>(
        'SELECT o.sid AS sid, o.chat_id AS chatId FROM open_rooms o JOIN ended_sessions e ON e.sid = o.sid',
      )
      .toArray();
  }

  rememberEndedSession(sid: string, now: number, forgetBefore: number): void {
    this.#sql.exec('DELETE FROM ended_sessions WHERE ended_at < ? AND sid NOT IN (SELECT sid FROM open_rooms)', forgetBefore);
    this.#sql.exec('INSERT OR IGNORE INTO ended_sessions(sid, ended_at) VALUES (?,?)', sid, now);
  }

  isSessionEnded(sid: string): boolean {
    return this.#sql.exec('SELECT 1 FROM ended_sessions WHERE sid = ?', sid).toArray().length > 0;
  }
}

/** [INBOX-2] The inbox stores no message text. */
export function withoutPreview(summary: ChatSummary): ChatSummary {
  return summary.last_message === null ? summary : { ...summary, last_message: { ...summary.last_message, preview: null } };
}
