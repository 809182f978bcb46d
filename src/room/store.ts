import migrations from '../../migrations/room/migrations.js';
import { isSetUp, migrateObject } from '../object-migrations';
import type { DeletedReason, Media, Role } from '../protocol/models';
import { openBody, sealBody } from './bodies';
import type { Expiry } from './expiry';
import { type MemberRow, type MessageRow, memberFromRow, messageFromRow, type RoomRow, roomFromRow } from './rows';
import type { Schedule } from './schedule';
import type { MediaState, MemberState, MessageState, Profile, RoomFacts } from './state';

const messageColumns =
  'seq, id, sender, rev0, changed, type, body_format, body, media_id, reply_to, created_at, expire_mode, expires_in_seconds, ends_at, deleted_at, deleted_reason';

/** What is decided about a new message before it gets its row. */
export interface NewMessage {
  readonly seq: number;
  readonly id: string;
  readonly sender: number;
  readonly type: MessageState['type'];
  readonly body: string | null;
  readonly mediaId: string | null;
  readonly replyTo: string | null;
  readonly createdAt: number;
  readonly expiry: Expiry;
}

export type JobKind = 'erase_media' | 'project_chat' | 'tell_inbox';
export interface Job {
  readonly kind: JobKind;
  /** What the job is about: a medium's, a chat's or a user's id. */
  readonly key: string;
  readonly tries: number;
  readonly generation: number;
}

/** Every SQL statement of a room. Cursors are read to the end: an unread one makes the commit fail and drops every socket. */
export class RoomStore {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  #epoch = '';

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
  }

  /** Whether the room was ever created. */
  get exists(): boolean {
    return isSetUp(this.#storage);
  }

  migrate(): Promise<void> {
    return migrateObject(this.#storage, migrations);
  }

  transaction<T>(work: () => T): T {
    return this.#storage.transactionSync(work);
  }

  // — the room —

  insertRoom(facts: Omit<RoomFacts, 'purgedRev'>): void {
    const { policy } = facts;
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

  /** The counters as the rows tell them: the last commit, the last message, and what every inbox knows. */
  counters(): { rev: number; seq: number; fannedRev: number } {
    return this.#sql
      .exec<{ rev: number; seq: number; fannedRev: number }>(
        `SELECT fanned_rev AS fannedRev,
          max(rev_floor, coalesce((SELECT rev0 FROM messages ORDER BY seq DESC LIMIT 1), 0), coalesce((SELECT max(changed) FROM messages WHERE changed IS NOT NULL), 0),
            coalesce((SELECT max(rev) FROM members), 0)) AS rev,
          max(seq_floor, coalesce((SELECT max(seq) FROM messages), 0)) AS seq FROM room`,
      )
      .one();
  }

  setFannedRev(rev: number): void {
    this.#sql.exec('UPDATE room SET fanned_rev = ?', rev);
  }

  // — members —

  insertMember(userId: string, role: Role, joinedAt: number, joinedSeq: number, rev: number, profile: Profile): void {
    const { username, display_name, avatar_url } = profile.user;
    this.#sql.exec(
      `INSERT INTO members(user_id, role, joined_at, joined_seq, joined_rev, rev, username, display_name, avatar_url, profile_version)
        VALUES (?,?,?,?,?,?,?,?,?,?)`,
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
    );
  }

  /** Everybody who is or was in the room. */
  members(): MemberState[] {
    return this.#sql.exec<MemberRow>('SELECT * FROM members ORDER BY n').toArray().map(memberFromRow);
  }

  // — messages —

  insertMessage(message: NewMessage, rev: number): void {
    const body = message.body === null ? null : sealBody(this.#epoch, message.seq, message.body);
    this.#sql.exec(
      'INSERT INTO messages(seq, id, sender, rev0, type, body_format, body, media_id, reply_to, created_at, expire_mode, expires_in_seconds, ends_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)',
      message.seq,
      message.id,
      message.sender,
      rev,
      message.type,
      body?.format ?? 0,
      body?.bytes ?? null,
      message.mediaId,
      message.replyTo,
      message.createdAt,
      message.expiry.mode,
      message.expiry.seconds,
      message.expiry.endsAt,
    );
  }

  messageById(id: string): MessageState | null {
    return this.#messages('WHERE id = ?', id)[0] ?? null;
  }

  messageBySeq(seq: number): MessageState | null {
    return this.#messages('WHERE seq = ?', seq)[0] ?? null;
  }

  /** Newest first: messages with `seq` in (`afterSeq`, `beforeSeq`). */
  messagesBefore(beforeSeq: number, afterSeq: number, limit: number): MessageState[] {
    return this.#messages('WHERE seq < ? AND seq > ? ORDER BY seq DESC LIMIT ?', beforeSeq, afterSeq, limit);
  }

  /** [SYNC-2] Messages inserted or changed after `rev`, in order of `seq`; null when there are more than `limit`. */
  messagesChangedSince(rev: number, afterSeq: number, limit: number): MessageState[] | null {
    const found = new Map<number, MessageState>();
    for (const message of this.#messages('WHERE changed > ? AND seq > ? LIMIT ?', rev, afterSeq, limit + 1))
      found.set(message.seq, message);
    // `rev0` grows with `seq`: walking back from the newest stops at the first one the caller has.
    for (let before = Number.MAX_SAFE_INTEGER; found.size <= limit; ) {
      const page = this.messagesBefore(before, afterSeq, 64);
      for (const message of page) if (message.rev0 > rev) found.set(message.seq, message);
      const last = page.at(-1);
      if (last === undefined || last.rev0 <= rev) break;
      before = last.seq;
    }
    if (found.size > limit) return null;
    return [...found.values()].sort((a, b) => a.seq - b.seq);
  }

  /** When the newest message, ended or not, was sent; null in a room without any. */
  lastActivityAt(): number | null {
    return this.#sql.exec<{ at: number }>('SELECT created_at AS at FROM messages ORDER BY seq DESC LIMIT 1').toArray()[0]?.at ?? null;
  }

  /** The newest message that has not ended at `now`. */
  newestLive(now: number, afterSeq: number): MessageState | null {
    return (
      this.#messages(
        'WHERE deleted_at IS NULL AND (ends_at IS NULL OR ends_at > ?) AND seq > ? ORDER BY seq DESC LIMIT 1',
        now,
        afterSeq,
      )[0] ?? null
    );
  }

  /** [EXP-4] At most `limit` messages whose end has come, earliest first. */
  dueMessages(now: number, limit: number): { seq: number; id: string; endsAt: number; mediaId: string | null }[] {
    return this.#sql
      .exec<{ seq: number; id: string; endsAt: number; mediaId: string | null }>(
        'SELECT seq, id, ends_at AS endsAt, media_id AS mediaId FROM messages WHERE ends_at IS NOT NULL AND ends_at <= ? ORDER BY ends_at LIMIT ?',
        now,
        limit,
      )
      .toArray();
  }

  /** Leaves the tombstone of one message: what it said is overwritten here and nowhere else. */
  buryMessage(seq: number, rev: number, deletedAt: number, reason: DeletedReason): void {
    this.#sql.exec(
      'UPDATE messages SET body = NULL, media_id = NULL, reply_to = NULL, ends_at = NULL, changed = ?, deleted_at = ?, deleted_reason = ? WHERE seq = ?',
      rev,
      deletedAt,
      reason,
      seq,
    );
  }

  /** Forgets tombstones left up to `deletedBefore`, in the order they were left. Returns how many. */
  purgeTombstones(deletedBefore: number, limit: number): number {
    const rows = this.#sql
      .exec<{ seq: number; changed: number }>(
        'SELECT seq, changed FROM messages WHERE changed IS NOT NULL AND deleted_at <= ? ORDER BY changed LIMIT ?',
        deletedBefore,
        limit,
      )
      .toArray();
    const last = rows.at(-1);
    if (last === undefined) return 0;
    const { rev, seq } = this.counters();
    this.#sql.exec('UPDATE room SET rev_floor = ?, seq_floor = ?, purged_rev = max(purged_rev, ?)', rev, seq, last.changed);
    for (const row of rows) this.#sql.exec('DELETE FROM messages WHERE seq = ?', row.seq);
    return rows.length;
  }

  // — media —

  insertMedia(id: string, owner: string, due: number): void {
    this.#sql.exec('INSERT INTO media(id, owner, due) VALUES (?,?,?)', id, owner, due);
  }

  setMediaFacts(id: string, facts: Media): void {
    this.#sql.exec('UPDATE media SET facts = ? WHERE id = ?', JSON.stringify(facts), id);
  }

  /** From now on the message's end, not the upload's age, ends the medium. */
  attachMedia(id: string, seq: number): void {
    this.#sql.exec('UPDATE media SET seq = ?, due = NULL WHERE id = ?', seq, id);
  }

  media(id: string): MediaState | null {
    const row = this.#sql
      .exec<{ id: string; owner: string; facts: string | null; seq: number | null }>(
        'SELECT id, owner, facts, seq FROM media WHERE id = ?',
        id,
      )
      .toArray()[0];
    return row === undefined ? null : { ...row, facts: row.facts === null ? null : (JSON.parse(row.facts) as Media) };
  }

  deleteMedia(id: string): void {
    this.#sql.exec('DELETE FROM media WHERE id = ?', id);
  }

  /** [MEDIA-3] Uploads that nobody sent in time. */
  dueMedia(now: number, limit: number): string[] {
    return this.#sql
      .exec<{ id: string }>('SELECT id FROM media WHERE due IS NOT NULL AND due <= ? ORDER BY due LIMIT ?', now, limit)
      .toArray()
      .map((row) => row.id);
  }

  // — outbox —

  /** Adds the job, or makes one that waits due at once: a newer reason for the same work. */
  putJob(kind: JobKind, key: string, due: number): void {
    this.#sql.exec(
      'INSERT INTO jobs(kind, key, due, tries, generation) VALUES (?,?,?,0,0) ON CONFLICT DO UPDATE SET due = excluded.due, tries = 0, generation = generation + 1',
      kind,
      key,
      due,
    );
  }

  delayJob(job: Job, due: number): void {
    this.#sql.exec(
      'UPDATE jobs SET tries = tries + 1, due = ? WHERE kind = ? AND key = ? AND generation = ?',
      due,
      job.kind,
      job.key,
      job.generation,
    );
  }

  deleteJob(job: Job): void {
    this.#sql.exec('DELETE FROM jobs WHERE kind = ? AND key = ? AND generation = ?', job.kind, job.key, job.generation);
  }

  dueJobs(now: number, limit: number): Job[] {
    return this.#sql
      .exec<{ kind: JobKind; key: string; tries: number; generation: number }>(
        'SELECT kind, key, tries, generation FROM jobs WHERE due <= ? ORDER BY due LIMIT ?',
        now,
        limit,
      )
      .toArray();
  }

  /** What the alarm is computed from. */
  schedule(): Omit<Schedule, 'fanOutPending' | 'isDraining'> {
    return this.#sql
      .exec<{ nextEnd: number | null; nextMediaDue: number | null; nextJobDue: number | null; oldestTombstoneAt: number | null }>(
        `SELECT (SELECT min(ends_at) FROM messages WHERE ends_at IS NOT NULL) AS nextEnd, (SELECT min(due) FROM media WHERE due IS NOT NULL) AS nextMediaDue,
          (SELECT min(due) FROM jobs) AS nextJobDue,
          (SELECT deleted_at FROM messages WHERE changed IS NOT NULL AND deleted_at IS NOT NULL ORDER BY changed LIMIT 1) AS oldestTombstoneAt`,
      )
      .one();
  }

  // — sessions —

  rememberEndedSession(sid: string, now: number, forgetBefore: number): void {
    this.#sql.exec('DELETE FROM ended_sessions WHERE ended_at < ?', forgetBefore);
    this.#sql.exec('INSERT OR IGNORE INTO ended_sessions(sid, ended_at) VALUES (?,?)', sid, now);
  }

  isSessionEnded(sid: string): boolean {
    return this.#sql.exec('SELECT 1 FROM ended_sessions WHERE sid = ?', sid).toArray().length > 0;
  }

  #messages(where: string, ...bindings: (string | number)[]): MessageState[] {
    return this.#sql
      .exec<MessageRow>(`SELECT ${messageColumns} FROM messages ${where}`, ...bindings)
      .toArray()
      .map((row) => messageFromRow(row, (format, bytes) => openBody(this.#epoch, row.seq, format, bytes)));
  }
}
