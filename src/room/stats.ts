import type { JobCount } from '../job-store';
import { maxTries } from '../outbox';
import type { LiveRoom } from './live-room';

/** What [OPS-1] asks of a room: numbers, and nothing of what anybody said. */
export interface RoomStats {
  readonly sockets: number;
  readonly members: number;
  /** Messages whose end has come and that are not cleaned up yet, and how late the cleaning is. */
  readonly overdueMessages: number;
  readonly expiryLateMs: number;
  /** Commits that some inbox has not been told of. */
  readonly fanOutBehind: number;
  readonly outbox: readonly JobCount[];
}

export function roomStats({ store, roster }: LiveRoom, sockets: number, fanOutBehind: number, now: number): RoomStats {
  const { overdue, earliest } = store.messages.overdue(now);
  return {
    sockets,
    members: roster.size,
    overdueMessages: overdue,
    expiryLateMs: earliest === null ? 0 : now - earliest,
    fanOutBehind,
    outbox: store.jobs.counts(maxTries),
  };
}
