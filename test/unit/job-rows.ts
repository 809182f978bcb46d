import type { Job, JobName, JobStore } from '../../src/job-store';

/** A job as its row holds it. */
export interface JobRow<Kind extends string> extends Job<Kind> {
  readonly due: number;
}

/** The rows of an outbox in memory. */
export class JobRows<Kind extends string>
  implements Pick<JobStore<Kind>, 'put' | 'putOnce' | 'due' | 'dues' | 'delete' | 'delay' | 'release'>
{
  readonly #rows = new Map<string, JobRow<Kind>>();

  get all(): JobRow<Kind>[] {
    return [...this.#rows.values()];
  }

  /** Puts a row as it is, with failures if need be. */
  set(row: JobRow<Kind>): void {
    this.#rows.set(nameOf(row), row);
  }

  put({ kind, key }: JobName<Kind>, due: number): void {
    const generation = (this.#rows.get(nameOf({ kind, key }))?.generation ?? -1) + 1;
    this.set({ kind, key, due, tries: 0, generation });
  }

  putOnce({ kind, key }: JobName<Kind>, due: number): void {
    const row = this.#rows.get(nameOf({ kind, key }));
    if (row === undefined) this.put({ kind, key }, due);
    else this.set({ ...row, generation: row.generation + 1 });
  }

  due(kind: Kind, now: number, limit: number): Job<Kind>[] {
    const due = this.all.filter((row) => row.kind === kind && row.due <= now);
    return due.sort((a, b) => a.due - b.due).slice(0, limit);
  }

  dues(): Map<Kind, number> {
    const dues = new Map<Kind, number>();
    for (const { kind, due } of this.#rows.values()) dues.set(kind, Math.min(due, dues.get(kind) ?? due));
    return dues;
  }

  delete(job: Job<Kind>): void {
    if (this.#current(job) !== undefined) this.#rows.delete(nameOf(job));
  }

  delay(job: Job<Kind>, due: number): void {
    const row = this.#current(job);
    if (row !== undefined) this.set({ ...row, due, tries: row.tries + 1 });
  }

  release(kind: Kind, tries: number, now: number, limit: number): number {
    const parked = this.all.filter((row) => row.kind === kind && row.tries >= tries && row.due > now);
    const released = parked.sort((a, b) => a.due - b.due).slice(0, limit);
    for (const row of released) this.set({ ...row, due: now, tries: tries - 1 });
    return released.length;
  }

  #current(job: Job<Kind>): JobRow<Kind> | undefined {
    const row = this.#rows.get(nameOf(job));
    return row?.generation === job.generation ? row : undefined;
  }
}

function nameOf({ kind, key }: JobName): string {
  return `${kind} ${key}`;
}
