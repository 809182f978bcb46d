import migrations from '../../migrations/inbox/migrations.js';
import type { Profile } from '../directory/users';
import { JobStore } from '../job-store';
import { isSetUp, migrateObject } from '../object-migrations';
import type { ChatSummary } from '../protocol/models';
import type { Cursor } from './cursor';
import { withoutPreview } from './summaries';

type FactsRow = { facts: string };
const toSummary = (row: FactsRow): ChatSummary => JSON.parse(row.facts) as ChatSummary;

/**
 * What must happen outside an inbox, by the job's key: `end_session`, "session room"; `learn_profile`, the user;
 * `spread_profile`, the chat that the walk has reached; `tell_profile`, a chat; `tell_block` and `project_block`, "blocker other".
 */
export type ErrandKind = 'end_session' | 'learn_profile' | 'spread_profile' | 'tell_profile' | 'tell_block' | 'project_block';

/** Somebody whom the user blocks or has blocked. */
export interface Block {
  readonly otherId: string;
  readonly isActive: boolean;
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly changedAt: number;
}

/** Every SQL statement of an inbox. */
export class InboxStore {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly jobs: JobStore<ErrandKind>;
  #exists = false;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.jobs = new JobStore(storage.sql);
  }

  /** Whether anything was ever written; asked at every call, so once it is so it is remembered. */
  get exists(): boolean {
    this.#exists ||= isSetUp(this.#storage);
    return this.#exists;
  }

  transaction<T>(work: () => T): T {
    return this.#storage.transactionSync(work);
  }

  migrate(): Promise<void> {
    return migrateObject(this.#storage, migrations);
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

  /** Whether the chat's row says the very same: then only the room has moved on. */
  hasSummary(summary: ChatSummary): boolean {
    const row = this.#sql.exec<FactsRow>('SELECT facts FROM chats WHERE removed = 0 AND chat_id = ?', summary.id).toArray()[0];
    return row?.facts === JSON.stringify(withoutPreview(summary));
  }

  setRoomRev(chatId: string, roomRev: number): void {
    this.#sql.exec('UPDATE chats SET room_rev = ? WHERE chat_id = ?', roomRev, chatId);
  }

  /** Keeps only that there was a chat, and up to which news it is gone. */
  removeChat(chatId: string, roomRev: number, rev: number): void {
    this.#sql.exec("UPDATE chats SET room_rev = ?, rev = ?, facts = '', removed = 1 WHERE chat_id = ?", roomRev, rev, chatId);
  }

  /** Those of the chats that are in the list, each once; a summary never holds a preview. */
  summaries(chatIds: readonly string[]): ChatSummary[] {
    return this.#sql
      .exec<FactsRow>('SELECT facts FROM chats WHERE removed = 0 AND chat_id IN (SELECT value FROM json_each(?))', JSON.stringify(chatIds))
      .toArray()
      .map(toSummary);
  }

  /** Newest activity first, without previews; `before` is the last chat of the page before. */
  chats(before: Cursor | null, limit: number): ChatSummary[] {
    const { at, id } = before ?? { at: Number.MAX_SAFE_INTEGER, id: '' };
    return this.#sql
      .exec<FactsRow>(
        'SELECT facts FROM chats WHERE removed = 0 AND (updated_at, chat_id) < (?, ?) ORDER BY updated_at DESC, chat_id DESC LIMIT ?',
        at,
        id,
        limit,
      )
      .toArray()
      .map(toSummary);
  }

  /** Ids of the user's chats above `chatId`, in order. */
  chatIdsAfter(chatId: string, limit: number): string[] {
    return this.#sql
      .exec<{ chat_id: string }>('SELECT chat_id FROM chats WHERE removed = 0 AND chat_id > ? ORDER BY chat_id LIMIT ?', chatId, limit)
      .toArray()
      .map((row) => row.chat_id);
  }

  // — the user —

  /** What the rooms are to know of the user; null while that is what they knew from the start. */
  profile(): Profile | null {
    const row = this.#sql.exec<FactsRow>('SELECT facts FROM profile').toArray()[0];
    return row === undefined ? null : (JSON.parse(row.facts) as Profile);
  }

  putProfile(profile: Profile): void {
    this.#sql.exec('INSERT INTO profile(k, facts) VALUES (1,?) ON CONFLICT DO UPDATE SET facts = excluded.facts', JSON.stringify(profile));
  }

  // — sessions —

  rememberOpenRoom(sid: string, chatId: string, now: number): void {
    this.#sql.exec('INSERT OR IGNORE INTO open_rooms(sid, chat_id, opened_at) VALUES (?,?,?)', sid, chatId, now);
  }

  /** Sessions that had opened some room before `time`. */
  sessionsOpenedBefore(time: number): string[] {
    return this.#sql
      .exec<{ sid: string }>('SELECT DISTINCT sid FROM open_rooms WHERE opened_at < ?', time)
      .toArray()
      .map((row) => row.sid);
  }

  /** No session of this id opens a room from now on. Returns the rooms that it had opened, and forgets them. */
  endSession(sid: string, now: number, forgetBefore: number): string[] {
    this.#sql.exec('DELETE FROM ended_sessions WHERE ended_at < ?', forgetBefore);
    this.#sql.exec('INSERT OR IGNORE INTO ended_sessions(sid, ended_at) VALUES (?,?)', sid, now);
    return this.#sql
      .exec<{ chat_id: string }>('DELETE FROM open_rooms WHERE sid = ? RETURNING chat_id', sid)
      .toArray()
      .map((row) => row.chat_id);
  }

  isSessionEnded(sid: string): boolean {
    return this.#sql.exec('SELECT 1 FROM ended_sessions WHERE sid = ?', sid).toArray().length > 0;
  }

  // — blocks —

  block(otherId: string): Block | null {
    return this.#blocks('WHERE other_id = ?', otherId)[0] ?? null;
  }

  putBlock({ otherId, isActive, version, changedAt }: Block): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO blocks(other_id, blocked, version, changed_at) VALUES (?,?,?,?)',
      otherId,
      isActive ? 1 : 0,
      version,
      changedAt,
    );
  }

  /** Whom the user blocks, the latest first; `before` is where the page before ended. */
  activeBlocks(before: Cursor | null, limit: number): Block[] {
    const { at, id } = before ?? { at: Number.MAX_SAFE_INTEGER, id: '' };
    const page = 'WHERE blocked = 1 AND (changed_at, other_id) < (?, ?) ORDER BY changed_at DESC, other_id DESC LIMIT ?';
    return this.#blocks(page, at, id, limit);
  }

  #blocks(where: string, ...bindings: (string | number)[]): Block[] {
    return this.#sql
      .exec<{ other_id: string; blocked: number; version: number; changed_at: number }>(`SELECT * FROM blocks ${where}`, ...bindings)
      .toArray()
      .map((row) => ({ otherId: row.other_id, isActive: row.blocked === 1, version: row.version, changedAt: row.changed_at }));
  }
}
