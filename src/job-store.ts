/** Names a job: there is one of a kind and key at most. */
export interface JobName<Kind extends string = string> {
  readonly kind: Kind;
  /** What it is about; what is to be done is read from the rows when it is done, so that it is the newest. */
  readonly key: string;
}

/** Work outside an object that one of its transactions made necessary. */
export interface Job<Kind extends string = string> extends JobName<Kind> {
  /** How often it failed. */
  readonly tries: number;
  /** Counts the reasons given: finishing the work for one must not take away a newer one. */
  readonly generation: number;
}

/** How many jobs of a kind there are, and how many of them are parked. */
export interface JobCount<Kind extends string = string> {
  readonly kind: Kind;
  readonly waiting: number;
  readonly parked: number;
}

/** The SQL of an object's outbox: its table `jobs`. */
export class JobStore<Kind extends string> {
  readonly #sql: SqlStorage;
  /** The earliest time of each kind, until a row changes: asked after every commit, when there is mostly no job at all. */
  #dues: ReadonlyMap<Kind, number> | null = null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Adds the job, or makes one that waits due at `due`: a newer reason for the same work. */
  put({ kind, key }: JobName<Kind>, due: number): void {
    this.#write(
      'INSERT INTO jobs(kind, key, due, tries, generation) VALUES (?,?,?,0,0) ON CONFLICT DO UPDATE SET due = excluded.due, tries = 0, generation = generation + 1',
      kind,
      key,
      due,
    );
  }

  /** Adds the job; one that waits already stays due when it is. */
  putOnce({ kind, key }: JobName<Kind>, due: number): void {
    this.#write(
      'INSERT INTO jobs(kind, key, due, tries, generation) VALUES (?,?,?,0,0) ON CONFLICT DO UPDATE SET generation = generation + 1',
      kind,
      key,
      due,
    );
  }

  /** It failed: next at `due`, unless it was asked for anew meanwhile. */
  delay({ kind, key, generation }: Job<Kind>, due: number): void {
    this.#write('UPDATE jobs SET tries = tries + 1, due = ? WHERE kind = ? AND key = ? AND generation = ?', due, kind, key, generation);
  }

  /** It is done, unless it was asked for anew meanwhile. */
  delete({ kind, key, generation }: Job<Kind>): void {
    this.#write('DELETE FROM jobs WHERE kind = ? AND key = ? AND generation = ?', kind, key, generation);
  }

  /** Jobs that are due, the longest due first. */
  due(kind: Kind, now: number, limit: number): Job<Kind>[] {
    return this.#sql
      .exec<{ kind: Kind; key: string; tries: number; generation: number }>(
        'SELECT kind, key, tries, generation FROM jobs WHERE kind = ? AND due <= ? ORDER BY due LIMIT ?',
        kind,
        now,
        limit,
      )
      .toArray();
  }

  /** Makes at most `limit` jobs that failed `tries` times or more due at `now`, for one more try. Returns how many. */
  release(kind: Kind, tries: number, now: number, limit: number): number {
    const parked = 'SELECT key FROM jobs WHERE kind = ? AND tries >= ? AND due > ? ORDER BY due LIMIT ?';
    return this.#write(
      `UPDATE jobs SET due = ?, tries = ? WHERE kind = ? AND key IN (${parked}) RETURNING key`,
      now,
      tries - 1,
      kind,
      kind,
      tries,
      now,
      limit,
    );
  }

  /** When the first job of each kind that has any can be tried. */
  dues(): ReadonlyMap<Kind, number> {
    if (this.#dues === null) {
      const rows = this.#sql.exec<{ kind: Kind; due: number }>('SELECT kind, min(due) AS due FROM jobs GROUP BY kind').toArray();
      this.#dues = new Map(rows.map(({ kind, due }) => [kind, due]));
    }
    return this.#dues;
  }

  /** Those that failed `parkedTries` times or more count as parked. */
  counts(parkedTries: number): JobCount<Kind>[] {
    return this.#sql
      .exec<{ kind: Kind; waiting: number; parked: number }>(
        'SELECT kind, count(*) AS waiting, sum(tries >= ?) AS parked FROM jobs GROUP BY kind ORDER BY kind',
        parkedTries,
      )
      .toArray();
  }

  /** Returns how many rows it returned. */
  #write(statement: string, ...bindings: (string | number)[]): number {
    this.#dues = null;
    return this.#sql.exec(statement, ...bindings).toArray().length;
  }
}
