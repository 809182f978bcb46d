import { sealed, type View, viewDue } from './view-once';

type ViewRow = {
  n: number;
  seq: number;
  state: View['state'];
  sid: string;
  lease: string | null;
  due: number | null;
  served_at: number | null;
  views: number;
  first_viewed_at: number | null;
};

/** The SQL of views: no row means sealed. */
export class ViewStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get(seq: number, n: number): View {
    const row = this.#sql.exec<ViewRow>('SELECT * FROM views WHERE seq = ? AND n = ?', seq, n).toArray()[0];
    return row === undefined ? sealed : viewFromRow(row);
  }

  /** By stay number, those that are or were opened. */
  ofMessage(seq: number): Map<number, View> {
    const rows = this.#sql.exec<ViewRow>('SELECT * FROM views WHERE seq = ?', seq).toArray();
    return new Map(rows.map((row) => [row.n, viewFromRow(row)]));
  }

  byLease(lease: string): { seq: number; n: number } | null {
    return this.#sql.exec<{ seq: number; n: number }>('SELECT seq, n FROM views WHERE lease = ?', lease).toArray()[0] ?? null;
  }

  /** Views of live messages that are open in the hands of stay `n`: each has its end. */
  openOf(n: number): number[] {
    return this.#sql
      .exec<{ seq: number }>("SELECT seq FROM views WHERE due IS NOT NULL AND n = ? AND state = 'open'", n)
      .toArray()
      .map((row) => row.seq);
  }

  due(now: number, limit: number): { seq: number; n: number }[] {
    return this.#sql
      .exec<{ seq: number; n: number }>('SELECT seq, n FROM views WHERE due IS NOT NULL AND due <= ? ORDER BY due LIMIT ?', now, limit)
      .toArray();
  }

  put(seq: number, n: number, view: View): void {
    if (view.state === 'sealed' && view.views === 0) {
      this.#sql.exec('DELETE FROM views WHERE seq = ? AND n = ?', seq, n);
      return;
    }
    this.#sql.exec(
      'INSERT OR REPLACE INTO views(seq, n, state, sid, lease, due, served_at, views, first_viewed_at) VALUES (?,?,?,?,?,?,?,?,?)',
      seq,
      n,
      view.state,
      view.sid,
      view.state === 'open' ? view.lease : null,
      viewDue(view),
      view.state === 'open' ? view.servedAt : null,
      view.views,
      view.firstViewedAt,
    );
  }

  /** After the message's end nothing of it becomes due. */
  settle(seq: number): void {
    this.#sql.exec('UPDATE views SET lease = NULL, due = NULL WHERE seq = ?', seq);
  }

  delete(seq: number): void {
    this.#sql.exec('DELETE FROM views WHERE seq = ?', seq);
  }
}

function viewFromRow(row: ViewRow): View {
  const { sid, first_viewed_at: firstViewedAt, due } = row;
  const views = row.views === 0 ? 0 : row.views === 1 ? 1 : 2;
  if (row.state === 'open')
    return { state: 'open', views, sid, lease: row.lease ?? '', due: due ?? 0, servedAt: row.served_at, firstViewedAt };
  if (views === 0 || firstViewedAt === null) return sealed;
  if (row.state === 'sealed') return { state: 'sealed', views: 1, sid, firstViewedAt, due: due ?? 0 };
  return { state: 'viewed', views, sid, firstViewedAt };
}
