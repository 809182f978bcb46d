/** Where a page ended: the time its list is ordered by, newest first, and an id. Clients see it as an opaque string. */
export interface Cursor {
  readonly at: number;
  readonly id: string;
}

export function encodeCursor({ at, id }: Cursor): string {
  return `${at}_${id}`;
}

/** Anything that is not a cursor of ours means the first page: it can show nothing that the caller may not see. */
export function decodeCursor(cursor: string | null): Cursor | null {
  const match = cursor?.match(/^(\d{1,16})_([0-9a-f-]{36})$/);
  const [, at, id] = match ?? [];
  return at === undefined || id === undefined ? null : { at: Number(at), id };
}
