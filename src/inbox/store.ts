import migrations from '../../migrations/inbox/migrations.js';
import type { Profile } from '../directory/users';
import { JobStore } from '../job-store';
import { isSetUp, migrateObject } from '../object-migrations';
import { type ChatRecord, type ChatRow, chatFromRecord } from './chat-row';
import type { Cursor } from './cursor';
import { freshPresence, type PresenceRow } from './presence';
import { PushStore } from './push-store';
import type { UnreadChat } from './unread-totals';

const chatColumns = 'chat_id, room_rev, rev, facts, removed, hidden, muted_until, pinned, archived, delivered_seq, writers';
/** Later than any time, and small enough that a number still holds their sum. */
const pinnedPlace = 2 ** 52;

/**
 * What must happen outside an inbox, by the job's key: `end_session`, "session room"; `learn_profile`, the user;
 * `spread_profile`, the chat that the walk has reached; `tell_profile`, `end_mute` and `decide_push`, a chat; `send_push`, "session chat"; `tell_block` and `project_block`, "blocker other"; `tell_delivered`, "user chat seq"; `learn_presence`, the user; `forget_last_seen`; `erase_avatar`, "user name".
 */
export type ErrandKind =
  | 'end_session'
  | 'learn_profile'
  | 'spread_profile'
  | 'tell_profile'
  | 'tell_block'
  | 'project_block'
  | 'end_mute'
  | 'decide_push'
  | 'send_push'
  | 'tell_delivered'
  | 'learn_presence'
  | 'forget_last_seen'
  | 'erase_avatar';

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
  readonly pushes: PushStore;
  #exists = false;
  #presence: PresenceRow | null = null;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.jobs = new JobStore(storage.sql);
    this.pushes = new PushStore(storage.sql);
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

  /** Names this storage [INBOX-1]. */
  epoch(): string {
    const known = this.#sql.exec<{ epoch: string }>('SELECT epoch FROM inbox').toArray()[0];
    if (known !== undefined) return known.epoch;
    const epoch = crypto.randomUUID();
    this.#sql.exec('INSERT INTO inbox(k, epoch) VALUES (1, ?)', epoch);
    return epoch;
  }

  chat(chatId: string): ChatRow | null {
    return this.#chats('WHERE chat_id = ?', chatId)[0] ?? null;
  }

  /** `rev` is this inbox' own; `updatedAt` when something last happened in the chat. */
  putChat(row: ChatRow, rev: number, updatedAt: number, unread: number): void {
    this.#sql.exec(
      `INSERT INTO chats(chat_id, room_rev, rev, updated_at, facts, removed, hidden, muted_until, pinned, archived, unread, delivered_seq, writers)
        VALUES (?,?,?,?,?,0,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET room_rev = excluded.room_rev, rev = excluded.rev,
        updated_at = excluded.updated_at, facts = excluded.facts, removed = 0, hidden = excluded.hidden, muted_until = excluded.muted_until,
        pinned = excluded.pinned, archived = excluded.archived, unread = excluded.unread, delivered_seq = excluded.delivered_seq,
        writers = excluded.writers`,
      row.chatId,
      row.roomRev,
      rev,
      updatedAt,
      row.facts,
      row.isHidden ? 1 : 0,
      row.mutedUntil,
      row.isPinned ? 1 : 0,
      row.isArchived ? 1 : 0,
      unread,
      row.deliveredSeq,
      row.writers === null ? null : JSON.stringify(row.writers),
    );
  }

  /** Keeps only that there was a chat, and up to which news it is gone. */
  removeChat(chatId: string, roomRev: number, rev: number): void {
    this.#sql.exec(
      `INSERT INTO chats(chat_id, room_rev, rev, updated_at, facts, removed, unread) VALUES (?, ?, ?, 0, '', 1, 0)
        ON CONFLICT DO UPDATE SET room_rev = excluded.room_rev, rev = excluded.rev, facts = '', removed = 1, hidden = 0,
        muted_until = NULL, pinned = 0, archived = 0, unread = 0, delivered_seq = 0, writers = NULL`,
      chatId,
      roomRev,
      rev,
    );
  }

  /** Those of the chats that are in the list, each once. */
  listed(chatIds: readonly string[]): ChatRow[] {
    return this.#chats('WHERE removed = 0 AND hidden = 0 AND chat_id IN (SELECT value FROM json_each(?))', JSON.stringify(chatIds));
  }

  /**
   * Pinned chats first, then the newest activity first: `place` says where in that order a chat is.
   * @param before the last chat of the page before
   */
  chats(before: Cursor | null, limit: number): { row: ChatRow; place: number }[] {
    const { at, id } = before ?? { at: Number.MAX_SAFE_INTEGER, id: '' };
    // The order is found from narrow rows; only those of the page are read whole.
    const page = `SELECT chat_id AS id, updated_at + pinned * ${pinnedPlace} AS place FROM chats WHERE removed = 0 AND hidden = 0 AND (place, id) < (?, ?)
      ORDER BY place DESC, id DESC LIMIT ?`;
    return this.#sql
      .exec<ChatRecord & { place: number }>(
        `SELECT ${chatColumns}, place FROM (${page}) JOIN chats ON chat_id = id ORDER BY place DESC, id DESC`,
        at,
        id,
        limit,
      )
      .toArray()
      .map((record) => ({ row: chatFromRecord(record), place: record.place }));
  }

  /** Rows that changed after `rev`, those of chats that are not in the list any more among them. */
  changedSince(rev: number, limit: number): ChatRow[] {
    return this.#chats('WHERE rev > ? LIMIT ?', rev, limit);
  }

  /** Chats of the list, but for the archive, in which something is unread. */
  unreadChats(): UnreadChat[] {
    return this.#sql
      .exec<{ chatId: string; unread: number; mutedUntil: number | null }>(
        `SELECT chat_id AS chatId, muted_until AS mutedUntil, coalesce(unread, facts ->> '$.unread_count') AS unread FROM chats
          WHERE CASE WHEN removed = 1 OR hidden = 1 OR archived = 1 THEN 0 ELSE coalesce(unread, facts ->> '$.unread_count') END > 0`,
      )
      .toArray();
  }

  /** Ids of the chats that the user is in above `chatId`, in order. */
  chatIdsAfter(chatId: string, limit: number): string[] {
    return this.#sql
      .exec<{ chat_id: string }>('SELECT chat_id FROM chats WHERE removed = 0 AND chat_id > ? ORDER BY chat_id LIMIT ?', chatId, limit)
      .toArray()
      .map((row) => row.chat_id);
  }

  #chats(where: string, ...bindings: (string | number)[]): ChatRow[] {
    return this.#sql
      .exec<ChatRecord>(`SELECT ${chatColumns} FROM chats ${where}`, ...bindings)
      .toArray()
      .map(chatFromRecord);
  }

  // — the user —

  /** What the rooms are to know of the user; null while that is what they knew from the start. */
  profile(): Profile | null {
    const row = this.#sql.exec<{ facts: string }>('SELECT facts FROM profile').toArray()[0];
    return row === undefined ? null : (JSON.parse(row.facts) as Profile);
  }

  putProfile(profile: Profile): void {
    this.#sql.exec('INSERT INTO profile(k, facts) VALUES (1,?) ON CONFLICT DO UPDATE SET facts = excluded.facts', JSON.stringify(profile));
  }

  presence(): PresenceRow {
    this.#presence ??= this.#readPresence();
    return this.#presence;
  }

  putPresence(row: PresenceRow): void {
    this.#presence = row;
    this.#sql.exec(
      'INSERT INTO presence(k, shown, last_seen_at, watchers) VALUES (1,?,?,?) ON CONFLICT DO UPDATE SET shown = excluded.shown, last_seen_at = excluded.last_seen_at, watchers = excluded.watchers',
      row.isShown ? 1 : 0,
      row.lastSeenAt,
      JSON.stringify(row.watchers),
    );
  }

  #readPresence(): PresenceRow {
    type Row = { shown: number; last_seen_at: number | null; watchers: string };
    const row = this.#sql.exec<Row>('SELECT shown, last_seen_at, watchers FROM presence').toArray()[0];
    if (row === undefined) return freshPresence;
    return { isShown: row.shown === 1, lastSeenAt: row.last_seen_at, watchers: JSON.parse(row.watchers) as Record<string, number> };
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

  /** No session of this id opens a room, or is told anything by push, from now on. Returns the rooms that it had opened, and forgets them. */
  endSession(sid: string, now: number, forgetBefore: number): string[] {
    this.#sql.exec('DELETE FROM ended_sessions WHERE ended_at < ?', forgetBefore);
    this.#sql.exec('INSERT OR IGNORE INTO ended_sessions(sid, ended_at) VALUES (?,?)', sid, now);
    this.pushes.removeSubscriber(sid);
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
