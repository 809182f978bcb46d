/** How far this client has got in what a room or the inbox tells [SYNC-1] [INBOX-1]. */
export interface Position {
  readonly epoch: string;
  readonly rev: number;
}

/** The query that resumes from there; none the first time. */
export function positionQuery(position: Position | null): string {
  return position === null ? '' : `?epoch=${encodeURIComponent(position.epoch)}&rev=${position.rev}`;
}
