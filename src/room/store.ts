import migrations from '../../migrations/room/migrations.js';
import type { Profile } from '../directory/users';
import { JobStore } from '../job-store';
import { isSetUp, migrateObject } from '../object-migrations';
import type { Policy, Role } from '../protocol/models';
import type { BlockState } from './blocks';
import { MediaStore } from './media-store';
import { MessageStore } from './message-store';
import { ReadingStore } from './reading-store';
import { type BlockRow, blockFromRow, type MemberRow, memberFromRow, type RoomRow, roomFromRow } from './rows';
import type { UpkeepSchedule } from './schedule';
import type { MemberState, RoomFacts } from './state';
import { ViewStore } from './view-store';

/** A job's key is a medium's, the chat's or a user's id. */
export type JobKind = 'erase_media' | 'erase_upload' | 'project_chat' | 'tell_inbox';

export interface Counters {
  readonly rev: number;
  readonly seq: number;
  readonly newsRev: number;
  readonly fannedRev: number;
}

/** Every SQL statement of a room. Cursors are read to the end: an unread one makes the commit fail and drops every socket. */
export class RoomStore {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly messages: MessageStore;
  readonly readings: ReadingStore;
  readonly views: ViewStore;
  readonly media: MediaStore;
  readonly jobs: JobStore<JobKind>;
  #epoch = '';

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.messages = new MessageStore(storage.sql, () => this.#epoch);
    this.readings = new ReadingStore(storage.sql);
    this.views = new ViewStore(storage.sql);
    this.media = new MediaStore(storage.sql);
    this.jobs = new JobStore(storage.sql);
  }

  /** Whether the room was ever created. */
  get exists(): boolean {
    return isSetUp(this.#storage);
  }

  migrate(): Promise<void> {
    return migrateObject(this.#storage, migrations);
  }

  transaction<T>(work: () => T): T {
    return this.#storage.transactionSync(() => {
      const result = work();
      this.readings.save();
      return result;
    });
  }

  // — the room —

  insertRoom(facts: Omit<RoomFacts, 'purgedRev'>): void {
    const { policy } = facts;
    this.#epoch = facts.epoch;
    this.#sql.exec(
      `INSERT INTO room(k, id, epoch, is_group, name, created_at, policy_seconds, policy_mode, policy_version, policy_changed_by,
        policy_changed_at, rev_floor, seq_floor, purged_rev, fanned_rev) VALUES (1,?,?,?,?,?,?,?,?,?,?,0,0,0,0)`,
      facts.id,
      facts.epoch,
      facts.isGroup ? 1 : 0,
      facts.name,
      facts.createdAt,
      policy.expires_in_seconds,
      policy.expire_mode,
      policy.version,
      policy.changed_by,
      policy.changed_at,
    );
  }

  room(): RoomFacts | null {
    const row = this.#sql.exec<RoomRow>('SELECT * FROM room').toArray()[0];
    if (row === undefined) return null;
    this.#epoch = row.epoch;
    return roomFromRow(row);
  }

  /** The counters as the rows tell them: the last commit, the last message, the last commit of which every inbox must hear, and up to where they know. */
  counters(): Counters {
    return this.#sql
      .exec<Record<keyof Counters, number>>(
        `SELECT max(fanned_rev, coalesce((SELECT max(fanned_rev) FROM cursors), 0)) AS fannedRev,
          max(coalesce((SELECT rev0 FROM messages ORDER BY seq DESC LIMIT 1), 0), coalesce((SELECT max(rev) FROM members), 0)) AS newsRev,
          max(rev_floor, coalesce((SELECT rev0 FROM messages ORDER BY seq DESC LIMIT 1), 0), coalesce((SELECT max(changed) FROM messages WHERE changed IS NOT NULL), 0),
            coalesce((SELECT max(max(rev, cleared_rev)) FROM members), 0), coalesce((SELECT max(rev) FROM read_marks), 0)) AS rev,
          max(seq_floor, coalesce((SELECT max(seq) FROM messages), 0)) AS seq FROM room`,
      )
      .one();
  }

  setName(name: string): void {
    this.#sql.exec('UPDATE room SET name = ?', name);
  }

  setPolicy(policy: Policy): void {
    this.#sql.exec(
      'UPDATE room SET policy_seconds = ?, policy_mode = ?, policy_version = ?, policy_changed_by = ?, policy_changed_at = ?',
      policy.expires_in_seconds,
      policy.expire_mode,
      policy.version,
      policy.changed_by,
      policy.changed_at,
    );
  }

  /** Erases the room itself, when nobody is left in it. */
  async eraseEverything(): Promise<void> {
    await this.#storage.deleteAlarm();
    await this.#storage.deleteAll();
  }

  // — members —

  insertMember(userId: string, role: Role, joinedAt: number, joinedSeq: number, rev: number, profile: Profile, concealed = false): void {
    const { username, display_name, avatar_url } = profile.user;
    this.#sql.exec(
      `INSERT INTO members(user_id, role, joined_at, joined_seq, joined_rev, rev, username, display_name, avatar_url, profile_version,
        read_receipts, told_read, concealed) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)`,
      userId,
      role,
      joinedAt,
      joinedSeq,
      rev,
      rev,
      username,
      display_name,
      avatar_url,
      profile.version,
      profile.readReceipts ? 1 : 0,
      profile.readReceipts ? null : joinedSeq,
      concealed ? 1 : 0,
    );
  }

  /** `rev` is the commit's when there is something for others to see, else the one before. */
  setProfile(n: number, { user, version, readReceipts }: Profile, rev: number): void {
    this.#sql.exec(
      'UPDATE members SET username = ?, display_name = ?, avatar_url = ?, profile_version = ?, read_receipts = ?, rev = ? WHERE n = ?',
      user.username,
      user.display_name,
      user.avatar_url,
      version,
      readReceipts ? 1 : 0,
      rev,
      n,
    );
  }

  setToldRead(n: number, seq: number | null): void {
    this.#sql.exec('UPDATE members SET told_read = ? WHERE n = ?', seq, n);
  }

  setRole(n: number, role: Role, rev: number): void {
    this.#sql.exec('UPDATE members SET role = ?, rev = ? WHERE n = ?', role, rev, n);
  }

  /** [BLOCK-1] The chat is there for this member, too, from now on. */
  reveal(n: number, rev: number): void {
    this.#sql.exec('UPDATE members SET concealed = 0, rev = ? WHERE n = ?', rev, n);
  }

  /** The member has cleared everything up to `seq`, in the commit `rev`. */
  setCleared(n: number, seq: number, rev: number): void {
    this.#sql.exec('UPDATE members SET cleared_seq = ?, cleared_rev = ? WHERE n = ?', seq, rev, n);
  }

  setLeft(n: number, rev: number): void {
    this.#sql.exec('UPDATE members SET left_rev = ?, rev = ? WHERE n = ?', rev, rev, n);
  }

  /** Everybody who is or was in the room. */
  members(): MemberState[] {
    return this.#sql.exec<MemberRow>('SELECT * FROM members ORDER BY n').toArray().map(memberFromRow);
  }

  // — blocks —

  blocks(): BlockState[] {
    return this.#sql.exec<BlockRow>('SELECT * FROM blocks').toArray().map(blockFromRow);
  }

  putBlock(block: BlockState): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO blocks(user_id, blocked, version, since_seq, missed, shown) VALUES (?,?,?,?,?,?)',
      block.userId,
      block.isActive ? 1 : 0,
      block.version,
      block.sinceSeq,
      JSON.stringify(block.missed),
      JSON.stringify(block.shown),
    );
  }

  // — tombstones —

  /** Forgets tombstones left up to `deletedBefore`, in the order they were left. Returns how many. */
  purgeTombstones(deletedBefore: number, limit: number): number {
    const rows = this.messages.purgeable(deletedBefore, limit);
    const last = rows.at(-1);
    if (last === undefined) return 0;
    const { rev, seq } = this.counters();
    this.#sql.exec('UPDATE room SET rev_floor = ?, seq_floor = ?, purged_rev = max(purged_rev, ?)', rev, seq, last.changed);
    for (const row of rows) {
      this.messages.delete(row.seq);
      this.views.delete(row.seq);
    }
    return rows.length;
  }

  // — the alarm —

  /** What the alarm is computed from. */
  schedule(): UpkeepSchedule {
    const dues = this.#sql
      .exec<{ [Due in Exclude<keyof UpkeepSchedule, 'oldestTombstoneAt'>]: number | null }>(
        `SELECT (SELECT min(ends_at) FROM messages WHERE ends_at IS NOT NULL) AS nextEnd, (SELECT min(due) FROM media WHERE due IS NOT NULL) AS nextMediaDue,
          (SELECT min(next_due) FROM read_marks WHERE next_due IS NOT NULL) AS nextCopyEnd,
          (SELECT min(due) FROM views WHERE due IS NOT NULL) AS nextViewDue`,
      )
      .one();
    return { ...dues, oldestTombstoneAt: this.messages.oldestTombstoneAt() };
  }

  // — sessions —

  rememberEndedSession(sid: string, now: number, forgetBefore: number): void {
    this.#sql.exec('DELETE FROM ended_sessions WHERE ended_at < ?', forgetBefore);
    this.#sql.exec('INSERT OR IGNORE INTO ended_sessions(sid, ended_at) VALUES (?,?)', sid, now);
  }

  isSessionEnded(sid: string): boolean {
    return this.#sql.exec('SELECT 1 FROM ended_sessions WHERE sid = ?', sid).toArray().length > 0;
  }
}
