import type { UploadClaim } from '../media/claim';
import type { Media } from '../protocol/models';
import { type MediaRow, mediaFromRow } from './rows';
import type { MediaState } from './state';

/** The statements of the room's media, from the reserving of one until its bytes are gone. */
export class MediaStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  insert(id: string, owner: string, viewOnce: boolean, claim: UploadClaim | null, due: number): void {
    this.#sql.exec(
      'INSERT OR IGNORE INTO media(id, owner, view_once, claim, due) VALUES (?,?,?,?,?)',
      id,
      owner,
      viewOnce ? 1 : 0,
      claim === null ? null : JSON.stringify(claim),
      due,
    );
  }

  /** What it turned out to be takes the place of what was claimed. */
  admit(id: string, facts: Media): void {
    this.#sql.exec('UPDATE media SET facts = ?, claim = NULL WHERE id = ?', JSON.stringify(facts), id);
  }

  /** From now on the message's end, not the upload's age, ends the medium. */
  attach(id: string, seq: number): void {
    this.#sql.exec('UPDATE media SET seq = ?, due = NULL WHERE id = ?', seq, id);
  }

  find(id: string): MediaState | null {
    const row = this.#sql.exec<MediaRow>('SELECT * FROM media WHERE id = ?', id).toArray()[0];
    return row === undefined ? null : mediaFromRow(row);
  }

  /** Its erasure is a job from now on: nothing links to it any more. The row stays until the bytes are gone. */
  retire(id: string): void {
    this.#sql.exec('UPDATE media SET due = NULL, facts = NULL, claim = NULL WHERE id = ?', id);
  }

  delete(id: string): void {
    this.#sql.exec('DELETE FROM media WHERE id = ?', id);
  }

  /** [MEDIA-3] Uploads that nobody sent in time. */
  due(now: number, limit: number): string[] {
    return this.#sql
      .exec<{ id: string }>('SELECT id FROM media WHERE due IS NOT NULL AND due <= ? ORDER BY due LIMIT ?', now, limit)
      .toArray()
      .map((row) => row.id);
  }

  /** The ids of all. */
  all(): string[] {
    return this.#sql
      .exec<{ id: string }>('SELECT id FROM media')
      .toArray()
      .map((row) => row.id);
  }
}
