import type { MessageState } from './state';

/** How far a member got: the highest seq that reached them, and the highest that was on their screen. */
export interface Progress {
  readonly delivered: number;
  readonly read: number;
}

/** One reading: everything in (`afterSeq`, `upTo`] was read by stay `n` at `at`. */
export interface ReadMark {
  readonly n: number;
  readonly afterSeq: number;
  readonly upTo: number;
  readonly at: number;
  /** When the next of its messages ends for this reader; null when all have. */
  readonly nextDue: number | null;
}

/** Stays a row of `cursors` packs. */
const staysPerChunk = 256;
const bytesPerStay = 8;
/** On the read `seq`: the member's inbox is owed news. */
const owedBit = 0x8000_0000;
const newChunk = () => new DataView(new ArrayBuffer(staysPerChunk * bytesPerStay));
const nothing: Progress = { delivered: 0, read: 0 };
const chunkOf = (n: number) => Math.floor(n / staysPerChunk);
const offsetOf = (n: number) => (n % staysPerChunk) * bytesPerStay;

/** The SQL of cursors and read marks. Cursors are kept in memory too: one row written, at the end of a transaction, serves 256 members. */
export class ReadingStore {
  readonly #sql: SqlStorage;
  #chunks: Map<number, DataView<ArrayBuffer>> | null = null;
  /** Chunks that differ from their rows in more than debts that were paid. */
  readonly #unsaved = new Set<number>();
  /** Chunks whose rows tell of debts. */
  readonly #indebted = new Set<number>();
  /** Stays whose inboxes are owed news, each with the number of the debt: one that comes while another is paid is not paid with it. */
  readonly #debts = new Map<number, number>();
  #lastDebt = 0;
  /** Kept in the first chunk's row. */
  #fannedRev = 0;
  /** Up to this row `dropSpentMarks` has looked. */
  #lookedAtTo = 0;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  progress(n: number): Progress {
    const chunk = this.#loaded().get(chunkOf(n));
    if (chunk === undefined) return nothing;
    return { delivered: chunk.getUint32(offsetOf(n), true), read: (chunk.getUint32(offsetOf(n) + 4, true) & ~owedBit) >>> 0 };
  }

  setProgress(n: number, progress: Progress): void {
    const chunks = this.#loaded();
    const chunk = chunks.get(chunkOf(n)) ?? newChunk();
    chunk.setUint32(offsetOf(n), progress.delivered, true);
    chunk.setUint32(offsetOf(n) + 4, (progress.read | (this.#debts.has(n) ? owedBit : 0)) >>> 0, true);
    chunks.set(chunkOf(n), chunk);
    this.#unsaved.add(chunkOf(n));
  }

  /** Writes the cursors that moved; once a transaction, so that many which move together are one row. */
  save(): void {
    for (const number of this.#unsaved) {
      const chunk = this.#chunks?.get(number);
      if (chunk === undefined) continue;
      this.#sql.exec(
        'INSERT INTO cursors(chunk, packed, fanned_rev) VALUES (?,?,?) ON CONFLICT DO UPDATE SET packed = excluded.packed, fanned_rev = excluded.fanned_rev',
        number,
        chunk.buffer,
        this.#fannedRev,
      );
      if ([...this.#debts.keys()].some((n) => chunkOf(n) === number)) this.#indebted.add(number);
      else this.#indebted.delete(number);
    }
    this.#unsaved.clear();
  }

  /** The inbox of stay `n` is owed news that no commit's rev tells of: known after a crash once this is saved. */
  owe(n: number): void {
    this.#loaded();
    this.#lastDebt += 1;
    this.#debts.set(n, this.#lastDebt);
    this.setProgress(n, this.progress(n));
  }

  /** Stays whose inboxes are owed news. */
  debtors(): number[] {
    this.#loaded();
    return [...this.#debts.keys()];
  }

  /** Names what stay `n` is owed now; null for nothing. */
  debtOf(n: number): number | null {
    this.#loaded();
    return this.#debts.get(n) ?? null;
  }

  /** The stay's inbox was told what it was owed. The row hears of it when it is next written: until then a wake-up tells it again. */
  pay(n: number, debt: number | null): void {
    const chunk = this.#loaded().get(chunkOf(n));
    if (chunk === undefined || debt === null || this.#debts.get(n) !== debt) return;
    this.#debts.delete(n);
    chunk.setUint32(offsetOf(n) + 4, this.progress(n).read, true);
  }

  /** Every inbox has been told of everything up to this rev. It is saved with one row, and with it which debts were paid. */
  setFannedRev(rev: number): void {
    const chunks = this.#loaded();
    if (!chunks.has(0)) chunks.set(0, newChunk());
    this.#fannedRev = rev;
    for (const number of [0, ...this.#indebted]) this.#unsaved.add(number);
  }

  /** After a transaction that failed: memory may be ahead of the rows. */
  forget(): void {
    this.#unsaved.clear();
    this.#indebted.clear();
    this.#debts.clear();
    this.#chunks = null;
  }

  insertMark(mark: ReadMark, rev: number): void {
    this.#sql.exec(
      'INSERT OR IGNORE INTO read_marks(n, up_to, after_seq, at, rev, next_due) VALUES (?,?,?,?,?,?)',
      mark.n,
      mark.upTo,
      mark.afterSeq,
      mark.at,
      rev,
      mark.nextDue,
    );
  }

  /** When stay `n` read message `seq`, if a mark still says so. */
  readAt(n: number, seq: number): number | null {
    return (
      this.#sql
        .exec<{ at: number }>('SELECT at FROM read_marks WHERE n = ? AND up_to >= ? AND after_seq < ? ORDER BY up_to LIMIT 1', n, seq, seq)
        .toArray()[0]?.at ?? null
    );
  }

  /** Stays that read the message at `at` or before, where a mark says so: of each the one reading that can, since they do not overlap. */
  readersBefore({ seq, createdAt }: Pick<MessageState, 'seq' | 'createdAt'>, at: number): number[] {
    // What is newer than that nobody can have read by then.
    if (createdAt > at) return [];
    return this.#sql
      .exec<{ n: number }>(
        `SELECT n FROM members WHERE (SELECT CASE WHEN after_seq < ? THEN at END FROM read_marks
          WHERE read_marks.n = members.n AND up_to >= ? ORDER BY up_to LIMIT 1) <= ?`,
        seq,
        seq,
        at,
      )
      .toArray()
      .map((row) => row.n);
  }

  /** Readings of stay `n` that changed something for it after `rev`, or have done so at `now` though the cleaning is late. */
  marksSince(n: number, rev: number, now: number): ReadMark[] {
    return this.#sql.exec<MarkRow>(`${selectMark} WHERE n = ? AND (rev > ? OR next_due <= ?)`, n, rev, now).toArray();
  }

  dueMarks(now: number, limit: number): ReadMark[] {
    return this.#sql
      .exec<MarkRow>(`${selectMark} WHERE next_due IS NOT NULL AND next_due <= ? ORDER BY next_due LIMIT ?`, now, limit)
      .toArray();
  }

  /** `rev` is the commit's in which copies ended: who resumes from before it is told. */
  setNextDue(mark: ReadMark, nextDue: number | null, rev: number): void {
    this.#sql.exec('UPDATE read_marks SET next_due = ?, rev = ? WHERE n = ? AND up_to = ?', nextDue, rev, mark.n, mark.upTo);
  }

  /** Every reading, the latest first. */
  allMarks(): ReadMark[] {
    return this.#sql.exec<MarkRow>(`${selectMark} ORDER BY at DESC`).toArray();
  }

  /** Forgets readings none of whose messages is left, of the next `limit` that may be such: it goes round them, call by call. */
  dropSpentMarks(limit: number): void {
    const next = this.#sql
      .exec<{ id: number }>(
        'SELECT rowid AS id FROM read_marks WHERE rowid > ? AND next_due IS NULL ORDER BY rowid LIMIT ?',
        this.#lookedAtTo,
        limit,
      )
      .toArray();
    const [first, last] = [next[0], next.at(-1)];
    this.#lookedAtTo = next.length < limit ? 0 : (last?.id ?? 0);
    if (first === undefined || last === undefined) return;
    const spent = this.#sql
      .exec<{ rev: number }>(
        `DELETE FROM read_marks WHERE rowid BETWEEN ? AND ? AND next_due IS NULL AND NOT EXISTS (SELECT 1 FROM messages
          WHERE seq > after_seq AND seq <= up_to AND read_seconds IS NOT NULL AND deleted_at IS NULL) RETURNING rev`,
        first.id,
        last.id,
      )
      .toArray();
    // The room reads its counter from its rows: it must not fall with these.
    if (spent.length > 0) this.#sql.exec('UPDATE room SET rev_floor = max(rev_floor, ?)', Math.max(...spent.map((mark) => mark.rev)));
  }

  #loaded(): Map<number, DataView<ArrayBuffer>> {
    if (this.#chunks !== null) return this.#chunks;
    const rows = this.#sql
      .exec<{ chunk: number; packed: ArrayBuffer; fannedRev: number }>('SELECT chunk, packed, fanned_rev AS fannedRev FROM cursors')
      .toArray();
    this.#chunks = new Map(rows.map((row) => [row.chunk, new DataView(row.packed)]));
    this.#fannedRev = Math.max(0, ...rows.map(({ fannedRev }) => fannedRev));
    for (const [index, chunk] of this.#chunks) {
      for (let stay = 0; stay < staysPerChunk; stay += 1) {
        if (chunk.getUint32(stay * bytesPerStay + 4, true) < owedBit) continue;
        this.#lastDebt += 1;
        this.#debts.set(index * staysPerChunk + stay, this.#lastDebt);
        this.#indebted.add(index);
      }
    }
    return this.#chunks;
  }
}

type MarkRow = { n: number; afterSeq: number; upTo: number; at: number; nextDue: number | null };
const selectMark = 'SELECT n, after_seq AS afterSeq, up_to AS upTo, at, next_due AS nextDue FROM read_marks';
