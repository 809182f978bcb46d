/** Counts what happened over many runs, so that a test can prove that something did. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(what: string, times = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + times);
  }

  of(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  /** What happened less often than it must, as `what: count < minimum`. */
  missing(minima: Readonly<Record<string, number>>): string[] {
    return Object.entries(minima).flatMap(([what, minimum]) => (this.of(what) < minimum ? [`${what}: ${this.of(what)} < ${minimum}`] : []));
  }

  toString(): string {
    return [...this.#counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([what, count]) => `${what} ${count}`)
      .join(', ');
  }
}
