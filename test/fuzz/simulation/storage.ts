import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

type Bindable = ArrayBuffer | Uint8Array | string | number | null;
type Row = Record<string, ArrayBuffer | string | number | null>;

/** The disk broke in the middle of a transaction. */
export class DiskFault extends Error {
  override readonly name = 'DiskFault';
}

/**
 * A Durable Object's storage over node:sqlite, as far as a Room uses it, with the platform's promises made visible: what is
 * written is not on the disk before `flush`, and what it caused to leave the object waits for that (the output gate).
 */
export class SimulatedStorage {
  /** While there is one, what objects ask of their SQLite, and how it goes about each. */
  static plans: Map<string, readonly string[]> | null = null;

  /** Write statements until the disk breaks, or null. */
  faultIn: number | null = null;
  readonly sql = {
    exec: (query: string, ...bindings: Bindable[]) => {
      if (SimulatedStorage.plans !== null) this.#explain(query, SimulatedStorage.plans);
      return this.#exec(query, bindings);
    },
  };
  readonly #database = new DatabaseSync(':memory:');
  readonly #statements = new Map<string, StatementSync>();
  #held: (() => void)[] = [];
  #isDirty = false;
  #depth = 0;
  #hasBroken = false;
  #alarmAt: number | null = null;
  #durableAlarmAt: number | null = null;

  transactionSync<T>(work: () => T): T {
    this.#begin();
    this.#database.exec('SAVEPOINT turn');
    this.#depth += 1;
    try {
      const result = work();
      this.#database.exec('RELEASE turn');
      return result;
    } catch (error) {
      this.#database.exec('ROLLBACK TO turn; RELEASE turn');
      if (error instanceof DiskFault) this.#hasBroken = true;
      throw error;
    } finally {
      this.#depth -= 1;
    }
  }

  /** Resolves at the next flush, or at once when everything is on the disk. */
  sync(): Promise<void> {
    return new Promise((resolve) => this.gate(resolve));
  }

  getAlarm(): Promise<number | null> {
    return Promise.resolve(this.#alarmAt);
  }

  setAlarm(at: number): Promise<void> {
    this.#begin();
    this.#alarmAt = at;
    return Promise.resolve();
  }

  deleteAlarm(): Promise<void> {
    this.#begin();
    this.#alarmAt = null;
    return Promise.resolve();
  }

  deleteAll(): Promise<void> {
    this.#begin();
    // A statement that is still prepared would keep its table.
    this.#statements.clear();
    for (const { name } of this.rows("SELECT name FROM sqlite_master WHERE type = 'table'")) this.#database.exec(`DROP TABLE "${name}"`);
    this.#statements.clear();
    return Promise.resolve();
  }

  // — what the platform and its tests do —

  /** When the platform is to wake the object. */
  get alarmAt(): number | null {
    return this.#alarmAt;
  }

  /** Leaves the object once everything written until now is on the disk, in this order. */
  gate(effect: () => void): void {
    if (!this.#isDirty && this.#held.length === 0) effect();
    else this.#held.push(effect);
  }

  /** Whether something waits for the disk. */
  get isBehind(): boolean {
    return this.#isDirty || this.#held.length > 0;
  }

  /** What was written is on the disk now, and what waited for that leaves. */
  flush(): void {
    if (this.#isDirty) this.#database.exec('COMMIT');
    this.#isDirty = false;
    this.#durableAlarmAt = this.#alarmAt;
    const held = this.#held;
    this.#held = [];
    for (const effect of held) effect();
  }

  /** The process dies: what is not on the disk was never written, and what waited for it never left. */
  crash(): void {
    if (this.#isDirty) this.#database.exec('ROLLBACK');
    this.#isDirty = false;
    this.#held = [];
    this.#alarmAt = this.#durableAlarmAt;
    this.faultIn = null;
  }

  /** Whether a transaction has broken since this was last asked. */
  takeFault(): boolean {
    const hasBroken = this.#hasBroken;
    this.#hasBroken = false;
    return hasBroken;
  }

  rows(query: string): Row[] {
    return this.#exec(query, []).toArray();
  }

  /** Everything that is stored, as one text: whatever can still be read is in it. */
  dump(): string {
    const tables = this.rows("SELECT name FROM sqlite_master WHERE type = 'table'");
    const rows = tables.flatMap(({ name }) => this.rows(`SELECT * FROM "${name}"`));
    const texts = rows.flatMap((row) =>
      Object.values(row).map((value) => (value instanceof ArrayBuffer ? Buffer.from(value).toString() : value)),
    );
    return texts.join('\n');
  }

  close(): void {
    this.#database.close();
  }

  #begin(): void {
    if (this.#isDirty) return;
    this.#database.exec('BEGIN');
    this.#isDirty = true;
  }

  #exec(query: string, bindings: Bindable[]) {
    if (!/^\s*SELECT/i.test(query)) this.#noteWrite();
    const values = bindings.map((value): SQLInputValue => (value instanceof ArrayBuffer ? new Uint8Array(value) : value));
    const statement = this.#prepare(query);
    const isInsertion = /^\s*INSERT/i.test(query);
    const rowsWritten = isInsertion ? Number(statement.run(...values).changes) : null;
    const rows = isInsertion ? [] : statement.all(...values).map(toPlatform);
    return {
      /** Without entries of indexes. */
      get rowsWritten(): number {
        if (rowsWritten === null) throw new Error('Only of insertions is it known how many rows they wrote');
        return rowsWritten;
      },
      toArray: () => rows,
      one: () => {
        const [row] = rows;
        if (row === undefined || rows.length > 1) throw new Error(`Expected one row, got ${rows.length}`);
        return row;
      },
      raw: () => ({ toArray: () => rows.map((row) => Object.values(row)) }),
    };
  }

  #explain(query: string, plans: Map<string, readonly string[]>): void {
    if (plans.has(query) || !/^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b/i.test(query)) return;
    const steps = this.#database.prepare(`EXPLAIN QUERY PLAN ${query}`).all();
    plans.set(
      query,
      steps.map(({ detail }) => String(detail)),
    );
  }

  #noteWrite(): void {
    this.#begin();
    if (this.#depth === 0 || !this.#countDown()) return;
    throw new DiskFault('The disk broke');
  }

  #countDown(): boolean {
    if (this.faultIn === null) return false;
    this.faultIn -= 1;
    if (this.faultIn > 0) return false;
    this.faultIn = null;
    return true;
  }

  #prepare(query: string): StatementSync {
    const known = this.#statements.get(query);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(query);
    this.#statements.set(query, statement);
    return statement;
  }
}

/** node:sqlite gives blobs as views of memory that it keeps, the platform as buffers of their own. */
function toPlatform(values: Record<string, unknown>): Row {
  const row: Row = {};
  for (const name in values) {
    const value = values[name];
    if (value instanceof Uint8Array) row[name] = new Uint8Array(value).buffer;
    else if (value === null || typeof value === 'string' || typeof value === 'number') row[name] = value;
    else throw new Error(`A value of an unexpected type: ${typeof value}`);
  }
  return row;
}
