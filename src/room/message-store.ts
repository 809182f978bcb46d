import type { DeletedReason } from '../protocol/models';
import { openBody, sealBody } from './bodies';
import { type MessageRow, messageColumns, messageFromRow, reactionsToRow } from './rows';
import type { MemberState, MessageState, Reaction } from './state';

/** Whose reading it is. */
type Stay = Pick<MemberState, 'n' | 'hiddenToSeq'>;
/** As `wasNeverShown` says it, for a reader whose stay is bound. */
const isShownTo = '(hidden_at IS NULL OR hidden_at > created_at OR sender = ?)';

/** A live message whose reader's copy ends so long after the reading. */
export interface ReadClocked {
  readonly seq: number;
  readonly id: string;
  readonly sender: number;
  readonly readSeconds: number;
  readonly endsAt: number | null;
}

/** The SQL of messages and their tombstones. Every change but the insertion sets `changed`, by which a resume finds it [SYNC-2]. */
export class MessageStore {
  readonly #sql: SqlStorage;
  readonly #epoch: () => string;
  /** No row changed up to this rev is a tombstone, nor becomes one: to leave a tombstone is a change. */
  #livingTo = 0;

  constructor(sql: SqlStorage, epoch: () => string) {
    this.#sql = sql;
    this.#epoch = epoch;
  }

  /** Returns false, and writes nothing, where there is a message with this id. */
  insert(message: MessageState): boolean {
    const body = message.body === null ? null : sealBody(this.#epoch(), message.seq, message.body);
    const inserted = this.#sql.exec(
      `INSERT INTO messages(seq, id, sender, rev0, type, body_format, body, media_id, reply_to, created_at, expire_mode, send_seconds, read_seconds,
        ends_at, max_views, hidden_at, edits, undone) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,0,0) ON CONFLICT(id) DO NOTHING`,
      message.seq,
      message.id,
      message.sender,
      message.rev0,
      message.type,
      body?.format ?? 0,
      body?.bytes ?? null,
      message.mediaId,
      message.replyTo,
      message.createdAt,
      message.expireMode,
      message.sendSeconds,
      message.readSeconds,
      message.endsAt,
      message.maxViews,
      message.hiddenAt,
    );
    return inserted.rowsWritten > 0;
  }

  byId(id: string): MessageState | null {
    return this.#select('WHERE id = ?', id)[0] ?? null;
  }

  bySeq(seq: number): MessageState | null {
    return this.#select('WHERE seq = ?', seq)[0] ?? null;
  }

  /** Newest first: messages below `beforeSeq` that the reader was ever shown. */
  before(beforeSeq: number, { n, hiddenToSeq }: Stay, limit: number): MessageState[] {
    return this.#select(`WHERE seq < ? AND seq > ? AND ${isShownTo} ORDER BY seq DESC LIMIT ?`, beforeSeq, hiddenToSeq, n, limit);
  }

  /** Oldest first: messages with `seq` from `fromSeq` on that the reader was ever shown. */
  from(fromSeq: number, { n, hiddenToSeq }: Stay, limit: number): MessageState[] {
    return this.#select(`WHERE seq >= ? AND seq > ? AND ${isShownTo} ORDER BY seq LIMIT ?`, fromSeq, hiddenToSeq, n, limit);
  }

  /** [SYNC-2] Messages that the reader was ever shown, inserted or changed after `rev`, in order of `seq`; null when there are more than `limit`. */
  changedSince(rev: number, reader: Stay, limit: number): MessageState[] | null {
    const { n, hiddenToSeq } = reader;
    const found = new Map<number, MessageState>();
    const changed = this.#select(
      `WHERE changed > ? AND (changed_for_others IS NULL OR changed_for_others > ? OR sender = ?) AND seq > ? AND ${isShownTo} LIMIT ?`,
      rev,
      rev,
      n,
      hiddenToSeq,
      n,
      limit + 1,
    );
    for (const message of changed) found.set(message.seq, message);
    // `rev0` grows with `seq`: walking back from the newest stops at the first one the caller has.
    for (let before = Number.MAX_SAFE_INTEGER; found.size <= limit; ) {
      const page = this.before(before, reader, 64);
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

  /** The newest message that the reader was ever shown; null where there is none. */
  newestShownTo({ n }: Stay): { seq: number; at: number } | null {
    const sql = `SELECT seq, created_at AS at FROM messages WHERE ${isShownTo} ORDER BY seq DESC LIMIT 1`;
    return this.#sql.exec<{ seq: number; at: number }>(sql, n).toArray()[0] ?? null;
  }

  /** `seq` of messages in (`afterSeq`, `beforeSeq`) that have not ended for everybody at `now`, newest first. */
  liveSeqs(now: number, afterSeq: number, beforeSeq: number, limit: number): number[] {
    return this.#sql
      .exec<{ seq: number }>(
        'SELECT seq FROM messages WHERE seq > ? AND seq < ? AND deleted_at IS NULL AND (ends_at IS NULL OR ends_at > ?) ORDER BY seq DESC LIMIT ?',
        afterSeq,
        beforeSeq,
        now,
        limit,
      )
      .toArray()
      .map((row) => row.seq);
  }

  /** [RCPT-4] Of the newest `limit` rows those above `afterSeq` that can be unread: `seq`, the sender's stay and the end, newest first. */
  newestCountable(now: number, afterSeq: number, limit: number): { seq: number; sender: number; endsAt: number | null }[] {
    return this.#sql
      .exec<{ seq: number; sender: number; endsAt: number | null }>(
        `SELECT seq, sender, ends_at AS endsAt FROM (SELECT seq, sender, type, ends_at, deleted_at, hidden_at FROM messages WHERE seq > ? ORDER BY seq DESC LIMIT ?)
          WHERE hidden_at IS NULL AND deleted_at IS NULL AND (ends_at IS NULL OR ends_at > ?) AND type <> 'system'`,
        afterSeq,
        limit,
        now,
      )
      .toArray();
  }

  /** Live messages with a reading clock in (`afterSeq`, `upTo`], oldest first; those that only their senders see are read by nobody. */
  withReadClock(afterSeq: number, upTo: number, now: number): ReadClocked[] {
    return this.#sql
      .exec<{ seq: number; id: string; sender: number; readSeconds: number; endsAt: number | null }>(
        `SELECT seq, id, sender, read_seconds AS readSeconds, ends_at AS endsAt FROM messages
          WHERE seq > ? AND seq <= ? AND read_seconds IS NOT NULL AND hidden_at IS NULL AND deleted_at IS NULL AND (ends_at IS NULL OR ends_at > ?) ORDER BY seq`,
        afterSeq,
        upTo,
        now,
      )
      .toArray();
  }

  /** View-once messages that have not ended. */
  liveViewOnce(now: number): MessageState[] {
    return this.#select('WHERE ends_at IS NOT NULL AND ends_at > ? AND max_views > 0 AND deleted_at IS NULL', now);
  }

  /** Stays that sent something in (`afterSeq`, `upTo`]. */
  sendersBetween(afterSeq: number, upTo: number): number[] {
    return this.#sql
      .exec<{ sender: number }>("SELECT DISTINCT sender FROM messages WHERE seq > ? AND seq <= ? AND type <> 'system'", afterSeq, upTo)
      .toArray()
      .map((row) => row.sender);
  }

  /** [EXP-4] At most `limit` messages whose end has come, earliest first. */
  due(now: number, limit: number): MessageState[] {
    return this.#select('WHERE ends_at IS NOT NULL AND ends_at <= ? ORDER BY ends_at LIMIT ?', now, limit);
  }

  /** How many messages have ended at `now` and are not buried yet, and when the first of them did. */
  overdue(now: number): { overdue: number; earliest: number | null } {
    return this.#sql
      .exec<{ overdue: number; earliest: number | null }>(
        'SELECT count(*) AS overdue, min(ends_at) AS earliest FROM messages WHERE ends_at IS NOT NULL AND ends_at <= ?',
        now,
      )
      .one();
  }

  setEndsAt(ends: readonly { readonly seq: number; readonly end: number }[], rev: number): void {
    const json = JSON.stringify(ends);
    this.#sql.exec(
      `UPDATE messages SET ends_at = new.ends_at, changed = ? FROM (SELECT value ->> 'seq' AS seq, value ->> 'end' AS ends_at FROM json_each(?)) AS new
        WHERE messages.seq = new.seq`,
      rev,
      json,
    );
  }

  edit(seq: number, content: string, editedAt: number, rev: number): void {
    const body = sealBody(this.#epoch(), seq, content);
    this.#sql.exec(
      'UPDATE messages SET body_format = ?, body = ?, edited_at = ?, edits = edits + 1, changed = ? WHERE seq = ?',
      body.format,
      body.bytes,
      editedAt,
      rev,
      seq,
    );
  }

  setReactions(seq: number, reactions: ReadonlyMap<number, Reaction>, rev: number): void {
    this.#sql.exec('UPDATE messages SET reactions = ?, changed = ? WHERE seq = ?', reactionsToRow(reactions), rev, seq);
  }

  /** [BLOCK-1] From `hiddenAt` on only its sender sees it. */
  hide(seq: number, hiddenAt: number, rev: number): void {
    this.#sql.exec('UPDATE messages SET hidden_at = ?, changed = ? WHERE seq = ?', hiddenAt, rev, seq);
  }

  /** Tells resuming clients to look at the message again. */
  touch(seq: number, rev: number): void {
    this.#sql.exec('UPDATE messages SET changed = ?, changed_for_others = NULL WHERE seq = ?', rev, seq);
  }

  /** Leaves the tombstone [EXP-4]: what the message said is overwritten. `by` is the stay that deleted it by hand. */
  bury(seq: number, rev: number, end: { at: number; reason: DeletedReason; by: number | null; undone: boolean }): void {
    this.#sql.exec(
      `UPDATE messages SET body = NULL, media_id = NULL, reply_to = NULL, reactions = NULL, ends_at = NULL, changed = ?, deleted_at = ?,
        deleted_reason = ?, deleted_by = ?, undone = ? WHERE seq = ?`,
      rev,
      end.at,
      end.reason,
      end.by,
      end.undone ? 1 : 0,
      seq,
    );
  }

  /** Only its sender is told. */
  setErasedAt(seq: number, erasedAt: number, rev: number): void {
    this.#sql.exec('UPDATE messages SET erased_at = ?, changed_for_others = changed, changed = ? WHERE seq = ?', erasedAt, rev, seq);
  }

  /** When the first of the tombstones was left; null where there is none. Live messages that were changed are walked past once in a life. */
  oldestTombstoneAt(): number | null {
    const [oldest] = this.#tombstones(1);
    // What the last commit changed may be buried by the same.
    const livingTo = (oldest?.changed ?? this.#lastChange()) - 1;
    this.#livingTo = Math.max(this.#livingTo, livingTo);
    return oldest?.at ?? null;
  }

  /** Of the first `limit` tombstones, in the order they were left, those left up to `deletedBefore`: a month of others is not looked through. */
  purgeable(deletedBefore: number, limit: number): { seq: number; changed: number }[] {
    return this.#tombstones(limit).filter(({ at }) => at <= deletedBefore);
  }

  /** The rows may be others than they were. */
  forget(): void {
    this.#livingTo = 0;
  }

  delete(seq: number): void {
    this.#sql.exec('DELETE FROM messages WHERE seq = ?', seq);
  }

  #tombstones(limit: number): { seq: number; changed: number; at: number }[] {
    return this.#sql
      .exec<{ seq: number; changed: number; at: number }>(
        'SELECT seq, changed, deleted_at AS at FROM messages WHERE changed > ? AND deleted_at IS NOT NULL ORDER BY changed LIMIT ?',
        this.#livingTo,
        limit,
      )
      .toArray();
  }

  #lastChange(): number {
    const sql = 'SELECT coalesce(max(changed), 0) AS last FROM messages WHERE changed IS NOT NULL';
    return this.#sql.exec<{ last: number }>(sql).one().last;
  }

  #select(where: string, ...bindings: (string | number)[]): MessageState[] {
    return this.#sql
      .exec<MessageRow>(`SELECT ${messageColumns} FROM messages ${where}`, ...bindings)
      .toArray()
      .map((row) => messageFromRow(row, (format, bytes) => openBody(this.#epoch(), row.seq, format, bytes)));
  }
}
